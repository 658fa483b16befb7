"""The files of a Git commit, read without touching the work tree.

Four processes of git at most, however many files there are. Nothing here raises for what git or
the repository does: each failure is a finding of ``base/unreadable``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from generator.diagnostics import Diagnostic, error
from generator.source.reading import MAX_BYTES
from generator.source.text import decode_utf8

UNREADABLE_BASE = error("base/unreadable", "What to compare with cannot be read from Git.")

_TIMEOUT_SECONDS = 120
_REGULAR = ("100644", "100755")
_ENTRY = re.compile(rb"(\d+) (\w+) ([0-9a-f]+) +(\S+)\t(.*)", re.DOTALL)
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Variables that point to a repository: inside a hook they name one, relative to its top."""

_WORKS = "`git status` has to work here, in a clone without --filter"
_FETCH = "fetch the whole history: with actions/checkout, `fetch-depth: 0`"


@dataclass(slots=True)
class GitTree:
    """The files of one commit: paths relative to the root, with ``/``.

    What is no regular file, or larger than a file may be that is read from the work tree, or not
    UTF-8, has no text; its path is in ``unusable``.
    """

    commit: str
    texts: dict[str, str] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)


class _GitError(Exception):
    """Git could not be run, or refused; never leaves this module."""

    def __init__(self, message: str, hint: str = _WORKS) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Git:
    """Runs git in ``root``: no network, no prompt, no other repository, English messages."""

    root: Path

    def run(self, *arguments: str, stdin: bytes = b"", allowed: tuple[int, ...] = (0,)) -> bytes:
        """What git prints; :class:`_GitError` where it cannot be run or ends otherwise."""
        program = shutil.which("git")
        if program is None:
            raise _GitError("git is not on PATH", "install git")
        try:
            ran = subprocess.run(  # noqa: S603  # no shell; a ref never starts with a dash
                [program, "--literal-pathspecs", "-C", os.fspath(self.root), *arguments],
                input=stdin,
                capture_output=True,
                check=False,
                env=_environment(),
                timeout=_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as problem:
            raise _GitError(f"git took longer than {_TIMEOUT_SECONDS} seconds") from problem
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise _GitError(f"git cannot be run: {reason}") from problem
        if ran.returncode not in allowed:
            said = _error_line(ran.stderr) or f"status {ran.returncode}"
            raise _GitError(f"git says: {said}")
        return ran.stdout


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    # A partial clone would fetch each missing object by itself: what is not here is said instead.
    offline = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **offline, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _error_line(output: bytes) -> str:
    """The first error in what git printed, else its first line."""
    lines = output.decode("utf-8", "replace").strip().splitlines() or [""]
    errors = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return re.sub(r"^(fatal|error): ", "", (errors or lines)[0])


def read_tree(
    root: Path, ref: str, places: Iterable[str], wanted: Callable[[str], bool]
) -> tuple[GitTree | None, list[Diagnostic]]:
    """The texts of the files below ``places`` that are ``wanted``, as the commit ``ref`` has them.

    ``places`` and the paths that ``wanted`` is asked about are relative to ``root``, which may be
    any directory of the repository.
    """
    git = _Git(root)
    try:
        return _read(git, ref, list(places), wanted)
    except _GitError as problem:
        return None, [_unreadable(ref, str(problem), problem.hint)]


def _read(
    git: _Git, ref: str, places: list[str], wanted: Callable[[str], bool]
) -> tuple[GitTree | None, list[Diagnostic]]:
    shallow, _, prefix = git.run("rev-parse", "--is-shallow-repository", "--show-prefix").partition(
        b"\n"
    )
    commit = _commit(git, ref)
    if commit is None:
        words, hint = "there is no such commit here", "fetch it, and name it as git does"
        if shallow == b"true":
            words, hint = f"{words}: this is a shallow clone", _FETCH
        return None, [_unreadable(ref, words, hint)]
    tree = GitTree(commit)
    objects = _list(git, tree, os.fsdecode(prefix.removesuffix(b"\n")), places, wanted)
    _read_objects(git, tree, objects)
    return tree, []


def _commit(git: _Git, ref: str) -> str | None:
    """The id of the commit that ``ref`` names; None where it names none."""
    if not ref or ref.startswith("-") or not ref.isprintable():
        return None
    # 128 is git's status for a name that it does not know, and for its own failures.
    printed = git.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", allowed=(0, 1, 128))
    commit = printed.decode("ascii", "replace").strip()
    return commit if _COMMIT.fullmatch(commit) else None


def _list(
    git: _Git, tree: GitTree, prefix: str, places: list[str], wanted: Callable[[str], bool]
) -> dict[str, list[str]]:
    """By object id, the paths of the files to read."""
    below = [f"{prefix}{place}" for place in places]
    listed = git.run("ls-tree", "-r", "-l", "-z", "--full-tree", tree.commit, "--", *below)
    objects: dict[str, list[str]] = {}
    for entry in listed.split(b"\0"):
        matched = _ENTRY.fullmatch(entry)
        if matched is None:
            continue
        mode, _, oid, size, name = matched.groups()
        path = os.fsdecode(name).removeprefix(prefix)
        if not path.isprintable() or not wanted(path):
            continue
        if mode.decode() not in _REGULAR or (size.isdigit() and int(size) > MAX_BYTES):
            tree.unusable.append(path)
        else:
            objects.setdefault(oid.decode(), []).append(path)
    return objects


def _read_objects(git: _Git, tree: GitTree, objects: dict[str, list[str]]) -> None:
    """Add the texts of all objects to ``tree``, from one process."""
    if not objects:
        return
    asked = "".join(f"{oid}\n" for oid in objects).encode()
    printed = git.run("cat-file", "--batch", "--buffer", stdin=asked)
    at = 0
    for oid, paths in objects.items():
        end = printed.find(b"\n", at)
        name, *words = printed[at:end].decode("ascii", "replace").split(" ")
        if name != oid or len(words) != 2 or not words[1].isdigit():
            raise _GitError(f"the object {oid} of {paths[0]} is missing")
        size = int(words[1])
        text, problem = decode_utf8(printed[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
        if text is None or problem:
            tree.unusable += paths
        else:
            tree.texts.update(dict.fromkeys(paths, text))


def _unreadable(ref: str, words: str, hint: str) -> Diagnostic:
    if ref.startswith("-"):
        words, hint = "no ref starts with a dash", "name a branch, tag or commit: origin/main"
    return UNREADABLE_BASE.found(f'"{ref}" cannot be compared with: {words}', hint=hint)
