"""The models of what commands print as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out the title that pydantic makes of each field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return whether a field gets such a title."""
        return False


class JsonModel(BaseModel):
    """An object that a command prints as JSON, its fields in the order in which they are stated.

    Its JSON Schema is exported with the others (``tools/schemas.py``).
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of what is printed, with its dialect."""
        return {
            "$schema": GenerateJsonSchema.schema_dialect,
            **cls.model_json_schema(schema_generator=_WithoutTitles),
        }
