"""Programs of this machine: from PATH, and never from the repository that is looked at."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from generator.source.work_tree import is_below, work_tree


def find_program(name: str, root: Path) -> str | None:
    """Return the absolute path of an executable file on PATH; None where there is none.

    Entries of PATH that are relative or empty are passed over, and so is whatever lies below
    ``root`` or the work tree around it: who wrote the repository would choose what runs.
    """
    tree = work_tree(root) or os.path.realpath(root)
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(directory, name)
        if not os.path.isabs(directory) or not _is_executable(program):
            continue
        places = (os.path.join(os.path.realpath(directory), name), os.path.realpath(program))
        if not any(is_below(place, tree) for place in places):
            return program
    return None


def _is_executable(program: str) -> bool:
    try:
        mode = os.stat(program).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) and os.access(program, os.X_OK)
