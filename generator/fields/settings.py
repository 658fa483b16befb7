"""The base of every model: strict, closed, immutable, in the spelling of the file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

_PACKAGED = Path(__file__).parents[1] / "schemas"
_CHECKOUT = Path(__file__).parents[2] / "schemas"

DIRECTORY = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
"""The directory that holds params.schema.json, platform.schema.json and kubernetes/."""


class Settings(BaseModel):
    """A closed object: unknown fields are refused, nothing is coerced, nothing changes later."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        protected_namespaces=(),
    )


def setting(
    default: Any = ...,
    *,
    title: str,
    description: str,
    examples: list[Any] | None = None,
    unit: str = "",
    **constraints: Any,
) -> Any:
    """A field with what an editor shows of it.

    ``unit`` is appended to the description and kept as ``x-unit``; ``constraints`` are pydantic's.
    Without ``examples`` the default is one, where it says something. Like pydantic's own ``Field``
    it stands for a default of any type, hence ``Any``.
    """
    if examples is None and default not in (..., None, [], {}):
        examples = [default]
    extra: dict[str, Any] = constraints.pop("json_schema_extra", {})
    if unit:
        description = f"{description} Unit: {unit}."
        extra = {**extra, "x-unit": unit}
    if extra:
        # Given only when there is something to say: an explicit None would drop what the type says.
        constraints["json_schema_extra"] = extra
    return Field(default, title=title, description=description, examples=examples, **constraints)


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


optional = partial(setting, None)
"""A field that may be left out, of a type ``OrLeftOut``."""


def read_schema(name: str) -> str:
    """The text of one schema, such as ``params.schema.json``; OSError where it is missing."""
    return (DIRECTORY / name).read_text(encoding="utf-8")


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out the title that pydantic makes of each field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return whether a field gets such a title."""
        return False
