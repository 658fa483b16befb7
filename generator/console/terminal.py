"""What a terminal shows in place: tables, a line of progress, and a screen that is drawn anew."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from generator.console.streams import SafeStream
from generator.diagnostics.wording import visible
from generator.repository.loading import Progress

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.1
_CLEAR = "\r\x1b[K"

# The alternate screen, without cursor and without wrapping: a line that is too long is cut by the
# terminal, also right after it was made narrower.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"

_GAP = "  "
_CUT = "…"
_LEAST = 20


@contextmanager
def progress_on(
    stream: SafeStream | None,
    *,
    quiet: bool = False,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress | None]:
    """What to call as jobs are done, or None where nobody watches.

    Nobody does in CI, with ``quiet``, or where ``stream`` is no terminal. Nothing is shown before
    a second has passed; whatever is shown is cleared at the end.
    """
    if stream is None or quiet or not _is_watched(stream, environment):
        yield None
        return
    line = _Line(stream, clock)
    try:
        yield line.show
    finally:
        line.clear()


def _is_watched(stream: SafeStream, environment: Mapping[str, str]) -> bool:
    in_ci = any(environment.get(name) for name in ("CI", "GITHUB_ACTIONS"))
    is_dumb = environment.get("TERM") == "dumb"
    return not in_ci and not is_dumb and stream.isatty()


class _Line:
    def __init__(self, stream: SafeStream, clock: Callable[[], float]) -> None:
        self.stream, self.clock = stream, clock
        self.next = clock() + _AFTER_SECONDS
        self.is_shown = False

    def show(self, doing: str, done: int, total: int) -> None:
        now = self.clock()
        if now < self.next:
            return
        self.next = now + _EVERY_SECONDS
        self.stream.send_as_is(f"{_CLEAR}{doing} {done:,} of {total:,} jobs")
        self.is_shown = True

    def clear(self) -> None:
        if self.is_shown:
            self.stream.send_as_is(_CLEAR)


class Screen:
    """What :func:`screen_on` gives: only inside it can be drawn."""

    def __init__(self, stream: SafeStream) -> None:
        self._stream = stream

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines of the terminal now, whatever COLUMNS said at the start."""
        try:
            return os.get_terminal_size(self._stream.fileno())
        except OSError:
            return shutil.get_terminal_size()

    def draw(self, lines: Sequence[str]) -> None:
        """Show lines from the top, as many as there is room for; the last says how many are not."""
        room = max(self.size.lines, 2)
        shown = list(lines)
        if len(shown) > room:
            shown[room - 1 :] = [f"… and {len(shown) - room + 1} more"]
        # No line end after the last: it would scroll a full screen.
        body = "\n".join(f"{visible(line)}{_END_OF_LINE}" for line in shown)
        self._stream.send_as_is(f"{_HOME}{body}{_END_OF_SCREEN}")


def is_live(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can be drawn on."""
    return stream.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


@contextmanager
def screen_on(stream: SafeStream) -> Iterator[Screen]:
    """A screen of its own; however the block ends, also by a signal, the terminal is as before."""
    try:
        stream.send_as_is(_ENTER)
        yield Screen(stream)
    finally:
        stream.send_as_is(_LEAVE)


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
    return shutil.get_terminal_size().columns if stream.isatty() else None


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
