"""Times and durations in a few letters."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, WithJsonSchema

_GIVEN = re.compile(r"([0-9]{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def in_words(duration: timedelta) -> str:
    """Return the two largest units: ``3d4h``, ``2m10s``; of what is negative, ``0s``."""
    left = max(int(duration.total_seconds()), 0)
    at = next((i for i, (_, unit) in enumerate(_UNITS) if left >= unit), len(_UNITS) - 1)
    (name, unit), *smaller = _UNITS[at : at + 2]
    text = f"{left // unit}{name}"
    if smaller and (rest := left % unit // smaller[0][1]):
        text += f"{rest}{smaller[0][0]}"
    return text


def iso(time: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, to the second: ``2026-11-01T10:00:00Z``."""
    if time is None:
        return None
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


JsonTime: TypeAlias = Annotated[
    datetime, PlainSerializer(iso), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time that is printed as JSON, as :func:`iso` writes it."""


def duration_of(text: str) -> timedelta | None:
    """Return what ``12h``, ``30d`` or ``2w`` says; None of anything else."""
    found = _GIVEN.fullmatch(text)
    if found is None:
        return None
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])
