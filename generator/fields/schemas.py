"""Where the schemas lie: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGED = Path(__file__).parents[1] / "schemas"
_CHECKOUT = Path(__file__).parents[2] / "schemas"

DIRECTORY = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
"""The directory that holds params.schema.json, platform.schema.json and kubernetes/."""


def read_schema(name: str) -> str:
    """The text of one schema, such as ``params.schema.json``; OSError where it is missing."""
    return (DIRECTORY / name).read_text(encoding="utf-8")
