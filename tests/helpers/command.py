"""The command line as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers.forking import forker

ROOT = Path(__file__).parents[2]


CLEAN = {"GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR"}


INTERPRETERS = ("PYTHON", "LANG", "LC_")
"""How the variables start that an interpreter reads when it starts."""


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
