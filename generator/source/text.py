"""Reading a file: its bytes, the text in them, and the lines and columns of that."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from bisect import bisect_right
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from generator.diagnostics import Diagnostic, Location, Span, error, located

T = TypeVar("T")

NOT_UTF8 = error("source/not-utf8", "The file is not UTF-8.")
BYTE_ORDER_MARK = error("source/byte-order-mark", "The file starts with a byte-order mark.")
SYMLINK = error("source/symlink", "A symbolic link stands where a file is read.")
NOT_A_FILE = error("source/not-a-file", "A directory, FIFO or device stands where a file is read.")
TOO_LARGE = error("source/too-large", "The file is larger than 1 MiB.")
UNREADABLE = error("source/unreadable", "The file or directory cannot be read.")

MAX_BYTES = 1024 * 1024
"""Size above which a file is not read, in bytes; a params.json has about 2,000."""
MAX_SOURCE = 160
"""Characters of a line that are shown with a finding; a file may be one line."""

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_CUT = "…"
_LINE_BREAK = re.compile("\n")
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class Parsed(NamedTuple, Generic[T]):
    """A value, or None where ``problems`` say why there is none.

    There may be problems beside a value.
    """

    value: T | None
    problems: tuple[Diagnostic, ...] = ()


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


def cannot_read(file: str, problem: OSError) -> Diagnostic:
    """The diagnostic of an operating-system error on ``file``."""
    if problem.errno == errno.ELOOP:
        return symlink(file)
    reason = problem.strerror or type(problem).__name__
    return UNREADABLE.found(
        f"cannot be read: {reason}", hint="check its permissions and its path", at=Location(file)
    )


def symlink(file: str) -> Diagnostic:
    """The diagnostic of a symbolic link in the place of a file that is to be read."""
    return SYMLINK.found(
        "this is a symbolic link",
        hint="commit the file itself: links are not followed",
        at=Location(file),
    )


def through_link(root: Path, file: str) -> Diagnostic | None:
    """What is wrong with a path of which a directory is a symbolic link, if one is."""
    parts = file.split("/")
    for end in range(1, len(parts)):
        if os.path.islink(os.path.join(root, *parts[:end])):
            return SYMLINK.found(
                "a directory of this path is a symbolic link",
                hint="commit the directory itself: links are not followed",
                at=Location(file),
            )
    return None


def read_text(root: Path, file: str) -> Parsed[str]:
    """Return the text of ``root/file``, or None and why it cannot be had."""
    data, problems = read_bytes(root, file)
    if data is None:
        return Parsed(None, problems)
    return decode_utf8(data, file)


def read_bytes(root: Path, file: str) -> Parsed[bytes]:
    """Return the bytes of ``root/file``, or None and why they cannot be had."""
    try:
        # Not blocking: opening a FIFO would otherwise wait for a writer for ever.
        descriptor = os.open(os.path.join(root, file), _FLAGS)
    except OSError as problem:
        return Parsed(None, (cannot_read(file, problem),))
    try:
        return _read_regular(descriptor, file)
    except OSError as problem:
        return Parsed(None, (cannot_read(file, problem),))
    finally:
        os.close(descriptor)


def _read_regular(descriptor: int, file: str) -> Parsed[bytes]:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        wrong = NOT_A_FILE.found(
            "this is not a regular file", hint="put a regular file in its place", at=Location(file)
        )
        return Parsed(None, (wrong,))
    if status.st_size > MAX_BYTES:
        return Parsed(None, (_too_large(file),))
    # One byte more than allowed, so that a file that grew since is noticed.
    data = os.read(descriptor, MAX_BYTES + 1)
    while len(data) < status.st_size and (more := os.read(descriptor, MAX_BYTES + 1 - len(data))):
        data += more
    return Parsed(None, (_too_large(file),)) if len(data) > MAX_BYTES else Parsed(data)


def _too_large(file: str) -> Diagnostic:
    return TOO_LARGE.found(
        f"the file is larger than {MAX_BYTES:,} bytes",
        hint="what is written by hand has a few thousand bytes: this is something else",
        at=Location(file),
    )
