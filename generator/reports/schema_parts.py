"""Parts of the schemas of what is printed as JSON."""

from __future__ import annotations

from typing import Any


def closed_object(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object with all of these fields, and no other."""
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def text(description: str) -> dict[str, Any]:
    """A text."""
    return {"type": "string", "description": description}


def texts(description: str) -> dict[str, Any]:
    """A list of texts."""
    return {"type": "array", "items": {"type": "string"}, "description": description}


def number(description: str) -> dict[str, Any]:
    """A count."""
    return {"type": "integer", "minimum": 0, "description": description}


def or_null(kind: str, description: str) -> dict[str, Any]:
    """A value of a kind, or null."""
    return {"type": [kind, "null"], "description": description}
