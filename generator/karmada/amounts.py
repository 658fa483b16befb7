"""Times, durations and quantities, as people and Kubernetes write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Annotated, TypeAlias

from pydantic import PlainSerializer, WithJsonSchema

GIBIBYTE = 2**30

_GIVEN = re.compile(r"([0-9]{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([eE][+-]?[0-9]{1,3}|[KMGTPE]i|[numkMGTPE])?"
)
_MOST = Fraction(2**63 - 1)
_LONGEST = 100
"""Characters; what is longer is nonsense, and takes long to compute."""
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


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
    return None if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


JsonTime: TypeAlias = Annotated[
    datetime, PlainSerializer(iso), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time that is printed as JSON, as :func:`iso` writes it."""


def duration_of(text: str) -> timedelta | None:
    """Return what ``12h``, ``30d`` or ``2w`` says; None of anything else."""
    found = _GIVEN.fullmatch(text)
    return timedelta(hours=int(found[1]) * _HOURS[found[2]]) if found else None


def quantity(text: object) -> Fraction | None:
    """Return its value in units (cores, bytes, pieces); None where ``text`` is no quantity."""
    if isinstance(text, int) and not isinstance(text, bool):
        return _capped(Fraction(text))
    found = _QUANTITY.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None:
        return None
    number, suffix = Fraction(found[1]), found[2] or "e0"
    if suffix in _BINARY:
        return _capped(number * (1 << _BINARY[suffix]))
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return _capped(number * Fraction(10) ** exponent)


def _capped(number: Fraction) -> Fraction:
    """As there: no quantity is larger than an int64."""
    return max(-_MOST, min(number, _MOST))
