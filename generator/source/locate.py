"""Where findings stand in the texts of their files: worked out in the end, for all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from generator.diagnostics import Diagnostic, Located, Location, capped, located
from generator.source.json_positions import Positions, scan
from generator.source.text import Lines


def locate(
    diagnostics: Iterable[Diagnostic], text_of: Callable[[str], str | None]
) -> list[Located]:
    """Return the findings with their places in the texts of their files.

    Of one rule in one file there are a hundred at most, and one that counts the others. What has
    no pointer, or stands in a file without a text, concerns its file as a whole. Only a text in
    which a place is to be found is asked for.
    """
    by_file: dict[str | None, list[Diagnostic]] = defaultdict(list)
    for found in diagnostics:
        by_file[found.file].append(found)
    every: list[Located] = []
    for file, same in by_file.items():
        every += _located(list(capped(same)), file or "", text_of)
    return every


def _located(
    diagnostics: list[Diagnostic], file: str, text_of: Callable[[str], str | None]
) -> Iterator[Located]:
    waiting = any(
        found.pointer is not None and not isinstance(found, Located) for found in diagnostics
    )
    text = text_of(file) if waiting else None
    if not text:
        yield from map(located, diagnostics)
        return
    positions, lines = _positions(file, text), Lines(text)
    for found in diagnostics:
        offset = _offset(found.location, positions)
        yield located(found, None if offset is None else lines.span(offset))


def _positions(file: str, text: str) -> Positions:
    if not file.endswith(".yaml"):
        return scan(text)
    # Imported here: a repository without the file never pays for a YAML reader.
    from generator.source.yaml_document import decode_yaml

    return decode_yaml(text, file).positions


def _offset(at: Location, positions: Positions) -> int | None:
    """Return where ``at`` is; where it is absent, the nearest object around it that is there."""
    pointer = at.pointer
    if pointer is None:
        return None
    if at.on_key and pointer in positions.keys:
        return positions.keys[pointer]
    while pointer not in positions.values and pointer:
        pointer = pointer.rpartition("/")[0]
    return positions.values.get(pointer)


Place: TypeAlias = tuple[str | int, ...]
"""Names of fields, and indexes of lists."""


def dotted(place: Place) -> str:
    """Return ``inputDataConfig[0].bucket`` of a place."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).removeprefix(".")
