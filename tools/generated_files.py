"""Files of the repository that are made from the program: which are stale, and writing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def stale_files(files: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Return the files that are missing or hold something else, with what belongs in them."""
    return {
        file: content
        for file, content in files.items()
        if not file.is_file() or file.read_bytes() != content
    }


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write the files, with their directories."""
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
