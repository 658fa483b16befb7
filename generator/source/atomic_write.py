"""Writing a file whole or not at all: a reader sees what was there before, or all of the new."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PREFIX, _SUFFIX = ".rayjobs-", ".tmp"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def temporary_name(number: int | None = None) -> str:
    """Return the name of a temporary file of this process, of several the one of that number."""
    which = "" if number is None else f"-{number}"
    return f"{_PREFIX}{os.getpid()}{which}{_SUFFIX}"


def is_temporary(name: str) -> bool:
    """Return whether a file of that name is a temporary one, of this process or a killed one."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def write_new(path: str | Path, content: bytes, directory: int | None = None) -> None:
    """Write a file that is not there; OSError. The path is relative to the open ``directory``."""
    descriptor = os.open(path, _CREATE, 0o666, dir_fd=directory)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def replace_atomically(place: Path, content: bytes) -> None:
    """Write a file in the place of the one that is there, if any. OSError."""
    temporary = place.with_name(temporary_name())
    try:
        write_new(temporary, content)
        os.replace(temporary, place)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def create_atomically(place: Path, content: bytes) -> None:
    """Write a file that is not there. FileExistsError, OSError."""
    temporary = place.with_name(temporary_name())
    try:
        write_new(temporary, content)
        try:
            os.link(temporary, place)
        except FileExistsError:
            raise
        except OSError:
            # No links on this file system. The name is taken first: nothing is written over.
            write_new(place, b"")
            _replace_empty(temporary, place)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _replace_empty(temporary: Path, place: Path) -> None:
    try:
        os.replace(temporary, place)
    except BaseException:
        with suppress(OSError):
            place.unlink()
        raise
