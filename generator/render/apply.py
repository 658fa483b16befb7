"""Applying a plan: every file is replaced whole or not at all, and a killed run is mended by the
next."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from generator.diagnostics import Diagnostic
from generator.render.tree import Change, Plan, with_parents
from generator.render.tree_rules import cannot_write
from generator.source.atomic_write import held_back, opened_directory, temporary_name, write_new

_RUNNING = Change("", None, b"")


@contextmanager
def exclusive(root: Path) -> Iterator[None]:
    """Hold the repository while a plan is made and applied: a second run waits for the first.

    The lock is the kernel's, so it goes with the process however it ends. A file system without
    locks is used without one.
    """
    with opened_directory(root) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as problem:
            if problem.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                raise
        yield


@dataclass(frozen=True, slots=True)
class _Staged:
    directory: str
    temporary: str
    name: str


def apply_plan(root: Path, plan: Plan) -> list[Diagnostic]:
    """Do what ``plan`` says; gives what could not be done, empty when all is.

    Everything new is first written beside its place: a full disk, or a signal that ends the run
    until then, leaves the tree as it was. While this runs a temporary file lies in the tree, so
    that empty directories are known for its own.
    """
    with held_back() as let_through:
        return _applied(root, plan, let_through)


def _applied(root: Path, plan: Plan, let_through: Callable[[], None]) -> list[Diagnostic]:
    staged: list[_Staged] = []
    try:
        if plan.is_empty and not (plan.leftovers or plan.abandoned):
            return []
        _stage(root, plan.directory, [_RUNNING], staged)
        _remove(root, plan, plan.leftovers)
        for directory, changes in groupby(plan.writes, lambda c: c.path.rpartition("/")[0]):
            let_through()
            _stage(root, plan.place(directory), list(changes), staged)
        let_through()
        for directory, files in groupby(staged[1:], lambda s: s.directory):
            with opened_directory(root, directory) as descriptor:
                for file in files:
                    os.replace(
                        file.temporary, file.name, src_dir_fd=descriptor, dst_dir_fd=descriptor
                    )
        _remove(root, plan, [change.path for change in plan.delete])
        removed = [*plan.leftovers, *(change.path for change in plan.delete)]
        _remove_empty_directories(root, plan, {*plan.abandoned, *map(_parent, removed)})
    except OSError as problem:
        _discard(root, plan, staged)
        return [cannot_write(_named(problem, plan), problem)]
    except BaseException:
        _discard(root, plan, staged)
        raise
    _remove(root, plan, [staged[0].temporary])
    if not (plan.keep or plan.writes):
        # An empty directory could be a submodule, and Git keeps none.
        place = plan.directory
        with suppress(OSError):
            while place:
                os.rmdir(os.path.join(root, place))
                place = _parent(place)
    return []


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _named(problem: OSError, plan: Plan) -> str:
    name = problem.filename
    if isinstance(name, str) and name.startswith(plan.directory):
        return name
    return plan.directory


def _stage(root: Path, place: str, changes: list[Change], staged: list[_Staged]) -> None:
    try:
        with opened_directory(root, place, make=True) as descriptor:
            for change in changes:
                temporary = temporary_name(len(staged))
                staged.append(_Staged(place, temporary, change.path.rpartition("/")[2]))
                write_new(temporary, change.new or b"", descriptor)
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, place) from problem


def _discard(root: Path, plan: Plan, staged: list[_Staged]) -> None:
    for file in staged[1:]:
        with suppress(OSError), opened_directory(root, file.directory) as descriptor:
            os.unlink(file.temporary, dir_fd=descriptor)
    directories = {_parent(change.path) for change in plan.writes}
    _remove_empty_directories(root, plan, directories)
    if staged:
        with suppress(OSError):
            _remove(root, plan, [staged[0].temporary])


def _remove(root: Path, plan: Plan, paths: Iterable[str]) -> None:
    for path in paths:
        directory, _, name = plan.place(path).rpartition("/")
        try:
            with opened_directory(root, directory) as descriptor:
                os.unlink(name, dir_fd=descriptor)
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, plan.place(path)) from problem


def _remove_empty_directories(root: Path, plan: Plan, directories: set[str]) -> None:
    """Remove these directories and those around them, where nothing is left in them."""
    for directory in sorted(with_parents(directories), key=len, reverse=True):
        parent, _, name = plan.place(directory).rpartition("/")
        with suppress(OSError), opened_directory(root, parent) as descriptor:
            os.rmdir(name, dir_fd=descriptor)
