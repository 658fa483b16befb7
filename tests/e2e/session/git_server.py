"""Bare repositories served by Git's smart HTTP protocol, on the session's loopback."""

from __future__ import annotations

import argparse
import os
import subprocess
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.e2e.session.processes import Processes

PORT = 18000
URL = f"http://127.0.0.1:{PORT}"


def start_git_server(directory: Path, processes: Processes) -> None:
    """Serve the bare repositories in a directory below :data:`URL`."""
    directory.mkdir(parents=True, exist_ok=True)
    processes.start_python("git-server", "-m", __name__, directory)


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to ``git http-backend``, a CGI program."""

    directory: Path

    def _answer(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.directory),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": urllib.parse.unquote(parts.path),
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "session",
        }
        ran = subprocess.run(
            ["git", "http-backend"],
            input=self.rfile.read(length),
            env=environment,
            capture_output=True,
            check=False,
        )
        head, _, body = ran.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815  # the names that http.server calls


def main() -> None:
    """Serve until the session ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    _Handler.directory = parser.parse_args().directory
    ThreadingHTTPServer(("127.0.0.1", PORT), _Handler).serve_forever()


if __name__ == "__main__":
    main()
