"""The models of what commands print as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class JsonModel(BaseModel):
    """An object that a command prints as JSON, its fields in the order in which they are stated.

    Its JSON Schema is exported with the others (``tools/schemas.py``).
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )
