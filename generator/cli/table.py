"""A table of texts that fits a terminal: what is piped is never cut."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from generator.characters import visible

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, whether it holds numbers, and how soon it goes where space is short.

    Of those with a ``rank`` above 0 the highest goes first; 0 stays.
    """

    title: str
    rank: int = 0
    is_number: bool = False


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
    while width is not None and _width(kept, widths) > width:
        going = max(kept, key=lambda at: columns[at].rank)
        if columns[going].rank == 0:
            break
        kept.remove(going)
    lines = [[column.title for column in columns], *shown]
    return "".join(
        _GAP.join(_cell(line[at], widths[at], columns[at]) for at in kept).rstrip() + "\n"
        for line in lines
    )


def _width(kept: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths[at] for at in kept) + len(_GAP) * (len(kept) - 1)


def _cell(text: str, width: int, column: Column) -> str:
    return text.rjust(width) if column.is_number else text.ljust(width)
