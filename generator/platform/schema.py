"""The JSON Schema of platform.yaml, exported from the model."""

from __future__ import annotations

from typing import Any

from generator.params.scalars import RuleId
from generator.params.schema import close_names, export_schema
from generator.platform.model import Platform


def platform_schema() -> dict[str, Any]:
    """The schema that editors and ``rayjobs validate`` use for platform.yaml."""
    schema = export_schema(Platform, "What the platform team decides: platform.yaml")
    close_names(schema["properties"]["rules"], RuleId, "must be the id of a rule")
    return schema
