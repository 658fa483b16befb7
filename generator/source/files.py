"""Finding every params.json below jobs/, in an order that does not depend on the machine."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from generator.diagnostics import Diagnostic, Location, error, warning
from generator.diagnostics.wording import others
from generator.source.atomic_write import moved_aside
from generator.source.text import (
    NOT_A_FILE,
    Parsed,
    cannot_read,
    read_text,
    symlink,
    through_link,
)

JOBS = "jobs"
PARAMS = "params.json"

_MAX_LINKS = 40
"""Links on the way to a file above which Linux gives up, too."""

NO_JOBS = error("source/no-jobs", "There is no jobs/ directory.")
OTHER_JSON = warning(
    "source/other-json", "A JSON file below jobs/ is not named params.json.", adjustable=False
)
PATH = error("source/path", "A path below jobs/ holds a character that cannot be shown.")
FOLDED_PATH = error("source/folded-path", "Two paths are one where a file system folds names.")


@dataclass(slots=True)
class Found:
    """The files that hold jobs, sorted, relative to the root; and what is wrong around them."""

    files: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def find_jobs(root: Path) -> Found:
    """Every ``params.json`` below ``root/jobs``, at any depth; links are not followed."""
    try:
        mode = os.lstat(os.path.join(root, JOBS)).st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = 0
    except OSError as problem:
        return Found(diagnostics=[cannot_read(JOBS, problem)])
    if stat.S_ISLNK(mode):
        return Found(diagnostics=[symlink(JOBS)])
    if not stat.S_ISDIR(mode):
        missing = NO_JOBS.found(
            "there is no jobs/ directory here",
            hint="run in the repository's root or name it with --root",
            at=Location(JOBS),
        )
        return Found(diagnostics=[missing])
    found = Found(diagnostics=list(moved_aside(root, JOBS)))
    pending = [JOBS]
    while pending:
        looked_at = _look_at(root, pending.pop())
        pending += looked_at.subdirectories
        found.files += looked_at.files
        found.diagnostics += looked_at.diagnostics
    found.files.sort()
    return found


def is_job(file: str) -> bool:
    """Return whether a path below the root is that of a job's params.json."""
    top, *inner = file.split("/")
    return top == JOBS and inner[-1:] == [PARAMS]


def params_at(path: str) -> Path | None:
    """The file at a path, or the params.json of the directory there; None where there is none."""
    file = os.path.join(path, PARAMS) if os.path.isdir(path) else path
    return Path(file) if os.path.isfile(file) else None


@dataclass(slots=True)
class _Directory(Found):
    """What one directory holds, and what is wrong in it."""

    subdirectories: list[str] = field(default_factory=list)


def _look_at(root: Path, directory: str) -> _Directory:
    found = _Directory()
    try:
        with os.scandir(os.path.join(root, directory)) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}"
                if not path.isprintable():
                    found.diagnostics.append(_bad_path(path))
                elif entry.is_symlink():
                    # Refused where following it could have given a job.
                    if entry.name.lower().endswith(".json") or entry.is_dir():
                        found.diagnostics.append(symlink(path))
                elif entry.is_dir(follow_symlinks=False):
                    if entry.name == PARAMS:
                        found.diagnostics.append(_directory_of_that_name(path))
                    found.subdirectories.append(path)
                elif entry.name == PARAMS:
                    found.files.append(path)
                elif entry.name.lower().endswith(".json"):
                    found.diagnostics.append(_other_json(path))
    except OSError as problem:
        found.diagnostics.append(cannot_read(directory, problem))
    found.diagnostics += _folded([*found.subdirectories, *found.files])
    return found


def _folded(paths: list[str]) -> Iterator[Diagnostic]:
    """What siblings would be one on macOS and Windows, which fold case and composed letters."""
    if len(set(map(str.lower, paths))) == len(paths) and all(map(str.isascii, paths)):
        return
    alike: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        alike[unicodedata.normalize("NFC", path).casefold()].append(path)
    for same in alike.values():
        ordered = sorted(same)
        for path in same if len(same) > 1 else ():
            yield FOLDED_PATH.found(
                f"where names ignore case, this is the same as {others(ordered, path)}",
                hint="rename one: a checkout on macOS or Windows holds only one of them",
                at=Location(path),
            )


def _directory_of_that_name(path: str) -> Diagnostic:
    return NOT_A_FILE.found(
        "this is a directory",
        hint="a job is a file named params.json: rename this",
        at=Location(path),
    )


def _other_json(path: str) -> Diagnostic:
    return OTHER_JSON.found(
        "this JSON file is not read: a job's file is named params.json",
        hint="rename it to params.json, or move it out of jobs/",
        at=Location(path),
    )


def _bad_path(path: str) -> Diagnostic:
    return PATH.found(
        "this path holds a character that cannot be shown", hint="rename it", at=Location(path)
    )


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


class Files(Protocol):
    """Files by their paths below the repository's root, with ``/``."""

    def jobs(self) -> Found:
        """Return the params.json of every job, and what is wrong around them."""

    def text(self, file: str) -> Parsed[str]:
        """Return the text of a file that is there."""

    def named(self, file: str) -> Parsed[str] | None:
        """Return the text of a file that people name: platform.yaml, or one that it names.

        None where there is no such file. No directory on the way to it may be a symbolic link.
        """


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files below ``root``, each read when it is asked for."""

    root: Path

    def jobs(self) -> Found:
        """See :class:`Files`."""
        return find_jobs(self.root)

    def text(self, file: str) -> Parsed[str]:
        """See :class:`Files`."""
        return read_text(self.root, file)

    def named(self, file: str) -> Parsed[str] | None:
        """See :class:`Files`."""
        if linked := through_link(self.root, file):
            return Parsed(None, (linked,))
        if not os.path.lexists(os.path.join(self.root, file)):
            return None
        return self.text(file)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """``files``, of which those in ``texts`` have another text."""

    files: Files
    texts: Mapping[str, str]

    def jobs(self) -> Found:
        """See :class:`Files`."""
        return self.files.jobs()

    def text(self, file: str) -> Parsed[str]:
        """See :class:`Files`."""
        return Parsed(self.texts[file]) if file in self.texts else self.files.text(file)

    def named(self, file: str) -> Parsed[str] | None:
        """See :class:`Files`."""
        return self.files.named(file)
