"""Folders of jobs that a killed ``rayjobs archive --delete`` left beside jobs/.

They are below the paths that they had, so that they say by themselves where they belong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from generator.diagnostics import Diagnostic, Location, error

PREFIX, SUFFIX = ".rayjobs-archive-", ".tmp"

MOVED_ASIDE = error("source/moved-aside", "A killed `archive --delete` left jobs beside jobs/.")


def left_aside(root: Path) -> list[str]:
    """The directories of runs that did not come to an end, sorted. OSError."""
    with os.scandir(root) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.startswith(PREFIX)
            and entry.name.endswith(SUFFIX)
            and entry.is_dir(follow_symlinks=False)
        )


def files_aside(root: Path, name: str) -> list[str]:
    """The files in such a directory as the paths that they had below ``root``, sorted."""
    top = os.path.join(root, name)
    return sorted(_files(top))


def _files(top: str) -> Iterator[str]:
    for place, folders, files in os.walk(top):
        links = [one for one in folders if os.path.islink(os.path.join(place, one))]
        for file in (*files, *links):
            yield os.path.relpath(os.path.join(place, file), top)


def moved_aside(root: Path, jobs: str) -> Iterator[Diagnostic]:
    """A finding about ``jobs`` for each directory that holds what was in it."""
    try:
        names = left_aside(root)
    except OSError:
        # jobs/ is looked at in any case, and that says why it cannot be.
        return
    for name in names:
        files = files_aside(root, name)
        if files:
            more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
            yield MOVED_ASIDE.found(
                f"a killed `rayjobs archive --delete` left {files[0]}{more} in {name}/",
                hint="run `rayjobs archive --delete` again, which first moves them back, or move "
                "them by hand",
                at=Location(jobs),
            )
