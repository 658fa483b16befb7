"""What no API server answers, and what stands in the place of one answers all the same."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias

Answer: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


def sent(body: bytes, status: int = 200, **headers: str) -> Answer:
    """A whole answer; underscores in names of headers stand for hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON."""
    return sent(json.dumps(value).encode(), status, **headers)


def raw(data: bytes) -> Answer:
    """Bytes after which the connection ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def endless(head: bytes, part: bytes, pause: float) -> Answer:
    """An answer of which another part comes after each pause, as long as anybody listens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(head)
            until = time.monotonic() + 30
            while time.monotonic() < until:
                handler.wfile.write(part)
                time.sleep(pause)

    return answer


def _bomb() -> bytes:
    """500 MB of JSON in half a MB."""
    return gzip.compress(b" " * 2**20) * 500


_HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWERS: dict[str, Answer] = {
    "garbage": sent(b"\x00\xff{"),
    "nothing": sent(b""),
    "no-content": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "html": sent(b"<html>a proxy's words</html>"),
    "list": said([1, 2]),
    "number": said(5),
    "items-dict": said({"items": {"a": 1}, "metadata": {}}),
    "items-int": said({"items": 5, "metadata": {}}),
    "items-of-ints": said({"items": [5], "metadata": {}}),
    "metadata-text": said({"items": [], "metadata": "x"}),
    "no-metadata": said({"items": [{}], "metadata": {}}),
    "name-int": said({"items": [{"metadata": {"name": 5}}], "metadata": {}}),
    "name-path": said({"items": [{"metadata": {"name": "../x"}}], "metadata": {}}),
    "continue-int": said({"items": [], "metadata": {"continue": 5}}),
    "continue-loop": said({"items": [], "metadata": {"continue": "same"}}),
    "deep": sent(b"[" * 200_000),
    "deep-items": sent(b'{"items":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "huge-integer": sent(b'{"metadata":{"resourceVersion":' + b"9" * 10_000 + b"}}"),
    "not-a-number": sent(b'{"metadata":{"resourceVersion":NaN}}'),
    "not-utf-8": sent(b'{"items":[],"metadata":{"continue":"\xff"}}'),
    "surrogate": sent(b'{"items":[],"metadata":{"continue":"\\ud800"}}'),
    "cut": sent(b'{"items":[', Content_Length="1000"),
    "cut-chunk": raw(_HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"ite'),
    "bad-chunk": raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nxx"),
    "compressed": sent(_bomb(), Content_Encoding="gzip"),
    "redirect": said({}, 302, Location="/elsewhere"),
    "redirect-loop": said({}, 307, Location="/apis/ray.io/v1/rayjobs"),
    "redirect-nowhere": said({}, 301),
    "not-modified": raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "escapes": said({"message": "\x1b[31mred\nnext line\u202e"}, 401),
    "refusal-html": sent(b"<html>" + b"x" * 100_000, 401),
    "refusal-dict": said({"message": {"a": 1}}, 403),
    "refusal-cut": sent(b"{", 403, Content_Length="1000"),
    "refusal-deep": sent(b"[" * 60_000, 403),
    "reason": raw(b"HTTP/1.1 403 \x1b[31mEvil\r\nContent-Length: 0\r\n\r\n"),
    "gone": said({"message": "the continue parameter is too old", "reason": "Expired"}, 410),
    "retry-after-nonsense": said({"message": "slow down"}, 429, Retry_After="abc"),
}
"""What is answered at once, and asked once."""
ASKED_AGAIN: dict[str, Answer] = {
    "status-999999": raw(b"HTTP/1.1 999999 x\r\n\r\n"),
    "many-headers": raw(_HEAD + b"".join(b"A%d: b\r\n" % n for n in range(500)) + b"\r\n"),
    "long-header": raw(_HEAD + b"A: " + b"b" * 100_000 + b"\r\n\r\n"),
    "not-http": raw(b"SSH-2.0-server\r\n"),
    "ends": raw(b""),
    "failing": said({"message": "no"}, 500),
    "gateway": sent(b"<html>bad gateway</html>", 502),
}
"""What is asked for again, so that it takes seconds."""
SLOW: dict[str, Answer] = {
    "drips": endless(_HEAD + b"Content-Length: 100000\r\n\r\n", b" ", 0.05),
    "drips-chunks": endless(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.05),
    "drips-headers": endless(_HEAD, b"A: b\r\n", 0.05),
    "drips-a-header": endless(_HEAD + b"A: ", b"b", 0.05),
    "drips-a-refusal": endless(b"HTTP/1.1 500 x\r\nContent-Length: 9999\r\n\r\n", b" ", 0.05),
    "silent": endless(b"", b"", 0.05),
    "retry-after-100000": said({"message": "slow down"}, 429, Retry_After="100000"),
}
"""What has no end, or none soon."""
FLOOD = endless(
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 2**16 + b"\r\n", 0
)
"""As much as anybody takes."""
