"""An HTTP server that answers what an API server was seen to answer.

Objects stand under the path of their list, as ``make e2e`` records them; a member's stand under
Karmada's proxy path. Pages, label selectors and watches work as on an API server.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

TOKEN = "EXAMPLE-TOKEN"  # a placeholder, which no output may hold
PROXY = "/apis/cluster.karmada.io/v1alpha1/clusters/{}/proxy"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

Log: TypeAlias = Callable[[dict[str, str]], tuple[Iterator[bytes], bool]]
"""From a query to the parts of a text, and whether it then ends well or is broken off."""


@dataclass
class Recorded:
    """What the server holds, and what it was asked."""

    port: int = 0
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    logs: dict[str, Log] = field(default_factory=dict)
    """Texts that come in parts, by path."""
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What a watch of a list says; it then ends, as an API server's does."""
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """HTTP statuses to answer with at a path before it answers."""
    words: str = "as the test wants it"
    """What it says with them."""
    denied: set[tuple[str, str]] = field(default_factory=set)
    """Verb and resource (``get pods/log``) that this user may not."""
    asked: list[str] = field(default_factory=list)
    broken: Callable[[str, BaseHTTPRequestHandler], bool] = lambda path, handler: False
    """Answers a request at a path otherwise than an API server; False of those it leaves to it."""
    changed: Callable[[str, Any], Any] = lambda path, answer: answer
    """Changes the JSON of an answer."""

    @property
    def kubeconfig(self) -> dict[str, Any]:
        server = f"http://127.0.0.1:{self.port}"
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "karmada", "cluster": {"server": server}}],
            "users": [{"name": "me", "user": {"token": TOKEN}}],
            "contexts": [{"name": "karmada", "context": {"cluster": "karmada", "user": "me"}}],
            "current-context": "karmada",
        }

    def hold(self, path: str, *objects: dict[str, Any], member: str | None = None) -> None:
        """Add objects to a list; each can then be asked for by its own path as well."""
        prefix = PROXY.format(member) if member else ""
        self.lists.setdefault(prefix + path, []).extend(objects)

    def load(self, file: Path) -> None:
        """Take over a recording: a JSON object of lists by path."""
        for path, objects in json.loads(file.read_text(encoding="utf-8")).items():
            self.hold(path, *objects)

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        """Status and body, a str for a text."""
        self.asked.append(path)
        if waiting := self.statuses.get(path):
            status = waiting.pop(0)
            return status, _failure(status, self.words)
        if path in self.texts:
            return 200, self.texts[path]
        if path in self.objects:
            return 200, self.objects[path]
        found = self._of_all_namespaces(path)
        if found is not None:
            return 200, _page(found, query)
        one = self._one(path)
        return (200, one) if one else (404, _failure(404, f'"{path}" not found'))

    def _of_all_namespaces(self, path: str) -> list[dict[str, Any]] | None:
        if path in self.lists:
            return self.lists[path]
        head, _, resource = path.rpartition("/")
        inside = [
            objects
            for known, objects in self.lists.items()
            if known.startswith(f"{head}/namespaces/") and known.endswith(f"/{resource}")
        ]
        return [one for objects in inside for one in objects] if inside else None

    def _one(self, path: str) -> dict[str, Any] | None:
        collection, _, name = path.rpartition("/")
        candidates = list(self.lists.get(collection, ()))
        head, _, rest = collection.partition("/namespaces/")
        namespace, _, resource = rest.partition("/")
        candidates += (
            one
            for one in self.lists.get(f"{head}/{resource}", ())
            if one["metadata"].get("namespace") == namespace
        )
        return next((one for one in candidates if one["metadata"]["name"] == name), None)

    def watched(self, path: str) -> str:
        """What a watch of the list at ``path`` says, once; then that its version is too old."""
        if text := self.texts.get(f"watch {path}"):
            return text
        lines = [json.dumps(one) for one in self.events.pop(path, ())]
        if not lines:
            gone = _failure(410, "too old resource version") | {"reason": "Expired"}
            lines = [json.dumps({"type": "ERROR", "object": gone})]
        return "".join(f"{line}\n" for line in lines)

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        asked = body["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
        allowed = (asked["verb"], resource) not in self.denied
        return {**body, "status": {"allowed": allowed}}


def _failure(status: int, words: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "message": words, "code": status}


def _page(objects: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    chosen = [one for one in objects if _is_selected(one, query.get("labelSelector", ""))]
    start, limit = int(query.get("continue", 0)), int(query.get("limit", len(chosen)) or 1)
    rest = start + limit
    following = {"continue": str(rest)} if rest < len(chosen) else {}
    return {"metadata": {"resourceVersion": "7", **following}, "items": chosen[start:rest]}


def _is_selected(one: dict[str, Any], selector: str) -> bool:
    labels = one["metadata"].get("labels", {})
    wanted = [pair.split("=", 1) for pair in selector.split(",") if pair]
    return all(labels.get(key) == value for key, value in wanted)


def _send_parts(handler: BaseHTTPRequestHandler, parts: Iterator[bytes], ends: bool) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for part in parts:
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    if ends:
        handler.wfile.write(b"0\r\n\r\n")
    handler.close_connection = not ends


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """As there, but of a client that was killed and so has reset its connection."""
        if not isinstance(sys.exception(), ConnectionResetError | BrokenPipeError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    recorded: Recorded
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """A body is sent after its head: else it waits 40 ms for the client to acknowledge that."""

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        path = urlsplit(self.path).path
        if not self.recorded.broken(path, self):
            return True
        self.recorded.asked.append(path)
        self.close_connection = True
        return False

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if query.get("watch") == "true":
            self._send(200, self.recorded.watched(parts.path))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._send(401, _failure(401, "Unauthorized"))
        elif log := self.recorded.logs.get(parts.path):
            self.recorded.asked.append(parts.path)
            _send_parts(self, *log(query))
        else:
            status, answer = self.recorded.answer(parts.path, query)
            self._send(status, self.recorded.changed(parts.path, answer))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if urlsplit(self.path).path == _REVIEWS:
            self._send(201, self.recorded.changed(_REVIEWS, self.recorded.review(body)))
        else:
            self._send(405, _failure(405, "this only reads"))

    def _send(self, status: int, body: Any) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name there
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[Recorded]:
    """A server on a port of its own, until the block ends."""
    recorded = Recorded()

    handler = type("Handler", (_Handler,), {"recorded": recorded})
    server = _Server(("127.0.0.1", 0), handler)
    recorded.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield recorded
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
