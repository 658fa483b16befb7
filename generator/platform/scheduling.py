"""The part of platform.yaml that says how jobs are placed that say nothing of it."""

from __future__ import annotations

from typing import Annotated

from generator.params.job import SchedulingMode
from generator.params.model import Settings, setting
from generator.params.scalars import NOT_NULL


class PlatformScheduling(Settings):
    """How jobs that say nothing are placed."""

    mode: Annotated[SchedulingMode | None, NOT_NULL] = setting(
        None,
        title="Mode",
        description=(
            "all, one-of or ordered, for jobs that choose none; left out: Divided over all "
            "target clusters, which runs a full copy on each."
        ),
        examples=["one-of"],
    )
