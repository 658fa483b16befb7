"""Directories opened relative to each other, so that no link leads out of the one named first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW = _DIRECTORY | os.O_NOFOLLOW


@contextmanager
def opened_directory(top: Path | int, path: str = "", *, make: bool = False) -> Iterator[int]:
    """Yield a descriptor of ``top/path``, no part of which below ``top`` may be a link; OSError.

    ``top`` is a path or the descriptor of an open directory, which stays open. With ``make`` the
    directories of ``path`` that are not there are made.
    """
    descriptor = os.dup(top) if isinstance(top, int) else os.open(top, _DIRECTORY)
    try:
        for part in path.split("/") if path else ():
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            # Named before the other is closed: a signal in between must not have it closed twice.
            outer, descriptor = descriptor, os.open(part, _BELOW, dir_fd=descriptor)
            os.close(outer)
        yield descriptor
    finally:
        os.close(descriptor)
