"""The part of platform.yaml about the Ray head."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.fields.scalars import NOT_NULL, Gibibytes, PositiveInt32
from generator.fields.settings import Settings, setting
from generator.model.platform.start_params import HeadStartParams


class Head(Settings):
    """The head of each job's Ray cluster."""

    cpu_cores: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="CPU cores",
        description="Cores of a head whose job does not say; left out: those of its workers.",
        unit="cores",
        examples=[2],
    )
    memory_gib: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="memoryGiB",
        title="Memory",
        description="Memory of a head whose job does not say; left out: that of its workers.",
        unit="GiB",
        examples=[8],
    )
    ray_start_params: HeadStartParams = Field(
        default_factory=HeadStartParams,
        title="Start parameters",
        description=(
            "Further parameters of `ray start`. Only those listed here can be set: rayjobs sets "
            "num-cpus and num-gpus, KubeRay the rest."
        ),
    )
