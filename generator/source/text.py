"""Lines and columns of a text, and the decoding of a file's bytes."""

from __future__ import annotations

import codecs
from dataclasses import replace

from generator.diagnostics import Diagnostic, error

NOT_UTF8 = error("source/not-utf8", "The file is not UTF-8.")
BYTE_ORDER_MARK = error("source/byte-order-mark", "The file starts with a byte-order mark.")

_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def locate_offset(diagnostic: Diagnostic, text: str, offset: int) -> Diagnostic:
    """``diagnostic`` with line, column and source line of the character at ``offset``."""
    line, column = line_and_column(text, offset)
    start, end = offset - column + 1, text.find("\n", offset)
    source_line = text[start : len(text) if end < 0 else end].rstrip("\r")
    return replace(diagnostic, line=line, column=column, source_line=source_line)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of the character at ``offset``, from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode_utf8(data: bytes) -> tuple[str | None, Diagnostic | None]:
    """The text of a file's bytes, or None and why they are not plain UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return None, BYTE_ORDER_MARK.found(
                f"the file starts with a {encoding} byte-order mark",
                hint="save the file as UTF-8 without a byte-order mark",
            )
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8")
        found = NOT_UTF8.found(
            f"the byte 0x{data[problem.start]:02X} is not UTF-8", hint="save the file as UTF-8"
        )
        return None, locate_offset(found, before, len(before))
