"""A table of texts that fits a terminal: what is piped is never cut."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from generator.diagnostics.characters import visible

_GAP = "  "
_CUT = "…"
_LEAST = 20


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, whether it holds numbers, and how soon it goes where space is short.

    Of those with a ``rank`` above 0 the highest goes first; 0 stays. Before any goes, one that
    ``is_cut`` is cut to what there is room for, but not below 20 characters.
    """

    title: str
    rank: int = 0
    is_number: bool = False
    is_cut: bool = False


def width_of(stream: TextIO) -> int | None:
    """Characters of a line of the terminal; None where ``stream`` is none."""
    if not stream.isatty():
        return None
    return shutil.get_terminal_size().columns


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The rows below the titles, in as many of the columns as ``width`` has room for."""
    shown = [[visible(cell) or "-" for cell in row] for row in rows]
    widths = [
        max(len(column.title), *(len(row[at]) for row in shown), 0)
        for at, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    while width is not None and _width(kept, widths, columns) > width:
        going = max(kept, key=lambda at: columns[at].rank)
        if columns[going].rank == 0:
            break
        kept.remove(going)
    if width is not None:
        _cut(kept, widths, columns, width)
    lines = [[column.title for column in columns], *shown]
    return "".join(
        _GAP.join(_cell(line[at], widths[at], columns[at]) for at in kept).rstrip() + "\n"
        for line in lines
    )


def _width(kept: Sequence[int], widths: Sequence[int], columns: Sequence[Column]) -> int:
    """Characters of a line, with each column that can be cut as narrow as it may be."""
    least = [min(widths[at], _LEAST) if columns[at].is_cut else widths[at] for at in kept]
    return sum(least) + len(_GAP) * (len(kept) - 1)


def _cut(kept: Sequence[int], widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Make columns that can be cut narrower, the last first, until a line fits."""
    for at in reversed(kept):
        excess = sum(widths[one] for one in kept) + len(_GAP) * (len(kept) - 1) - width
        if columns[at].is_cut and excess > 0:
            widths[at] = max(widths[at] - excess, min(widths[at], _LEAST))


def _cell(text: str, width: int, column: Column) -> str:
    if len(text) > width:
        text = text[: width - 1] + _CUT
    return text.rjust(width) if column.is_number else text.ljust(width)
