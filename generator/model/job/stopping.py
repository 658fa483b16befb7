"""The part of params.json that says when a job is ended from outside."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, model_validator

from generator.fields.scalars import NOT_NULL, PositiveInt32
from generator.fields.settings import Settings, setting

_ANY: dict[str, Any] = {
    "anyOf": [{"required": ["maxRuntimeSeconds"]}, {"required": ["maxWaitSeconds"]}]
}


class StoppingCondition(Settings):
    """When the job is ended from outside."""

    model_config = ConfigDict(json_schema_extra=_ANY)

    max_runtime_seconds: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Longest run",
        description=(
            "The RayJob is ended after this time, which starts when it is created: waiting for "
            "GPUs counts. Left out: the platform's default, or never."
        ),
        unit="seconds",
        examples=[14400],
    )
    max_wait_seconds: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="Longest wait",
        description=(
            "The RayJob is ended when its pods do not all run this long after it was created. Left "
            "out: the platform's default, or maxRuntimeSeconds alone ends it."
        ),
        unit="seconds",
        examples=[3600],
    )

    @model_validator(mode="after")
    def _says_something(self) -> StoppingCondition:
        if self.max_runtime_seconds is None and self.max_wait_seconds is None:
            raise ValueError("neither time is given")
        return self
