"""Git as a process: what every call of it has in common, and reading many objects at once."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from generator.diagnostics.diagnostic import Advice
from generator.source.files import is_below, work_tree


def find_program(name: str, root: Path) -> str | None:
    """Return the absolute path of an executable file on PATH; None where there is none.

    Entries of PATH that are relative or empty are passed over, and so is whatever lies below
    ``root`` or the work tree around it: who wrote the repository would choose what runs.
    """
    tree = work_tree(root) or os.path.realpath(root)
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(directory, name)
        if not os.path.isabs(directory) or not _is_executable(program):
            continue
        places = (os.path.join(os.path.realpath(directory), name), os.path.realpath(program))
        if not any(is_below(place, tree) for place in places):
            return program
    return None


def _is_executable(program: str) -> bool:
    try:
        mode = os.stat(program).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) and os.access(program, os.X_OK)


_TIMEOUT_SECONDS = 120
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG_PARAMETERS",
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

_HARMLESS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.alternateRefsCommand": "",
    "core.sshCommand": "",
    "diff.external": "",
    "diff.ignoreSubmodules": "all",
    "log.showSignature": "false",
    # A repository whose files are committed in another has a configuration that a reviewer reads
    # as data.
    "safe.bareRepository": "explicit",
}
"""Settings that keep Git from running what the repository's configuration names."""

_PROGRAM = re.compile(
    r"(?:filter\..*\.(?:clean|smudge|process|required)|diff\..*\.(?:command|textconv)"
    r"|gpg\.(?:.*\.)?program|credential\.(?:.*\.)?helper|merge\..*\.driver)",
    re.DOTALL,
)
"""Names of settings under any name of a driver that hold a program."""

_WORKS = "`git status` has to work here, in a clone without --filter"


class GitError(Exception):
    """Git could not be run, or refused."""

    def __init__(self, message: str, hint: str = _WORKS) -> None:
        super().__init__(message)
        self.advice = Advice(message, hint)


@dataclass(frozen=True)
class Git:
    """Runs git in ``root``: no network, no prompt, no other repository, English messages.

    Nothing runs that the configuration of the repository names: no filter, hook or monitor.
    """

    root: Path

    def run(self, *arguments: str, stdin: bytes = b"", allowed: tuple[int, ...] = (0,)) -> bytes:
        """What git prints; :class:`GitError` where it cannot be run or ends otherwise."""
        return self._run(arguments, self._settings, stdin, allowed)

    @cached_property
    def _settings(self) -> dict[str, str]:
        """The settings that count over all others."""
        # Reading the names of settings runs nothing.
        printed = self._run(("config", "--list", "--name-only", "-z"), _HARMLESS, b"", (0,))
        names = {os.fsdecode(name) for name in printed.split(b"\0")}
        programs = {name for name in names if _PROGRAM.fullmatch(name)}
        unset = {name: "false" if name.endswith(".required") else "" for name in programs}
        return {**_HARMLESS, **unset}

    def _run(
        self,
        arguments: tuple[str, ...],
        settings: Mapping[str, str],
        stdin: bytes,
        allowed: tuple[int, ...],
    ) -> bytes:
        program = find_program("git", self.root)
        if program is None:
            raise GitError("git is not on PATH", "install git outside of this repository")
        try:
            ran = subprocess.run(  # noqa: S603  # no shell; a ref never starts with a dash
                [program, "--literal-pathspecs", "-C", os.fspath(self.root), *arguments],
                input=stdin,
                capture_output=True,
                check=False,
                env=_environment(settings),
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


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    # A partial clone would fetch each missing object by itself: what is not here is said instead.
    offline = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    # Objects that stand for others would show another history than what was reviewed.
    plain = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    return {**kept, **offline, **plain, **_as_variables(settings, kept.get("GIT_CONFIG_COUNT"))}


def _as_variables(settings: Mapping[str, str], count: str | None) -> dict[str, str]:
    """The settings as variables after the ``count`` that there are: unlike -c they take any name.

    Source: git-config(1), GIT_CONFIG_COUNT; Git has it since 2.31.
    """
    first = int(count) if count and count.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings.items(), first):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


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
