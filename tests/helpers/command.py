"""The command line as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO
from pathlib import Path

from generator.commands.app import command
from generator.console.streams import SafeStream
from tests.helpers.forking import forker

ROOT = Path(__file__).parents[2]


CLEAN = {"GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR"}


INTERPRETERS = ("PYTHON", "LANG", "LC_")
"""How the variables start that an interpreter reads when it starts."""


def rayjobs_here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process, which takes a tenth of what :func:`rayjobs` takes."""
    out, err = (SafeStream(BytesIO(), in_actions=False) for _ in range(2))
    words = [*map(str, arguments)]
    with out, err, redirect_stdout(out), redirect_stderr(err):
        try:
            command.main(words, prog_name="rayjobs")
        except SystemExit as ended:
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, int(ended.code or 0), out.read(), err.read())
    raise AssertionError("a command always exits")


def rayjobs(
    *arguments: str | Path,
    cwd: Path = ROOT,
    stdin: str | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own: a new interpreter where one reads variables."""
    inherited = {key: value for key, value in os.environ.items() if key not in CLEAN}
    whole = {**inherited, "PYTHONPATH": str(ROOT), **(environment or {})}
    if not any(name.startswith(INTERPRETERS) for name in environment or ()):
        return forker().run([*map(str, arguments)], cwd, whole, stdin)
    return subprocess.run(
        [sys.executable, "-m", "generator", *map(str, arguments)],
        cwd=cwd,
        env=whole,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
