"""The base of every model: strict, closed, immutable, in the spelling of the file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


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
    Like pydantic's own ``Field`` it stands for a default of any type, hence ``Any``.
    """
    extra: dict[str, Any] = constraints.pop("json_schema_extra", {})
    if unit:
        description = f"{description} Unit: {unit}."
        extra = {**extra, "x-unit": unit}
    if extra:
        # Given only when there is something to say: an explicit None would drop what the type says.
        constraints["json_schema_extra"] = extra
    return Field(default, title=title, description=description, examples=examples, **constraints)
