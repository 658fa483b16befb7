"""Files that reports are written to: named by options, each written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import typer

from generator.diagnostics.characters import visible
from generator.reports import Format
from generator.source.atomic_write import replace_atomically
from generator.source.work_tree import link_in_repository


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that goes to a file."""

    format: Format
    file: str


def report_files(given: Iterable[str]) -> tuple[ReportFile, ...]:
    """What ``--report FORMAT=FILE`` asks for; a usage error where it cannot be."""
    formats: dict[str, Format] = {name: name for name in get_args(Format)}
    found = []
    for words in given:
        name, equals, file = words.partition("=")
        if not equals or name not in formats:
            listed = ", ".join(formats)
            raise typer.BadParameter(
                f"{words} is not FORMAT=FILE with one of {listed}", param_hint="--report"
            )
        found.append(ReportFile(formats[name], checked(file, "--report")))
    return tuple(found)


def checked(file: str, option: str) -> str:
    """``file``, if it can be a file in a directory that is there; else a usage error."""
    if not file or os.path.isdir(file) or file.endswith("/"):
        raise typer.BadParameter(f"{file or 'an empty name'} is no file", param_hint=option)
    if not os.path.isdir(os.path.dirname(file) or os.curdir):
        raise typer.BadParameter(f"the directory of {file} does not exist", param_hint=option)
    return file


def refuse_twice(files: Iterable[str]) -> None:
    """A usage error where two reports would be written to one file."""
    seen: set[str] = set()
    for file in files:
        place = os.path.realpath(file)
        if place in seen:
            raise typer.BadParameter(f"{file} is named twice", param_hint="--report")
        seen.add(place)


def replace_file(file: str, text: str, root: Path) -> None:
    """Write ``text`` to ``file``: a reader sees the old file or the new one. OSError.

    A symbolic link that the repository at ``root`` holds is not followed.
    """
    if link := link_in_repository(file, root):
        words = f"{visible(link)} is a symbolic link of the repository: remove it"
        raise OSError(errno.ELOOP, words)
    content = text.encode("utf-8", "backslashreplace")
    if os.path.exists(file) and not os.path.isfile(file):
        # A pipe or a device is written to, not replaced.
        with open(file, "wb") as opened:
            opened.write(content)
        return
    replace_atomically(Path(os.path.realpath(file)), content)
