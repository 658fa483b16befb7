"""The Git work tree around a directory, and the symbolic links that it holds."""

from __future__ import annotations

import os
from pathlib import Path

_MAX_LINKS = 40
"""Links on the way to a file above which Linux gives up, too."""


def work_tree(place: Path) -> str | None:
    """Return the nearest real directory at or above ``place`` that has a ``.git``, else None."""
    directory = os.path.realpath(place)
    while not os.path.lexists(os.path.join(directory, ".git")):
        above = os.path.dirname(directory)
        if above == directory:
            return None
        directory = above
    return directory


def is_below(place: str, directory: str) -> bool:
    """Return whether an absolute path is ``directory`` or lies in it, by their names alone."""
    return os.path.commonpath((place, directory)) == directory


def link_in_repository(file: str | Path, root: Path | None) -> str | None:
    """Return the first symbolic link on the way to ``file`` that a repository holds, else None.

    The repositories are that of ``root``, if any, and the one around the working directory. Links
    elsewhere belong to who runs the command: ``/dev/stdout``, or ``/tmp`` on macOS.
    """
    around = work_tree(Path())
    held = {around} if around else set()
    if root is not None:
        held.add(work_tree(root) or os.path.realpath(root))
    place, links = os.sep, 0
    pending = os.path.join(os.getcwd(), file).split(os.sep)[::-1]
    while pending:
        part = pending.pop()
        inner = os.path.dirname(place) if part == os.pardir else os.path.join(place, part)
        if part in ("", os.curdir) or not os.path.islink(inner):
            place = place if part in ("", os.curdir) else inner
            continue
        links += 1
        if links > _MAX_LINKS or any(is_below(place, directory) for directory in held):
            return inner
        target = os.readlink(inner)
        place = os.sep if os.path.isabs(target) else place
        pending += target.split(os.sep)[::-1]
    return None
