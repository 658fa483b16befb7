"""The part of platform.yaml that bounds what one job may ask for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.fields.scalars import NOT_NULL, Gibibytes, Int32, PositiveInt32
from generator.fields.settings import Settings, setting
from generator.model.platform.amounts import Amounts


class InstanceLimits(Settings):
    """The most that one instance, head or worker, may ask for."""

    cpu_cores: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="CPU cores",
        description="Most cores of an instance; left out: not bounded.",
        unit="cores",
        examples=[32],
    )
    memory_gib: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="memoryGiB",
        title="Memory",
        description="Most memory of an instance; left out: not bounded.",
        unit="GiB",
        examples=[256],
    )
    gpu_count: Annotated[Int32 | None, NOT_NULL] = setting(
        None,
        title="GPUs",
        description="Most GPUs of a worker; left out: not bounded.",
        unit="GPUs",
        examples=[8],
    )


class RuntimeLimits(Settings):
    """How long a job may run."""

    maximum: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Maximum",
        description="The longest that all tries of a job may take; left out: not bounded.",
        unit="seconds",
        examples=[86400],
    )
    default: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Default",
        description="Of a job that names none; left out: it is never ended from outside.",
        unit="seconds",
        examples=[14400],
    )


class WaitLimits(Settings):
    """How long a job may wait until it runs."""

    maximum: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Maximum",
        description="The longest that all tries of a job may wait; left out: not bounded.",
        unit="seconds",
        examples=[7200],
    )
    default: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Default",
        description="Of a job that names none; left out: it waits as long as it may run.",
        unit="seconds",
        examples=[3600],
    )


class Limits(Settings):
    """What one job may ask for; what is left out is not bounded."""

    instance: InstanceLimits = Field(
        default_factory=InstanceLimits,
        title="Instance",
        description="The most that one instance may ask for.",
    )
    instance_count: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Workers",
        description="Most workers of a copy; left out: not bounded.",
        unit="workers",
        examples=[16],
    )
    copies: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Copies",
        description="On how many clusters all of a job may run at once; left out: not bounded.",
        unit="copies",
        examples=[2],
    )
    total: Amounts = Field(
        default_factory=Amounts,
        title="Total",
        description="The most that all copies of a job may take, with heads and workers.",
    )
    max_runtime_seconds: RuntimeLimits = Field(
        default_factory=RuntimeLimits,
        title="Longest run",
        description="How long a job may run, and how long one may that does not say.",
    )
    max_wait_seconds: WaitLimits = Field(
        default_factory=WaitLimits,
        title="Longest wait",
        description="The longest wait that a job may ask for, and the default.",
    )
