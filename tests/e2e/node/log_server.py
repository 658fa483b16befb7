"""What a kubelet answers an API server that asks for a container's log."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.e2e.node.container_log import ContainerLog, LogOptions, selected, written
from tests.e2e.node.running_pod import RunningPod

PORT = 10250
_PERIOD = 0.2
"""Seconds between two looks at a log that is followed."""

Find: TypeAlias = Callable[[str, str], RunningPod | None]
"""From a namespace and a name to the pod of this node."""


class LogServer:
    """Serves logs over HTTPS, with a certificate of its own as a kubelet without one."""

    def __init__(self, address: str, state: Path, find: Find) -> None:
        self._directory, self._find = state / "logs", find
        self._logs: dict[Path, ContainerLog] = {}
        self._ending = threading.Event()
        self._server = ThreadingHTTPServer((address, PORT), _handler(self))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*_self_signed(state, address))
        # Each connection shakes hands in its own thread.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def look(self) -> None:
        """Note when output came; to be called again and again."""
        for file in self._directory.iterdir():
            self._log(file).look(_now())

    def end(self) -> None:
        """Answer nothing more."""
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Iterator[bytes]]:
        """HTTP status, and the parts of the body."""
        try:
            _, kind, namespace, name, container = path.split("/")
            options = LogOptions.of(query, _now())
        except ValueError as problem:
            return 400, iter([str(problem).encode()])
        pod = self._find(namespace, name)
        if kind != "containerLogs" or pod is None:
            return 404, iter([f'pod "{name}" not found'.encode()])
        said = next(
            (one for one in (*pod.status.init, *pod.status.containers) if one.name == container),
            None,
        )
        if said is None:
            return 404, iter([f'container "{container}" not found in pod "{name}"'.encode()])
        if "waiting" in said.state and not said.restarts:
            reason = said.state["waiting"].get("reason", "")
            words = f'container "{container}" in pod "{name}" is waiting to start: {reason}'
            return 400, iter([words.encode()])
        log = self._log(self._directory / f"{name}.{container}.log")
        return 200, self._limited(log, options, lambda: "running" in said.state)

    def _log(self, file: Path) -> ContainerLog:
        return self._logs.setdefault(file, ContainerLog(file))

    def _limited(
        self, log: ContainerLog, options: LogOptions, runs: Callable[[], bool]
    ) -> Iterator[bytes]:
        left = options.limit
        for part in self._parts(log, options, runs):
            yield part if left is None else part[:left]
            if left is not None:
                left -= len(part)
                if left <= 0:
                    return

    def _parts(
        self, log: ContainerLog, options: LogOptions, runs: Callable[[], bool]
    ) -> Iterator[bytes]:
        """The lines there are, then, where it is followed, those that come while it runs."""
        is_running = runs()
        lines, offset = log.read(0, _now())
        lines = selected(lines, options)
        while True:
            yield from (written(*line, options) for line in lines)
            if not (options.follow and is_running) or self._ending.wait(_PERIOD):
                break
            is_running = runs()
            lines, offset = log.read(offset, _now())
        time, rest = log.rest(offset, _now())
        if rest:
            yield written(time, rest, options)


def _now() -> datetime:
    return datetime.now(UTC)


def _self_signed(state: Path, address: str) -> tuple[Path, Path]:
    """Certificate and key; an API server that is given no authority takes any."""
    certificate, key = state / "kubelet.crt", state / "kubelet.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", key, "-out", certificate, "-subj", f"/CN={address}"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def _handler(logs: LogServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            status, body = logs.answer(parts.path, query)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in body:
                if part:
                    self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
