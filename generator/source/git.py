"""Git as a process: what every call of it has in common, and reading many objects at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_SECONDS = 120
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


class GitError(Exception):
    """Git could not be run, or refused."""

    def __init__(self, message: str, hint: str = _WORKS) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in ``root``: no network, no prompt, no other repository, English messages."""

    root: Path

    def run(self, *arguments: str, stdin: bytes = b"", allowed: tuple[int, ...] = (0,)) -> bytes:
        """What git prints; :class:`GitError` where it cannot be run or ends otherwise."""
        program = shutil.which("git")
        if program is None:
            raise GitError("git is not on PATH", "install git")
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
            raise GitError(f"git took longer than {_TIMEOUT_SECONDS} seconds") from problem
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise GitError(f"git cannot be run: {reason}") from problem
        if ran.returncode not in allowed:
            said = _error_line(ran.stderr) or f"status {ran.returncode}"
            raise GitError(f"git says: {said}")
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


def read_objects(git: Git, named: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Each object's id with its bytes, in the order of ``named``, from one process.

    ``named`` says by object id which file it is, for the :class:`GitError` of one that is missing.
    """
    if not named:
        return
    asked = "".join(f"{oid}\n" for oid in named).encode()
    printed = git.run("cat-file", "--batch", "--buffer", stdin=asked)
    at = 0
    for oid, path in named.items():
        end = printed.find(b"\n", at)
        name, *words = printed[at:end].decode("ascii", "replace").split(" ")
        if name != oid or len(words) != 2 or not words[1].isdigit():
            raise GitError(f"the object {oid} of {path} is missing")
        size = int(words[1])
        yield oid, printed[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def object_sizes(git: Git, named: Iterable[str]) -> dict[str, int]:
    """The size of each object in bytes, by its id, from one process."""
    asked = "".join(f"{oid}\n" for oid in named).encode()
    if not asked:
        return {}
    printed = git.run("cat-file", "--batch-check", "--buffer", stdin=asked)
    sizes: dict[str, int] = {}
    for line in printed.decode("ascii", "replace").splitlines():
        oid, *words = line.split(" ")
        if len(words) != 2 or not words[1].isdigit():
            raise GitError(f"the object {oid} is missing")
        sizes[oid] = int(words[1])
    return sizes
