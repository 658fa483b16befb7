"""Environments below ``.tools/``, each with one release of a library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def interpreter(name: str, *requirements: str) -> Path:
    """The interpreter of the environment ``name``, made where it is missing."""
    directory = ROOT / ".tools" / name
    python = directory / "bin" / "python"
    done = directory / "installed"
    if not done.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(directory)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
        done.touch()
    return python
