"""Trains tiny models with given parameters and says what XGBoost thought of each.

Reads JSON lines on stdin, as ``generate.py`` prints them::

    {"id": "eta/at/0", "params": {"eta": "0", ...}, "num_round": "3", "custom": {}, "gpus": 0}

and prints one JSON line each: id, ok, error (first line of the message), warnings, seconds,
data (what happened with each kind of data that was tried), model (what came out).  ``params``
holds rendered text, read as the platform's script reads it.  A worker process does the
training; one that dies, hangs or asks for too much memory fails its set and is replaced.

Run it as a module, with the interpreter whose XGBoost is to be measured::

    venv/bin/python -m check_xgboost.train < sets.jsonl > results.jsonl
"""

from __future__ import annotations

import argparse
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

Result = dict[str, Any]


class Worker:
    """The child process that trains, and the thread that reads its answers."""

    def __init__(self, options: argparse.Namespace, stderr: Path) -> None:
        """Start a child that writes what the library prints into the file ``stderr``."""
        command = [sys.executable, "-m", f"{__package__}.worker"]
        command += ["--stderr", str(stderr), "--memory", str(options.memory)]
        command += ["--every-kind"] if options.every_kind else []
        command += ["--early-stopping"] if options.early_stopping else []
        self._answers: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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


def supervise(lines: Iterator[str], options: argparse.Namespace) -> Iterator[Result]:
    """The answer to each line, in order; a worker that fails one is replaced."""
    with tempfile.TemporaryDirectory() as directory:
        stderr = Path(directory) / "stderr"
        worker = Worker(options, stderr)
        try:
            for line in lines:
                answer = worker.ask(line, options.timeout)
                if isinstance(answer, str):
                    worker.stop()
                    said = stderr.read_text(errors="replace") if stderr.exists() else ""
                    worker = Worker(options, stderr)
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


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--timeout", type=float, default=60, help="seconds a set may take")
    parser.add_argument("--memory", type=int, default=6, help="address space of a worker, GiB")
    parser.add_argument(
        "--every-kind", action="store_true", help="try every kind of data, not only up to a success"
    )
    parser.add_argument(
        "--early-stopping", action="store_true", help="pass early_stopping_rounds to xgboost.train"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Entry point."""
    options = parse_options()
    for result in supervise(iter(sys.stdin), options):
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
