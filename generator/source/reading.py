"""Reading one regular file below the repository's root, without following a link or hanging."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from generator.diagnostics import Diagnostic, Location, error
from generator.source.parsed import Parsed
from generator.source.text import decode_utf8

MAX_BYTES = 1024 * 1024
"""Size above which a file is not read, in bytes; a params.json has about 2,000."""

SYMLINK = error("source/symlink", "A symbolic link stands where a file is read.")
NOT_A_FILE = error("source/not-a-file", "A directory, FIFO or device stands where a file is read.")
TOO_LARGE = error("source/too-large", "The file is larger than 1 MiB.")
UNREADABLE = error("source/unreadable", "The file or directory cannot be read.")

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def cannot_read(file: str, problem: OSError) -> Diagnostic:
    """The diagnostic of an operating-system error on ``file``."""
    if problem.errno == errno.ELOOP:
        return SYMLINK.found(
            "this is a symbolic link",
            hint="commit the file itself: links are not followed",
            at=Location(file),
        )
    reason = problem.strerror or type(problem).__name__
    return UNREADABLE.found(
        f"cannot be read: {reason}", hint="check its permissions and its path", at=Location(file)
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
