"""The files of a Git commit, read without touching the work tree.

Four processes of git at most, however many files there are. Nothing here raises for what git or
the repository does: each failure is a finding of ``base/unreadable``.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.diagnostics import Diagnostic, error
from generator.diagnostics.diagnostic import Advice
from generator.source.files import Found, is_job
from generator.source.git import Git, GitError, read_objects
from generator.source.text import MAX_BYTES, Parsed, decode_utf8

UNREADABLE_BASE = error("base/unreadable", "What to compare with cannot be read from Git.")

_REGULAR = ("100644", "100755")
_ENTRY = re.compile(rb"(\d+) (\w+) ([0-9a-f]+) +(\S+)\t(.*)", re.DOTALL)
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FETCH = "fetch the whole history: with actions/checkout, `fetch-depth: 0`"


@dataclass(slots=True)
class GitTree:
    """The files of one commit, as ``Files`` of a repository: paths below the root, with ``/``.

    What is no regular file, or larger than a file may be that is read from the work tree, or not
    UTF-8, has no text; its path is in ``unusable``.
    """

    commit: str
    texts: dict[str, str] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)

    def jobs(self) -> Found:
        """Return the params.json of every job that has a text."""
        return Found(sorted(filter(is_job, self.texts)))

    def text(self, file: str) -> Parsed[str]:
        """Return the text of a file that is there."""
        return Parsed(self.texts.get(file))

    def named(self, file: str) -> Parsed[str] | None:
        """Return the text of a file; None where there is no such file."""
        is_there = file in self.texts or file in self.unusable
        return self.text(file) if is_there else None


def read_tree(
    root: Path, ref: str, places: Iterable[str], wanted: Callable[[str], bool]
) -> Parsed[GitTree]:
    """Return the texts of the ``wanted`` files below ``places``, as the commit ``ref`` has them.

    ``places`` and the paths that ``wanted`` is asked about are relative to ``root``, which may be
    any directory of the repository.
    """
    git = Git(root)
    try:
        return _read(git, ref, list(places), wanted)
    except GitError as problem:
        return Parsed(None, (_unreadable(ref, problem.advice),))


def _read(git: Git, ref: str, places: list[str], wanted: Callable[[str], bool]) -> Parsed[GitTree]:
    shallow, _, prefix = git.run("rev-parse", "--is-shallow-repository", "--show-prefix").partition(
        b"\n"
    )
    commit = _commit(git, ref)
    if commit is None:
        why = Advice("there is no such commit here", "fetch it, and name it as git does")
        if shallow == b"true":
            why = Advice(f"{why.message}: this is a shallow clone", _FETCH)
        return Parsed(None, (_unreadable(ref, why),))
    listed = _list(git, commit, os.fsdecode(prefix.removesuffix(b"\n")), places)
    found = {path: oid for path, oid in listed if wanted(path)}
    texts = _texts(git, found)
    return Parsed(GitTree(commit, texts, [path for path in found if path not in texts]))


def _commit(git: Git, ref: str) -> str | None:
    """The id of the commit that ``ref`` names; None where it names none."""
    if not ref or ref.startswith("-") or not ref.isprintable():
        return None
    # 128 is git's status for a name that it does not know, and for its own failures.
    printed = git.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", allowed=(0, 1, 128))
    commit = printed.decode("ascii", "replace").strip()
    return commit if _COMMIT.fullmatch(commit) else None


def _list(
    git: Git, commit: str, prefix: str, places: list[str]
) -> Iterator[tuple[str, str | None]]:
    """Give each file below ``places`` with its object's id; None where it cannot be used."""
    below = [f"{prefix}{place}" for place in places]
    listed = git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *below)
    for entry in listed.split(b"\0"):
        matched = _ENTRY.fullmatch(entry)
        if matched is None:
            continue
        mode, _, oid, size, name = matched.groups()
        path = os.fsdecode(name).removeprefix(prefix)
        if path.isprintable():
            is_large = size.isdigit() and int(size) > MAX_BYTES
            is_usable = mode.decode() in _REGULAR and not is_large
            yield path, oid.decode() if is_usable else None


def _texts(git: Git, found: Mapping[str, str | None]) -> dict[str, str]:
    """Return by path the texts of the files that are UTF-8; each object is read once."""
    paths: dict[str, list[str]] = defaultdict(list)
    for path, oid in found.items():
        if oid is not None:
            paths[oid].append(path)
    texts: dict[str, str] = {}
    for oid, data in read_objects(git, {oid: same[0] for oid, same in paths.items()}):
        text = decode_utf8(data).value
        if text is not None:
            texts.update(dict.fromkeys(paths[oid], text))
    return texts


def _unreadable(ref: str, why: Advice) -> Diagnostic:
    if ref.startswith("-"):
        why = Advice("no ref starts with a dash", "name a branch, tag or commit: origin/main")
    return UNREADABLE_BASE.found(f'"{ref}" cannot be compared with: {why.message}', hint=why.hint)
