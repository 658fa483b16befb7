"""A terminal's screen that is drawn anew again and again, and is as it was once that ends."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from generator.console.streams import SafeStream
from generator.diagnostics.characters import visible

# The alternate screen, without cursor and without wrapping: a line that is too long is cut by the
# terminal, also right after it was made narrower.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


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
