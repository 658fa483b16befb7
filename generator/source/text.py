"""Lines and columns of a text, and the decoding of a file's bytes."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right

from generator.diagnostics import Location, Span, error, located
from generator.source.parsed import Parsed

NOT_UTF8 = error("source/not-utf8", "The file is not UTF-8.")
BYTE_ORDER_MARK = error("source/byte-order-mark", "The file starts with a byte-order mark.")

MAX_SOURCE = 160
"""Characters of a line that are shown with a finding; a file may be one line."""

_CUT = "…"
_LINE_BREAK = re.compile("\n")
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class Lines:
    """Where the lines of a text begin, found once for all that is asked of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at ``offset``, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, offset: int) -> Span:
        """Return the place of the character at ``offset``, with what is shown of its line."""
        line, column = self.line_and_column(offset)
        return Span(line, column, *self._window(line, column))

    def _window(self, line: int, column: int) -> tuple[str, int]:
        """What is shown of a line, and where in it the column stands, from 0."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self._text)
        # Windows ends a line with two characters, of which only one is text here.
        if self._text.endswith("\r", start, end):
            end -= 1
        left = (
            max(start, start + column - 1 - MAX_SOURCE // 2) if end - start > MAX_SOURCE else start
        )
        right = min(end, left + MAX_SOURCE)
        before, after = _CUT if left > start else "", _CUT if right < end else ""
        caret = len(before) + start + column - 1 - left
        return f"{before}{self._text[left:right]}{after}", caret


def decode_utf8(data: bytes, file: str | None = None) -> Parsed[str]:
    """Return the text of a file's bytes, or None and why they are not plain UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            found = BYTE_ORDER_MARK.found(
                f"the file starts with a {encoding} byte-order mark",
                hint="save the file as UTF-8 without a byte-order mark",
                at=Location(file),
            )
            return Parsed(None, (located(found),))
    try:
        return Parsed(data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8")
        found = NOT_UTF8.found(
            f"the byte 0x{data[problem.start]:02X} is not UTF-8",
            hint="save the file as UTF-8",
            at=Location(file),
        )
        return Parsed(None, (located(found, Lines(before).span(len(before))),))
