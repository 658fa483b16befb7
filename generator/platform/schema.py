"""The JSON Schema of platform.yaml, exported from the model."""

from __future__ import annotations

from typing import Any

from generator.params.schema import export_schema
from generator.platform.model import Platform


def platform_schema() -> dict[str, Any]:
    """The schema that editors and ``rayjobs validate`` use for platform.yaml."""
    return export_schema(Platform, "What the platform team decides: platform.yaml")
