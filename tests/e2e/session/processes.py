"""Engines as processes: one log each, all of them ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_TAIL, _WIDTH = 15, 300
_COLLECT_LESS = {"GOGC": "400", "GOMEMLIMIT": "3GiB"}
"""Engines are small and many: memory is there, and processors are what a session lacks. With
thousands of jobs some grow to the limit, from where on they collect as often as it takes."""


class EngineEndedError(AssertionError):
    """An engine that should run has ended; the text has the end of its log."""


class Processes:
    """The processes of a session, by the name of the engine that each is."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[Sequence[str | Path], Mapping[str, str] | None]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start an engine in a process group of its own; its output goes to ``<name>.log``."""
        self._commands[name] = command, environment
        self._start(name, command, environment)

    def restart(self, name: str, *flags: str) -> None:
        """End an engine, if it runs, and start it as before, until the next time with ``flags``."""
        if name in self._running:
            self.end(name)
        command, environment = self._commands[name]
        self._start(name, [*command, *flags], environment)

    def _start(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None
    ) -> None:
        with open(self.log_of(name), "ab") as log:
            self._running[name] = subprocess.Popen(
                [os.fspath(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **_COLLECT_LESS, **(environment or {})},
                start_new_session=True,
            )

    def start_python(self, name: str, *arguments: str | Path) -> None:
        """Start a module of the tests with this interpreter."""
        self.start(name, [sys.executable, *arguments])

    def log_of(self, name: str) -> Path:
        """The file of an engine's output."""
        return self.logs / f"{name}.log"

    def tail(self, name: str) -> str:
        """The last lines of an engine's output."""
        lines = self.log_of(name).read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(line[:_WIDTH] for line in lines[-_TAIL:])

    def assert_running(self) -> None:
        """EngineEndedError, with the end of its log, where an engine is no longer there."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                raise EngineEndedError(f"{name} ended with status {status}:\n{self.tail(name)}")

    def end(self, name: str) -> None:
        """End one engine and all that it started."""
        process = self._running.pop(name)
        # State is thrown away, and API servers take a minute to end on SIGTERM.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end_all(self) -> None:
        """End every engine, the last one started first."""
        for name in list(reversed(self._running)):
            self.end(name)
