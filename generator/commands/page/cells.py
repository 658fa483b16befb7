"""Tables as HTML. Every text is escaped here, and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from generator.commands.page.data import Kind
from generator.diagnostics.characters import visible

ColumnKind: TypeAlias = Literal[
    "text", "short", "name", "list", "person", "what", "number", "state"
]
"""What a column holds, by which it is set: ``short`` and ``number`` do not wrap."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    kind: ColumnKind = "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text that is sorted by something else."""

    text: str
    key: str | int


@dataclass(frozen=True, slots=True)
class State:
    """A state in words, with the kind that it is marked by."""

    text: str
    kind: Kind


_SUM = '<tr class="sum">'

CellValue: TypeAlias = str | int | Cell | State | None


def escaped(text: str) -> str:
    """A text as HTML, in elements and in attributes; hidden characters are shown."""
    return html.escape(visible(text))


def words_of(value: CellValue) -> str:
    """What a cell shows."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else value.text


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[CellValue]],
    label: str,
    *,
    name: str = "",
    caption: str = "",
    sums: Iterable[int] = (),
) -> str:
    """A table in a place of its own that scrolls; ``sums`` are the rows that sum up others.

    ``label`` says what it is to who does not see it. One with a ``name``, its id, is hidden until
    the script has filled it. One without a caption is as wide as the page.
    """
    identity = f' id="{escaped(name)}"' if name else ""
    hidden = " hidden" if name else ""
    width = "" if caption else ' class="wide"'
    above = f"<caption>{escaped(caption)}</caption>\n" if caption else ""
    bold = frozenset(sums)
    titles = "".join(f'<th scope="col"{_class(one)}>{escaped(one.title)}</th>' for one in columns)
    lines = "\n".join(
        f"{_SUM if at in bold else '<tr>'}{_cells(columns, row)}</tr>"
        for at, row in enumerate(rows)
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escaped(label)}" tabindex="0"{hidden}>\n'
        f"<table{identity}{width}>\n{above}<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n</div>"
    )


def _class(column: Column) -> str:
    return "" if column.kind in ("text", "state") else f' class="{column.kind}"'


def _cells(columns: Sequence[Column], row: Sequence[CellValue]) -> str:
    first, *others = zip(columns, row, strict=True)
    cells = "".join(f"<td{_class(column)}>{_inside(value)}</td>" for column, value in others)
    return f'<th scope="row"{_class(first[0])}>{_inside(first[1])}</th>{cells}'


def _inside(value: CellValue) -> str:
    text = escaped(words_of(value))
    return f'<span class="state {value.kind}">{text}</span>' if isinstance(value, State) else text


def moment(time: datetime | None) -> Cell | None:
    """A time to the minute, in UTC."""
    if time is None:
        return None
    utc = time.astimezone(UTC)
    return Cell(utc.strftime("%Y-%m-%d %H:%M"), utc.strftime("%Y-%m-%dT%H:%M:%SZ"))
