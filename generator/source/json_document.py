"""Strict JSON: what the standard library's decoder takes, less what RFC 8259 does not have."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

from generator.diagnostics import Located, Location, capped, located
from generator.source.json_positions import MAX_DEPTH, MAX_INTEGER_DIGITS, scan
from generator.source.text import Lines, Parsed

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""A decoded document."""


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _float(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError
    return number


def _integer(written: str) -> int:
    if len(written) > MAX_INTEGER_DIGITS:
        raise ValueError
    return int(written)


def _constant(_: str) -> float:
    raise ValueError


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant
)
"""Its hooks raise ValueError at what the decoder takes, and strict JSON does not have."""


def decode(text: str, file: str | None = None) -> Parsed[JSON]:
    """Return the document in the ``text`` of a file, or None and what is wrong where."""
    try:
        document: JSON = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return Parsed(None, _problems(text, file))
    if _needs_scan(text) and (problems := _problems(text, file)):
        return Parsed(None, problems)
    return Parsed(document)


def _needs_scan(text: str) -> bool:
    """Whether the decoder may have let something pass: deep nesting or half a surrogate pair."""
    brackets = text.count("{") + text.count("[")
    return brackets > MAX_DEPTH or "\\ud" in text or "\\uD" in text


def _problems(text: str, file: str | None) -> tuple[Located, ...]:
    problems = scan(text).problems
    if not problems:
        return ()
    lines, at = Lines(text), Location(file)
    return tuple(
        capped(
            located(p.rule.found(p.advice.message, hint=p.advice.hint, at=at), lines.span(p.offset))
            for p in problems
        )
    )
