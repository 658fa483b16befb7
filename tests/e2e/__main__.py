"""``python -m tests.e2e``: run the scenarios in network, mount and process namespaces of their own.

The session's processes are those of its process namespace: they end with it, however it ends.
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

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "e2e"
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
        _end(session)
        # Also after a signal: what the engines said is then all that there is.
        if not passed and (directory / "logs").is_dir():
            print(f"logs are kept in {_kept(directory / 'logs')}", flush=True)
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
    kept = KEPT / time.strftime("%Y%m%d-%H%M%S")
    shutil.copytree(logs, kept)
    return kept.relative_to(ROOT)


if __name__ == "__main__":
    # Ended by a signal or a closed terminal, the session still goes: finally has to run.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]))
