"""The examples of rules as repositories: laid out in a directory, run, and what is printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO
from pathlib import Path

from generator.commands.app import command
from generator.console.streams import SafeStream
from generator.model.platform.model import FILE
from generator.rules.explanations import FIRST_JOB, Example, documents

ROOT = Path(__file__).resolve().parents[1]
_GIT_IDENTITY = ("-c", "user.name=example", "-c", "user.email=example@example.invalid")


def lay_out(root: Path, example: Example) -> None:
    """Make the repository of an example, with its history."""
    if example.before:
        lay_out(root, example.before)
        commit(root)
        shutil.rmtree(root / "jobs")
        (root / FILE).unlink(missing_ok=True)
    texts = [json.dumps(job, indent=2, ensure_ascii=False) + "\n" for job in documents(example)]
    for number, text in enumerate(texts or [f"{example.text}\n"], start=1):
        file = root / FIRST_JOB.replace("1", str(number))
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    if example.platform is not None:
        (root / FILE).write_text(f"{example.platform}\n", encoding="utf-8")
    if example.shell is not None:
        subprocess.run(
            ["sh", "-euc", example.shell], cwd=root, check=True, capture_output=True, timeout=60
        )


def commit(repository: Path) -> None:
    """Commit everything that is in a repository, which is made where there is none."""
    if not (repository / ".git").exists():
        _git(repository, "init", "-q", "-b", "main")
    _git(repository, "add", "-A")
    _git(repository, *_GIT_IDENTITY, "commit", "-q", "--allow-empty", "-m", "a state")


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True, timeout=60)


def obeying_modes(command: list[str]) -> list[str]:
    """``command`` without root's right to read and write what modes forbid."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]


@contextmanager
def commands() -> Iterator[None]:
    """``rayjobs`` on PATH for the scripts of examples, without kubeconform and as outside CI."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory, "rayjobs")
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m generator "$@"\n')
        program.chmod(0o755)
        others = os.environ["PATH"].split(":")
        kept = [path for path in others if not shutil.which("kubeconform", path=path)]
        os.environ.update(PATH=":".join([directory, *kept]), PYTHONPATH=str(ROOT))
        os.environ.pop("GITHUB_ACTIONS", None)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def run_here(arguments: list[str]) -> tuple[int, str]:
    """Exit code and standard output of ``rayjobs`` in this process.

    Typer's own runner for tests builds the command anew each time, which takes longer than a run.
    """
    out, err = (SafeStream(BytesIO(), in_actions=False) for _ in range(2))
    with out, err, redirect_stdout(out), redirect_stderr(err):
        try:
            command.main(arguments, prog_name="rayjobs")
        except SystemExit as ended:
            out.seek(0)
            return int(ended.code or 0), out.read()
    raise AssertionError("a command always exits")


def printed(root: Path, example: Example, *options: str) -> str:
    """What an example's command prints in the empty directory ``root``, inside :func:`commands`."""
    lay_out(root, example)
    arguments = [*example.command.split(), "--root", str(root), *options]
    if "chmod" not in (example.shell or ""):
        return run_here(arguments)[1]
    run = obeying_modes([sys.executable, "-m", "generator", *arguments])
    ran = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return ran.stdout
