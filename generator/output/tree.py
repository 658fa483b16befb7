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
from dataclasses import dataclass, field
from pathlib import Path

from generator.diagnostics import Diagnostic, error, warning
from generator.output.yaml_emitter import HEADER

RENDERED = "rendered"
"""The directory of the tree that sync engines apply."""
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".rayjobs-", ".tmp"
_MARK = HEADER.encode()

FOREIGN = warning(
    "rendered/foreign-file", "A file among generated ones was not written by rayjobs."
)
IN_THE_WAY = error("rendered/in-the-way", "Something else stands where a file is to be written.")
LINK = error("rendered/symlink", "A symbolic link stands among generated files.")
WOULD_BE_EMPTY = error("rendered/would-be-empty", "All generated files would be deleted.")
CANNOT_READ = error("rendered/cannot-read", "A generated file or directory cannot be read.")
CANNOT_WRITE = error("rendered/cannot-write", "A generated file or directory cannot be written.")
STALE = error("rendered/stale", "rendered/ is not what the jobs render to.")
SYNC_STALE = error("sync/stale", "sync/flux/namespaces/ has not one Kustomization a namespace.")

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the plan: its path below the directory, and its bytes before and after."""

    path: str
    old: bytes | None
    new: bytes | None


@dataclass(slots=True)
class Plan:
    """What would be done to a directory, rendered/ if none is named; paths are below it, sorted."""

    create: list[Change] = field(default_factory=list)
    change: list[Change] = field(default_factory=list)
    delete: list[Change] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
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
    directory: str = RENDERED,
) -> Plan:
    """Compare ``root/directory`` with the files that are ``wanted`` (paths below it)."""
    plan = Plan(directory=directory)
    missing = dict(wanted)
    directories = _directories(wanted)
    if os.path.lexists(os.path.join(root, directory)):
        pending = [""]
        while pending:
            pending += _compare_directory(root, pending.pop(), plan, missing, directories)
    blocked = {d.file for d in plan.diagnostics if d.is_error}
    plan.create = [
        Change(path, None, content)
        for path, content in missing.items()
        if plan.place(path) not in blocked
    ]
    for changes in (plan.create, plan.change, plan.delete):
        changes.sort(key=lambda change: change.path)
    plan.keep.sort()
    if plan.delete and not wanted and not allow_empty:
        plan.diagnostics.append(_would_be_empty(plan))
    return plan


def _directories(paths: Iterable[str]) -> set[str]:
    """Every directory that one of the files is in, at any level."""
    found: set[str] = set()
    for path in paths:
        directory = path.rpartition("/")[0]
        while directory and directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return found


def _would_be_empty(plan: Plan) -> Diagnostic:
    return WOULD_BE_EMPTY.found(
        f"there is no job left, and all {len(plan.delete)} files of {plan.directory}/ would be "
        "deleted",
        hint="Flux and Argo CD would delete every job; if that is meant, say --allow-empty",
        file=plan.directory,
    )


def _compare_directory(
    root: Path,
    directory: str,
    plan: Plan,
    missing: dict[str, bytes],
    directories: set[str],
) -> list[str]:
    """Compare one directory's files, adding to ``plan``; gives its subdirectories."""
    subdirectories: list[str] = []
    place = plan.place(directory)
    try:
        with opened_directory(root, place) as descriptor, os.scandir(descriptor) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                if entry.is_symlink():
                    plan.diagnostics.append(_link(plan.place(path)))
                elif entry.is_dir(follow_symlinks=False):
                    subdirectories.append(path)
                    if path in missing:
                        plan.diagnostics.append(_in_the_way(plan.place(path), "a directory"))
                else:
                    in_the_way = path in directories
                    _compare_file(descriptor, entry.name, path, plan, missing, in_the_way)
    except OSError as problem:
        if problem.errno in (errno.ENOTDIR, errno.ELOOP):
            plan.diagnostics.append(_not_a_directory(root, place))
        else:
            plan.diagnostics.append(cannot_read(place, problem))
    return subdirectories


def _compare_file(
    descriptor: int,
    name: str,
    path: str,
    plan: Plan,
    missing: dict[str, bytes],
    in_the_way: bool,
) -> None:
    if name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX):
        plan.leftovers.append(path)
        return
    try:
        content = _read(descriptor, name)
    except OSError as problem:
        plan.diagnostics.append(cannot_read(plan.place(path), problem))
        missing.pop(path, None)
        return
    ours = content is not None and content.startswith(_MARK)
    if in_the_way:
        plan.diagnostics.append(_in_the_way(plan.place(path), "a file", "a directory"))
    elif not ours and path in missing:
        words = "a file that rayjobs did not write"
        plan.diagnostics.append(_in_the_way(plan.place(path), words))
    elif not ours:
        plan.diagnostics.append(_foreign(plan, path))
    elif path not in missing:
        plan.delete.append(Change(path, content, None))
    elif (new := missing.pop(path)) == content:
        plan.keep.append(path)
    else:
        plan.change.append(Change(path, content, new))


def _read(descriptor: int, name: str) -> bytes | None:
    """The file's bytes; None where it is no regular file."""
    opened = os.open(name, _FILE, dir_fd=descriptor)
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            return None
        content = os.read(opened, status.st_size + 1)
        while more := os.read(opened, 1 << 20) if len(content) <= status.st_size else b"":
            content += more
        return content
    finally:
        os.close(opened)


def _foreign(plan: Plan, path: str) -> Diagnostic:
    return FOREIGN.found(
        "this file was not written by rayjobs and is left alone",
        hint=f"move it out of {plan.directory}/: Argo CD and Flux would apply it too",
        file=plan.place(path),
    )


def _in_the_way(file: str, what: str, wanted: str = "a file") -> Diagnostic:
    return IN_THE_WAY.found(
        f"{what} stands where {wanted} is to be written",
        hint="move or remove it: what rayjobs did not write it does not touch",
        file=file,
    )


def _link(file: str) -> Diagnostic:
    return LINK.found(
        "this is a symbolic link", hint="remove it: links are not followed", file=file
    )


def _not_a_directory(root: Path, place: str) -> Diagnostic:
    parts = place.split("/")
    for length in range(1, len(parts) + 1):
        part = "/".join(parts[:length])
        if os.path.islink(os.path.join(root, part)):
            return _link(part)
    return IN_THE_WAY.found(
        "this is no directory", hint="move or remove it: a directory belongs here", file=place
    )


def cannot_read(file: str, problem: OSError) -> Diagnostic:
    """The diagnostic of an operating-system error while reading the tree."""
    reason = problem.strerror or type(problem).__name__
    return CANNOT_READ.found(
        f"cannot be read: {reason}",
        hint="correct its permissions, then run again",
        file=file,
    )


def cannot_write(file: str, problem: OSError) -> Diagnostic:
    """The diagnostic of an operating-system error while writing the tree."""
    reason = problem.strerror or type(problem).__name__
    return CANNOT_WRITE.found(
        f"cannot be written: {reason}",
        hint="make room or correct the permissions, then run again: it goes on where it stopped",
        file=file,
    )
