"""A tree of generated files: what is there, what should be, and the plan that makes one the other.

Only files that carry our header are ours. Directories are opened relative to each other without
following links, so nothing outside the tree's directory is ever read or written. rendered/ is such
a tree, and sync/flux/namespaces/ is another.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from generator.diagnostics import Diagnostic, Severity
from generator.render.tree_rules import (
    FOREIGN,
    FOREIGN_DIRECTORY,
    cannot_read,
    foreign_directory,
    foreign_file,
    in_the_way,
    link,
    not_a_directory,
    repository,
    too_deep,
    would_be_empty,
)
from generator.render.yaml_emitter import HEADER
from generator.source.atomic_write import is_temporary, opened_directory
from generator.source.git import Git, GitError

RENDERED = "rendered"
"""The directory of the tree that sync engines apply."""
_MARK = HEADER.encode()
_REPOSITORY = ".git"
_DEEPEST = 8
"""Levels below which nothing is looked at: what is rendered has three."""

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the plan: its path below the directory, and its bytes before and after.

    ``is_executable`` tells that the file there is, which a generated one never is.
    """

    path: str
    old: bytes | None
    new: bytes | None
    is_executable: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done to a directory, rendered/ if none is named; paths are below it, sorted.

    ``leftovers`` are the temporary files of a run that was killed, and ``abandoned`` the empty
    directories it may have left.
    """

    create: Sequence[Change] = ()
    change: Sequence[Change] = ()
    delete: Sequence[Change] = ()
    keep: Sequence[str] = ()
    leftovers: Sequence[str] = ()
    abandoned: Sequence[str] = ()
    diagnostics: Sequence[Diagnostic] = ()
    directory: str = RENDERED

    def place(self, path: str) -> str:
        """Where ``path``, empty for the directory itself, lies below the repository's root."""
        return _below(self.directory, path)

    @property
    def writes(self) -> list[Change]:
        """What is written: created and changed files, by path."""
        return sorted([*self.create, *self.change], key=lambda change: change.path)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.change or self.delete)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What lies in the tree and is neither a file of it nor wrong."""

    path: str
    what: Literal["directory", "empty directory", "leftover"]


_Found: TypeAlias = Change | Diagnostic | _Seen
"""What is found at a path; a generated file is a change, also where it stays as it is."""


def make_plan(
    root: Path,
    wanted: Mapping[str, bytes],
    *,
    allow_empty: bool = False,
    keep_foreign: bool = False,
    directory: str = RENDERED,
) -> Plan:
    """Compare ``root/directory`` with the files that are ``wanted`` (paths below it).

    Whatever else lies there is an error; with ``keep_foreign`` it is a warning.
    """
    found: list[_Found] = []
    if os.path.lexists(os.path.join(root, directory)):
        found += _Comparison(root, directory, wanted).found()
    leftovers, empty = _paths(found, "leftover"), _paths(found, "empty directory")
    problems = [one for one in found if isinstance(one, Diagnostic)]
    if not leftovers:
        problems += (foreign_directory(_below(directory, path), directory) for path in empty)
    if keep_foreign:
        problems = list(map(_tolerated, problems))
    there = [one for one in found if isinstance(one, Change)]
    there.sort(key=lambda change: change.path)
    missing = wanted.keys() - {change.path for change in there}
    blocked = {problem.file for problem in problems if problem.is_error}
    delete = [change for change in there if change.new is None]
    if delete and not wanted and not allow_empty:
        problems.append(would_be_empty(directory, len(delete)))
    same = {change.path: change.is_executable for change in there if change.old == change.new}
    if any(same.values()) and _has_no_modes(root):
        same = dict.fromkeys(same, False)
    keep = [path for path, is_executable in same.items() if not is_executable]
    kept = {*keep}
    return Plan(
        create=[
            Change(path, None, wanted[path])
            for path in sorted(missing)
            if _below(directory, path) not in blocked
        ],
        change=[change for change in there if change.new is not None and change.path not in kept],
        delete=delete,
        keep=keep,
        leftovers=leftovers,
        abandoned=empty if leftovers else [],
        diagnostics=problems,
        directory=directory,
    )


def _below(tree: str, path: str) -> str:
    return f"{tree}/{path}" if path else tree


def _paths(found: Iterable[_Found], what: str) -> list[str]:
    return [one.path for one in found if isinstance(one, _Seen) and one.what == what]


def _tolerated(found: Diagnostic) -> Diagnostic:
    if found.rule in (FOREIGN, FOREIGN_DIRECTORY):
        return replace(found, severity=Severity.WARNING)
    return found


def _has_no_modes(root: Path) -> bool:
    """Return whether Git was told that this file system makes every file executable."""
    try:
        printed = Git(root).run("config", "--type=bool", "core.fileMode", allowed=(0, 1))
    except GitError:
        return False
    return printed.strip() == b"false"


def with_parents(directories: Iterable[str]) -> set[str]:
    """Return the directories and every one around them, but for the tree's own, ``""``."""
    found: set[str] = set()
    for inner in directories:
        directory = inner
        while directory and directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return found


