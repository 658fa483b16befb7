"""Which commits changed a file: those that ``git log -- FILE`` names, of all files at once.

Where a merge has a file as one of its parents has it, only that parent led to it, so that what
another parent did to the file is no part of its past. Git walks the commits once a file; here they
are walked once, each with the files whose past it is in. Source: git-log(1), "History
Simplification", default mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Diff: TypeAlias = dict[str, tuple[str | None, str | None]]
"""By file, its blob in a parent and in the commit; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: ``author_date`` is ISO 8601 with its zone, ``subject`` its first line.

    The date is empty where the commit has none that Git can read.
    """

    id: str
    parents: tuple[str, ...]
    author: str
    author_date: str
    subject: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A commit that has a file otherwise than each of its parents.

    ``before`` and ``after`` are blobs, None where the file is not there; ``before`` is that of the
    first parent that has the file.
    """

    commit: Commit
    file: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class _Files:
    """Only the files called ``names``, or all others."""

    names: frozenset[str]
    others: bool = False

    def __contains__(self, file: str) -> bool:
        return (file in self.names) != self.others

    def __bool__(self) -> bool:
        return self.others or bool(self.names)

    def less(self, files: frozenset[str]) -> _Files:
        if not files:
            return self
        return _Files(self.names | files if self.others else self.names - files, self.others)

    def plus(self, more: _Files) -> _Files:
        if not self or not more:
            return self or more
        if self.others and more.others:
            return _Files(self.names & more.names, others=True)
        if self.others:
            return _Files(self.names - more.names, others=True)
        return more.plus(self) if more.others else _Files(self.names | more.names)


_NONE = _Files(frozenset())
_EVERY = _Files(frozenset(), others=True)


def changes_of_files(
    commits: Sequence[Commit], diffs: Mapping[str, Sequence[Diff]]
) -> Iterator[FileChange]:
    """The changes of every file that led to the first commit, newest first.

    ``commits`` has children before their parents; ``diffs`` has by commit a diff for each parent,
    in their order, or one with nothing.
    """
    visits = {commits[0].id: _EVERY} if commits else {}
    for commit in commits:
        files = visits.pop(commit.id, _NONE)
        if not files:
            continue
        of_parents = diffs.get(commit.id, ())
        yield from _changes(commit, of_parents, files)
        for parent, share in zip(commit.parents, _shares(files, of_parents), strict=False):
            visits[parent] = visits.get(parent, _NONE).plus(share)


def _changes(commit: Commit, diffs: Sequence[Diff], files: _Files) -> Iterator[FileChange]:
    first, *others = diffs or ({},)
    for file in sorted(first):
        if file in files and all(file in diff for diff in others):
            before = next((diff[file][0] for diff in diffs if diff[file][0]), None)
            after = first[file][1]
            if before or after:
                yield FileChange(commit, file, before, after)


def _shares(files: _Files, diffs: Sequence[Diff]) -> list[_Files]:
    """Of which files each parent is in the past: of one that it has as the commit, only it."""
    if len(diffs) == 1:
        return [files]
    led: list[set[str]] = [set() for _ in diffs]
    for file in {file for diff in diffs for file in diff if file in files}:
        same = next((index for index, diff in enumerate(diffs) if file not in diff), None)
        for index in range(len(diffs)) if same is None else (same,):
            led[index].add(file)
    elsewhere = frozenset[str]().union(*led) - led[0] if led else frozenset[str]()
    return [files.less(elsewhere), *(_Files(frozenset(names)) for names in led[1:])]
