"""Runs of the scenarios at once, each with its arguments, and their lines as they come."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HALVES: Mapping[str, Sequence[str]] = {
    "flux": ("-k", "not argocd"),
    "argocd": ("-k", "argocd"),
}
"""What is run without arguments; scenarios that need no sync engine are with the first."""
_PR_SET_PDEATHSIG = 1
_FAILURES = ("FAILED ", "ERROR ")
_COLUMNS = "240"
"""Room for why something failed: pytest cuts those lines off where the terminal ends."""


def side_by_side(runs: Mapping[str, Sequence[str]]) -> int:
    """Run ``python -m tests.e2e`` once for each name; the first exit code that is not 0, else 0.

    Every line begins with the run's name; those in which pytest sums up what failed are said once
    more at the end. They end with this process, and clean up as they do.
    """
    started = {name: _start(arguments) for name, arguments in runs.items()}
    width = max(map(len, runs))
    failures: list[str] = []
    readers = [
        threading.Thread(target=_tell, args=(f"{name:{width}} | ", process, failures))
        for name, process in started.items()
    ]
    try:
        for reader in readers:
            reader.start()
        codes = [process.wait() for process in started.values()]
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait()
        for reader in readers:
            reader.join()
    print(*failures, sep="", end="", flush=True)
    return next((code for code in codes if code != 0), 0)


def _start(arguments: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.e2e", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": _COLUMNS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # An interrupt at the terminal reaches this process, which then ends them once.
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  # nothing else has started a thread
    )


def _end_with_parent() -> None:
    """Have the kernel ask the child to end when this process was killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _tell(prefix: str, process: subprocess.Popen[str], failures: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        told = prefix + line.removesuffix("\n") + "\n"
        print(told, end="", flush=True)
        if line.startswith(_FAILURES):
            failures.append(told)
