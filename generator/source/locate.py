"""Giving findings their line and column, from the JSON pointers they carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from generator.diagnostics import Diagnostic
from generator.source.json_positions import Positions, scan
from generator.source.text import Lines


def locate_in_json(diagnostics: Iterable[Diagnostic], text: str) -> list[Diagnostic]:
    """``diagnostics`` about the JSON document in ``text``, each at its value or key."""
    return _locate(diagnostics, text, lambda: scan(text))


def locate_at(
    diagnostics: Iterable[Diagnostic], text: str, positions: Positions
) -> list[Diagnostic]:
    """``diagnostics`` about a document whose ``positions`` are known already."""
    return _locate(diagnostics, text, lambda: positions)


def _locate(
    diagnostics: Iterable[Diagnostic], text: str, positions_of: Callable[[], Positions]
) -> list[Diagnostic]:
    waiting = list(diagnostics)
    if all(d.pointer is None or d.line is not None for d in waiting):
        return waiting
    positions, lines = positions_of(), Lines(text)
    return [_at(d, lines, positions) for d in waiting]


def _at(diagnostic: Diagnostic, lines: Lines, positions: Positions) -> Diagnostic:
    if diagnostic.pointer is None or diagnostic.line is not None:
        return diagnostic
    offset = _offset(diagnostic.pointer, diagnostic.on_key, positions)
    return diagnostic if offset is None else lines.locate(diagnostic, offset)


def _offset(pointer: str, on_key: bool, positions: Positions) -> int | None:
    """Where ``pointer`` stands; where it is absent, the nearest object around it that is there."""
    if on_key and pointer in positions.keys:
        return positions.keys[pointer]
    while pointer not in positions.values and pointer:
        pointer = pointer.rpartition("/")[0]
    return positions.values.get(pointer)
