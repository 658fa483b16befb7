"""Writing the page: whole or not at all, and over nothing but an earlier page."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from generator.commands.page.html import MARK
from generator.source.atomic_write import replace_atomically
from generator.source.signals import held_back

INDEX = "index.html"


def in_the_way(directory: Path) -> str | None:
    """Why ``directory/index.html`` is not written over; None where it may be. OSError."""
    place = directory / INDEX
    try:
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        return "is no file"
    with place.open("rb") as opened:
        is_ours = opened.read(len(MARK)) == MARK.encode()
    return None if is_ours else "was not written by rayjobs page"


def write_page(directory: Path, text: str) -> None:
    """Write ``directory/index.html``: a reader sees the old page or the new one. OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with held_back():
        replace_atomically(directory / INDEX, text.encode())