@dataclass(frozen=True)
class _Comparison:
    """The directory ``tree`` below ``root``, beside the files that are wanted there."""

    root: Path
    tree: str
    wanted: Mapping[str, bytes]

    @cached_property
    def directories(self) -> set[str]:
        """Those that the wanted files are in, at any depth."""
        return with_parents(path.rpartition("/")[0] for path in self.wanted)

    def found(self) -> Iterator[_Found]:
        """Yield what there is in each directory, and the directories that hold nothing."""
        pending = [""]
        while pending:
            directory = pending.pop()
            found = list(self._in_directory(directory))
            yield from found
            pending += _paths(found, "directory")
            is_wanted = directory in self.directories or directory in self.wanted
            if not (found or is_wanted or (self.wanted and not directory)):
                yield _Seen(directory, "empty directory")

    def _in_directory(self, directory: str) -> Iterator[_Found]:
        place = _below(self.tree, directory)
        try:
            with opened_directory(self.root, place) as opened, os.scandir(opened) as entries:
                for entry in entries:
                    path = f"{directory}/{entry.name}" if directory else entry.name
                    if entry.is_symlink():
                        yield link(_below(self.tree, path))
                    elif entry.name == _REPOSITORY:
                        yield repository(_below(self.tree, path))
                    elif entry.is_dir(follow_symlinks=False):
                        yield from self._directory(path)
                    else:
                        yield self._file(path, opened)
        except OSError as problem:
            if problem.errno in (errno.ENOTDIR, errno.ELOOP):
                yield not_a_directory(self.root, place)
            else:
                yield cannot_read(place, problem)

    def _directory(self, path: str) -> Iterator[_Found]:
        if path.count("/") >= _DEEPEST:
            yield too_deep(_below(self.tree, path), self.tree)
            return
        yield _Seen(path, "directory")
        if path in self.wanted:
            yield in_the_way(_below(self.tree, path), "a directory")

    def _file(self, path: str, directory: int) -> _Found:
        """Return what the file is, whose directory is open."""
        name, place = path.rpartition("/")[2], _below(self.tree, path)
        try:
            content, is_executable = _read(directory, name)
        except OSError as problem:
            return cannot_read(place, problem)
        new = self.wanted.get(path)
        if content is not None and is_temporary(name):
            return _Seen(path, "leftover")
        if path in self.directories:
            return in_the_way(place, "a file", "a directory")
        if content is None or not content.startswith(_MARK):
            if new is None:
                return foreign_file(place, self.tree)
            return in_the_way(place, "a file that rayjobs did not write")
        # One of two equal texts: a tree has thousands.
        return Change(path, new if content == new else content, new, is_executable)


def _read(descriptor: int, name: str) -> tuple[bytes | None, bool]:
    """Return the file's bytes, None where it is no regular file, and whether it is executable."""
    opened = os.open(name, _FILE, dir_fd=descriptor)
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            return None, False
        content = os.read(opened, status.st_size + 1)
        while more := os.read(opened, 1 << 20) if len(content) <= status.st_size else b"":
            content += more
        return content, bool(status.st_mode & stat.S_IXUSR)
    finally:
        os.close(opened)
