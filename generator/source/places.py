"""Where a value stands in a document, and how that is written."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Names of fields, and indexes of lists."""


def dotted(place: Place) -> str:
    """Return ``inputDataConfig[0].bucket`` of a place."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).removeprefix(".")
