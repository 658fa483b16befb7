"""Asks a worker process to train one parameter set after another, and replaces one that fails.

A worker reads JSON lines, each with an ``id``, and answers each with one JSON line that has at
least ``id``, ``ok`` and ``error``.  One that dies, hangs or asks for too much memory fails its set.
"""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

TIMEOUT = 60.0
"""Seconds that a set may take."""
Result = dict[str, Any]


class Worker:
    """The child process that trains, and the thread that reads its answers."""

    def __init__(self, command: Sequence[str], stderr: Path) -> None:
        """Start a child that writes what the library prints into the file ``stderr``."""
        self._answers: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            [*command, "--stderr", str(stderr)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream: IO[str] | None = self._process.stdout
        for line in stream or ():
            self._answers.put(line)
        self._answers.put("")

    def ask(self, line: str, timeout: float) -> Result | str:
        """The answer, or how the process ended without one."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(line.rstrip("\n") + "\n")
                self._process.stdin.flush()
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            return f"hung: no answer within {timeout:g} s"
        except OSError:
            answer = ""
        if answer:
            result: Result = json.loads(answer)
            return result
        return f"crashed: exit status {self._process.wait()}"

    def stop(self) -> None:
        """End the child, whatever it is doing."""
        self._process.kill()
        self._process.wait()


def supervise(
    lines: Iterable[str], command: Sequence[str], *, timeout: float = TIMEOUT
) -> Iterator[Result]:
    """The answer to each line, in order; a worker that fails one is replaced.

    A worker is ``command`` with ``--stderr FILE``; a line may take ``timeout`` seconds.
    """
    with tempfile.TemporaryDirectory() as directory:
        stderr = Path(directory) / "stderr"
        worker = Worker(command, stderr)
        try:
            for line in lines:
                answer = worker.ask(line, timeout)
                if isinstance(answer, str):
                    worker.stop()
                    said = stderr.read_text(errors="replace") if stderr.exists() else ""
                    worker = Worker(command, stderr)
                    answer = {
                        "id": json.loads(line)["id"],
                        "ok": False,
                        "error": answer,
                        "warnings": said.splitlines()[-5:],
                        "seconds": None,
                        "data": {},
                        "model": {},
                    }
                yield answer
        finally:
            worker.stop()
