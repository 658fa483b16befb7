"""``python -m tests.e2e``: run the scenarios in network, mount and process namespaces of their own.

The session's processes are those of its process namespace: they end with it, however it ends.
Without arguments there are two sessions at once, one for each sync engine: a scenario mostly waits.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.side_by_side import HALVES, side_by_side

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "e2e"
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(arguments: list[str]) -> int:
    """Run pytest with the arguments in a session; its exit code. Logs of a failed run are kept."""
    directory = Path(tempfile.mkdtemp(prefix="rayjobs-e2e-"))
    passed = False
    environment = {**os.environ, "RAYJOBS_E2E": str(directory)}
    # The first process of the namespace is then waited for, also when `unshare` was killed.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    session = subprocess.Popen(
        [*_namespaces(), *_inside(), *arguments],
        cwd=ROOT,
        env=environment,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  # nothing else has started a thread
    )
    try:
        passed = session.wait() == 0
        return session.returncode
    finally:
        # A second one would end this before all is gone.
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        _end(session)
        # Also after a signal: what the engines said is then all that there is.
        if not passed and (directory / "logs").is_dir():
            kept = _kept(directory / "logs")
            # Nobody reads where the process that started this one was killed.
            with contextlib.suppress(BrokenPipeError):
                print(f"logs are kept in {kept}", flush=True)
        shutil.rmtree(directory, ignore_errors=True)


def _end(session: subprocess.Popen[bytes]) -> None:
    """End what is left of a session and wait for it: it writes below the directory until then."""
    session.kill()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _namespaces() -> list[str]:
    """unshare, which ends the session with itself; without root, as root of a user namespace."""
    whose = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [
        "unshare",
        *whose,
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]


def _inside() -> list[str]:
    words = 'ip link set lo up && exec "$@"'
    return ["sh", "-c", words, "session", sys.executable, "-m", "tests.e2e.scenarios"]


def _end_with_parent() -> None:
    """Have the kernel end the child when this process is killed and cannot do it itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _kept(logs: Path) -> Path:
    kept = KEPT / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    shutil.copytree(logs, kept)
    return kept.relative_to(ROOT)


if __name__ == "__main__":
    # Ended by a signal or a closed terminal, the session still goes: finally has to run.
    for number in _ENDING:
        signal.signal(number, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else side_by_side(HALVES))
