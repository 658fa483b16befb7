"""What tests of trees share."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file of rendered/, read through no link."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "rendered").rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def states(root: Path) -> dict[str, tuple[int, int, int]]:
    """What a write would change: inode, time and mode of everything below ``root``."""
    found = {}
    for path in [root, *sorted(root.rglob("*"))]:
        status = path.lstat()
        found[str(path)] = (status.st_ino, status.st_mtime_ns, status.st_mode)
    return found


def errors(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (found["rule"], found["file"])
        for found in document["diagnostics"]
        if found["severity"] == "error"
    ]
