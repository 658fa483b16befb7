"""A tree of generated files: what is there, what should be, and the plan that makes one the other.

Only files that carry our header are ours. Directories are opened relative to each other without
following links, so nothing outside the tree's directory is ever read or written. rendered/ is such
a tree, and sync/flux/namespaces/ is another.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.diagnostics import Diagnostic, Severity
from generator.output.tree_rules import (
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
from generator.output.yaml_emitter import HEADER
from generator.source.git import Git, GitError

RENDERED = "rendered"
"""The directory of the tree that sync engines apply."""
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".rayjobs-", ".tmp"
_MARK = HEADER.encode()
_REPOSITORY = ".git"
_DEEPEST = 8
"""Levels below which nothing is looked at: what is rendered has three."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
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


@dataclass(slots=True)
class Plan:
    """What would be done to a directory, rendered/ if none is named; paths are below it, sorted.

    ``leftovers`` are the temporary files of a run that was killed, and ``abandoned`` the empty
    directories it may have left.
    """

    create: list[Change] = field(default_factory=list)
    change: list[Change] = field(default_factory=list)
    delete: list[Change] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    abandoned: list[str] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    directory: str = RENDERED

    def place(self, path: str) -> str:
        """Where ``path``, empty for the directory itself, lies below the repository's root."""
        return f"{self.directory}/{path}" if path else self.directory

    @property
    def writes(self) -> list[Change]:
        """What is written: created and changed files, by path."""
        return sorted([*self.create, *self.change], key=lambda change: change.path)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.change or self.delete)


@contextmanager
def opened_directory(root: Path, path: str) -> Iterator[int]:
    """A descriptor of ``root/path``, no part of which below ``root`` may be a link; OSError."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.split("/"):
            inner = os.open(part, _DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


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
    plan = Plan(directory=directory)
    missing = dict(wanted)
    directories = with_parents(path.rpartition("/")[0] for path in wanted)
    empty: list[str] = []
    if os.path.lexists(os.path.join(root, directory)):
        pending = [""]
        while pending:
            place = pending.pop()
            subdirectories, is_empty = _compare_directory(root, place, plan, missing, directories)
            pending += subdirectories
            is_wanted = place in directories or place in wanted or (not place and wanted)
            if is_empty and not is_wanted:
                empty.append(place)
    if plan.leftovers:
        plan.abandoned = empty
    else:
        places = map(plan.place, empty)
        plan.diagnostics += [foreign_directory(place, directory) for place in places]
    if keep_foreign:
        plan.diagnostics = [_tolerated(found) for found in plan.diagnostics]
    blocked = {d.file for d in plan.diagnostics if d.is_error}
    plan.create = [
        Change(path, None, content)
        for path, content in missing.items()
        if plan.place(path) not in blocked
    ]
    if plan.change and _has_no_modes(root):
        plan.keep += [change.path for change in plan.change if change.old == change.new]
        plan.change = [change for change in plan.change if change.old != change.new]
    for changes in (plan.create, plan.change, plan.delete):
        changes.sort(key=lambda change: change.path)
    plan.keep.sort()
    if plan.delete and not wanted and not allow_empty:
        plan.diagnostics.append(would_be_empty(directory, len(plan.delete)))
    return plan


def _tolerated(found: Diagnostic) -> Diagnostic:
    if found.rule in (FOREIGN.id, FOREIGN_DIRECTORY.id):
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


def _compare_directory(
    root: Path,
    directory: str,
    plan: Plan,
    missing: dict[str, bytes],
    directories: set[str],
) -> tuple[list[str], bool]:
    """Compare one directory's files, adding to ``plan``; gives its subdirectories.

    Also whether there is nothing in it at all.
    """
    subdirectories: list[str] = []
    place = plan.place(directory)
    is_empty = True
    try:
        with opened_directory(root, place) as descriptor, os.scandir(descriptor) as entries:
            for entry in entries:
                is_empty = False
                path = f"{directory}/{entry.name}" if directory else entry.name
                if entry.is_symlink():
                    plan.diagnostics.append(link(plan.place(path)))
                elif entry.name == _REPOSITORY:
                    plan.diagnostics.append(repository(plan.place(path)))
                elif entry.is_dir(follow_symlinks=False) and path.count("/") >= _DEEPEST:
                    plan.diagnostics.append(too_deep(plan.place(path), plan.directory))
                elif entry.is_dir(follow_symlinks=False):
                    subdirectories.append(path)
                    if path in missing:
                        plan.diagnostics.append(in_the_way(plan.place(path), "a directory"))
                else:
                    is_in_the_way = path in directories
                    _compare_file(descriptor, entry.name, path, plan, missing, is_in_the_way)
    except OSError as problem:
        is_empty = False
        if problem.errno in (errno.ENOTDIR, errno.ELOOP):
            plan.diagnostics.append(not_a_directory(root, place))
        else:
            plan.diagnostics.append(cannot_read(place, problem))
    return subdirectories, is_empty


def _compare_file(
    descriptor: int,
    name: str,
    path: str,
    plan: Plan,
    missing: dict[str, bytes],
    is_in_the_way: bool,
) -> None:
    try:
        content, is_executable = _read(descriptor, name)
    except OSError as problem:
        plan.diagnostics.append(cannot_read(plan.place(path), problem))
        missing.pop(path, None)
        return
    ours = content is not None and content.startswith(_MARK)
    is_temporary = name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)
    if is_temporary and content is not None:
        plan.leftovers.append(path)
    elif is_in_the_way:
        plan.diagnostics.append(in_the_way(plan.place(path), "a file", "a directory"))
    elif not ours and path in missing:
        words = "a file that rayjobs did not write"
        plan.diagnostics.append(in_the_way(plan.place(path), words))
    elif not ours:
        plan.diagnostics.append(foreign_file(plan.place(path), plan.directory))
    elif path not in missing:
        plan.delete.append(Change(path, content, None, is_executable))
    elif (new := missing.pop(path)) == content and not is_executable:
        plan.keep.append(path)
    else:
        plan.change.append(Change(path, content, new, is_executable))


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
