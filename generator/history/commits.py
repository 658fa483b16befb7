"""Commits that changed files of a repository, in one pass: the processes of git do not grow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from generator.diagnostics.diagnostic import Advice
from generator.source.git import Git, GitError

_REGULAR = (b"100644", b"100755")
_FORMAT = "%x00".join(("%H", "%P", "%an", "%aI", "%s"))
_FIELDS = 5

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


@dataclass(slots=True)
class Past:
    """The changes that led to HEAD, newest first, of regular files that were asked for.

    Files are relative to the root, with ``/``. ``commit`` is HEAD's id, None where there is no
    commit yet. ``head`` has the blob of each file that HEAD has, ``differing`` the files that the
    work tree has otherwise, or Git not at all. ``boundary`` are the oldest commits of a shallow
    clone: what they seem to add was there before.
    """

    git: Git
    commit: str | None = None
    changes: list[FileChange] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    differing: frozenset[str] = frozenset()
    boundary: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether the oldest commits are here: they are not in a shallow clone."""
        return not self.boundary


def read_past(root: Path, places: Iterable[str], wanted: Callable[[str], bool]) -> Past | Advice:
    """What Git says of the files below ``places``, both relative to ``root``, that are wanted.

    Or why it says nothing, and what to do about it. ``root`` may be any directory of the
    repository. A repository without a commit has no changes.
    """
    git = Git(root)
    try:
        return _read(git, list(places), wanted)
    except GitError as problem:
        return problem.advice


def _read(git: Git, places: list[str], wanted: Callable[[str], bool]) -> Past:
    printed = git.run(
        "rev-parse", "--is-shallow-repository", "--git-path", "shallow", "--show-prefix"
    )
    shallow, boundary_file, prefix = printed.split(b"\n", 2)
    below = os.fsdecode(prefix.removesuffix(b"\n"))
    past = Past(git, differing=_differing(git, below, places))
    if shallow == b"true":
        past.boundary = _boundary(git.root / os.fsdecode(boundary_file))
    # 1 and 128 are git's statuses where there is no commit yet.
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allowed=(0, 1, 128))
    past.commit = head.decode("ascii", "replace").strip() or None
    if past.commit is None:
        return past
    commits = _commits(git, places)
    diffs = _diffs(git, commits, below, places, wanted)
    past.changes = list(changes_of_files(commits, diffs))
    for change in past.changes:
        past.head.setdefault(change.file, change.after or "")
    past.head = {file: blob for file, blob in past.head.items() if blob}
    return past


def _boundary(file: Path) -> frozenset[str]:
    try:
        return frozenset(file.read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError) as problem:
        raise GitError(f"the oldest commits of this shallow clone: {problem}") from problem


def _differing(git: Git, below: str, places: list[str]) -> frozenset[str]:
    """The files that are not as HEAD has them, or that it does not have."""
    options = ("-z", "--porcelain", "--no-renames", "--untracked-files=all")
    printed = git.run("status", "--ignore-submodules=all", *options, "--", *places)
    return frozenset(
        os.fsdecode(entry[3:]).removeprefix(below) for entry in printed.split(b"\0") if entry
    )


def _commits(git: Git, places: list[str]) -> list[Commit]:
    """The commits that changed ``places``, and merges: children before their parents.

    A parent is the nearest commit that is listed too: between both nothing in ``places`` changes.
    """
    options = ("--topo-order", "--full-history", "--parents", "--no-follow", "--no-show-signature")
    printed = git.run(
        "log", "-z", *options, "--encoding=UTF-8", f"--format={_FORMAT}", "HEAD", "--", *places
    )
    texts = printed.decode("utf-8", "replace").split("\0")
    return [
        Commit(one[0], tuple(one[1].split()), one[2], _zoned(one[3]), one[4])
        for one in (texts[at : at + _FIELDS] for at in range(0, len(texts) - 1, _FIELDS))
    ]


def _zoned(date: str) -> str:
    """A date in one form: of UTC some versions of git write Z. Empty where git can read none."""
    try:
        return datetime.fromisoformat(date).isoformat()
    except ValueError:
        return ""


def _diffs(
    git: Git,
    commits: list[Commit],
    below: str,
    places: list[str],
    wanted: Callable[[str], bool],
) -> dict[str, list[Diff]]:
    """By commit, what it has otherwise than each of its parents, or than nothing."""
    pairs = [f"{commit.id} {parent}" for commit in commits for parent in commit.parents]
    pairs += [commit.id for commit in commits if not commit.parents]
    options = ("-r", "-m", "--raw", "-z", "--no-renames", "--no-abbrev", "--root", "--always")
    asked = "".join(f"{pair}\n" for pair in pairs).encode()
    printed = git.run("diff-tree", "--stdin", *options, "--", *places, stdin=asked)
    diffs: dict[str, list[Diff]] = {}
    # With --always there is a commit's id, then its differences, for each line that is asked.
    tokens = iter(printed.split(b"\0"))
    diff: Diff = {}
    for token in tokens:
        if not token.startswith(b":"):
            diff = {}
            diffs.setdefault(token.decode("ascii", "replace"), []).append(diff)
            continue
        file = os.fsdecode(next(tokens, b"")).removeprefix(below)
        if file.isprintable() and wanted(file):
            mode_before, mode_after, before, after, _ = token[1:].split(b" ")
            diff[file] = (_blob(mode_before, before), _blob(mode_after, after))
    return diffs


def _blob(mode: bytes, oid: bytes) -> str | None:
    """The blob of a regular file; None where there is none, or a link or a submodule."""
    return oid.decode("ascii") if mode in _REGULAR else None
