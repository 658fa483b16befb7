"""Commits that changed files of a repository, in one pass: the processes of git do not grow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from generator.diagnostics.advice import Advice
from generator.history.simplification import Commit, Diff, FileChange, changes_of_files
from generator.source.git import Git, GitError

_REGULAR = (b"100644", b"100755")
_FORMAT = "%x00".join(("%H", "%P", "%an", "%aI", "%s"))
_FIELDS = 5


@dataclass(slots=True)
class Past:
    """The changes that led to HEAD, newest first, of regular files that were asked for.

    Files are relative to the root, with ``/``. ``head`` has the blob of each file that HEAD has,
    ``differing`` the files that the work tree has otherwise, or Git not at all. ``boundary`` are
    the oldest commits of a shallow clone: what they seem to add was there before.
    """

    git: Git
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
    if not git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allowed=(0, 1, 128)):
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
