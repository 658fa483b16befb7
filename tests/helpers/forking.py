"""The command line in processes that are forked from one which has imported all of it.

Most of what a short run costs is importing. Each run is a process all the same: with arguments,
a directory, an environment, streams and an exit code of its own, and with nothing that an earlier
run changed.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, Any

ROOT = Path(__file__).parents[2]
_MOST = 1 << 20
"""Bytes of a request at most: one is a message, and arguments are no longer."""


@dataclass
class Forker:
    """A process that forks; it ends when this one does, or closes the socket."""

    channel: socket.socket
    process: subprocess.Popen[bytes]

    def run(
        self, arguments: list[str], cwd: Path, environment: dict[str, str], stdin: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line once. TimeoutExpired after two minutes."""
        with _text_file() as given, _text_file() as out, _text_file() as err:
            given.write(stdin or "")
            given.seek(0)
            streams = [stream.fileno() for stream in (given, out, err)]
            code = self.run_on(streams, arguments, cwd, environment)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def run_on(
        self, streams: list[int], arguments: list[str], cwd: Path, environment: dict[str, str]
    ) -> int:
        """Run the command line with these as its three standard streams; gives its exit code."""
        request = {"arguments": arguments, "cwd": str(cwd), "environment": environment}
        socket.send_fds(self.channel, [json.dumps(request).encode()], streams)
        return self._code(arguments)

    def _code(self, arguments: list[str]) -> int:
        pid = int(self.channel.recv(_MOST))
        self.channel.settimeout(120)
        try:
            return int(self.channel.recv(_MOST))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            self.channel.recv(_MOST)
            raise subprocess.TimeoutExpired(arguments, 120) from None
        finally:
            self.channel.settimeout(None)

    def close(self) -> None:
        self.channel.close()
        self.process.wait()


def _text_file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


@cache
def forker() -> Forker:
    """The one of this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.forking", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    made = Forker(ours, process)
    atexit.register(made.close)
    return made


def _serve(channel: socket.socket) -> dict[str, Any] | None:
    """Fork for each request: in the child its request is given, in this process None at the end."""
    while True:
        data, streams, _, _ = socket.recv_fds(channel, _MOST, 3)
        if not data:
            return None
        pid = os.fork()
        if pid == 0:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            channel.close()
            request: dict[str, Any] = json.loads(data)
            return request
        for stream in streams:
            os.close(stream)
        channel.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def main() -> None:
    """Import the program, then fork; what is forked becomes ``python -m generator``."""
    import generator
    from generator.karmada.client.answers import LiveError
    from generator.karmada.client.control_plane import connect
    from tests.helpers.command import rayjobs_here

    for module in walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    # Schemas and options are compiled on first use, and the client of Kubernetes is imported then.
    rayjobs_here("check", "--conformance", "embedded", "--format", "json", "--root", ROOT)
    rayjobs_here("list", "--root", ROOT)
    with suppress(LiveError):
        connect(os.devnull)
    # Else a collection in each process would touch, and so copy, what all of them share.
    gc.freeze()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        _become_rayjobs(request)


def _become_rayjobs(request: dict[str, Any]) -> None:
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["generator", *request["arguments"]]
    sys.path[0] = request["cwd"]
    try:
        runpy.run_module("generator", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if isinstance(ended.code, int):
            # Taking the interpreter down, module by module, is all that is left out.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended.code)
        raise


if __name__ == "__main__":
    main()
