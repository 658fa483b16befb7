"""Answers of API servers, read within limits of time and size."""

from __future__ import annotations

import gc
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Any, NoReturn, TypeVar

from pydantic import Field

from generator.diagnostics.diagnostic import Advice
from generator.karmada.client.shapes import Shape

T = TypeVar("T")

ANSWER_SECONDS = 50.0
"""How long an answer may take from asking to its last byte, asking again included."""
MOST_BYTES = 64 * 2**20
"""Of an answer. A page of 500 RayJobs has some 8 MiB."""
MOST_OF_A_REFUSAL = 64 * 2**10
WORD_EVERY = 20.0
"""Seconds after which it is said what is waited for."""
_PART = 2**16

TRY_LATER = "try again later, or see what stands between here and that server"
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")


class _ListMetadata(Shape):
    resource_version: str = ""
    following: str = Field(default="", alias="continue")


class ObjectList(Shape):
    """A page of a list, whose items have shapes of their own."""

    metadata: _ListMetadata = _ListMetadata()
    items: list[dict[str, Any]] = Field(default_factory=list)


class Change(Shape):
    """A line of a watch, whose object has a shape of its own."""

    type: str
    object: dict[str, Any]


class Failure(Shape):
    """A Status that says why a request failed."""

    message: str = ""
    code: int = 0


class _Allowed(Shape):
    allowed: bool = False


class Review(Shape):
    """A SelfSubjectAccessReview that was answered."""

    status: _Allowed


class Version(Shape):
    """Of an API server."""

    git_version: str = ""


class _Schema(Shape):
    kinds: list[dict[str, Any]] = Field(
        default_factory=list, alias="x-kubernetes-group-version-kind"
    )
    properties: dict[str, _Schema] = Field(default_factory=dict)
    items: _Schema | None = None
    additional_properties: bool | _Schema = False


class _Components(Shape):
    schemas: dict[str, _Schema] = Field(default_factory=dict)


class OpenApi(Shape):
    """What an API server knows of the kinds of a group."""

    components: _Components = _Components()


class LiveError(Exception):
    """What cannot be read, and what to do about it. Exit code 3."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.advice = Advice(message, hint)


class UnreachableError(LiveError):
    """No API server answers: there is none, or no way to it, or no kubeconfig that names it."""


class RefusedError(LiveError):
    """An API server answers that it will not; ``status`` is HTTP's."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class NotUnderstoodError(LiveError):
    """An API server answers with what no API server says."""


def why(problem: BaseException, otherwise: str = "") -> str:
    """Return what a request failed with: the words of its most particular cause that has any."""
    for one in reversed([*_chain(problem)]):
        if words := _words(one):
            return words
    return otherwise or type(problem).__name__


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """An error and what it was made from, as urllib3 keeps it."""
    seen: set[int] = set()
    following: BaseException | None = problem
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        kept = (getattr(following, "reason", None), following.__cause__, *following.args)
        following = next((one for one in kept if isinstance(one, BaseException)), None)


def _words(problem: BaseException) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return f"TLS fails: {problem.reason or 'for a reason it does not say'}"
    if isinstance(problem, OSError) and isinstance(problem.errno, int) and problem.strerror:
        return problem.strerror
    return next((words for kind, words in _KINDS if isinstance(problem, kind)), "") or _BY_NAME.get(
        type(problem).__name__, ""
    )


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (RemoteDisconnected, "it ended the connection without an answer"),
    (TimeoutError, "it says nothing in time"),
    (IncompleteRead, "its answer is cut"),
    (HTTPException, "it does not speak HTTP"),
    (UnicodeError, "its address or the token has characters that HTTP does not allow"),
)
_BY_NAME = {
    # Classes of urllib3, which is there with the extra only.
    "ConnectTimeoutError": "no connection in time",
    "IncompleteRead": "its answer is cut",
    "InvalidChunkLength": "its answer is cut",
    "InvalidHeader": "its header Retry-After says no time",
    "LocationParseError": "its address in the kubeconfig is no URL",
    "LocationValueError": "its address in the kubeconfig is no URL",
    "ProxyError": "the proxy on the way to it fails",
    "ProxySchemeUnknown": "the address of the proxy in the kubeconfig is no URL",
    "URLSchemeUnknown": "its address in the kubeconfig is no URL",
    "ValueError": "its address or the token has characters that HTTP does not allow",
}


def mute(_: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Clock:
    """Bounds what is waited for. ``say`` is told of it where nobody has heard of it for long."""

    say: Callable[[str], None] = mute
    _silent_since: float = field(default_factory=time.monotonic)
    _ended: float = 0.0

    def within(self, what: str, work: Callable[[], T], seconds: float | None = None) -> T:
        """Return what ``work`` gives or raises; UnreachableError after ``seconds``.

        It runs in a thread that nobody waits for any longer then: no limit of a socket ends a
        server that sends a byte now and then, a name that does not resolve, or a login program.
        """
        now, limit = time.monotonic(), ANSWER_SECONDS if seconds is None else seconds
        until = now + limit
        if now - self._ended > 1:  # something else was done meanwhile
            self._silent_since = now
        future = _begun(work)
        while not future.done():
            now = time.monotonic()
            if now >= until:
                raise UnreachableError(f"{what} took more than {limit:.0f} seconds", TRY_LATER)
            if now >= self._silent_since + WORD_EVERY:
                self._silent_since = now
                self.say(f"still waiting: {what}")
            wait([future], min(until, self._silent_since + WORD_EVERY) - now)
        self._ended = time.monotonic()
        return future.result()


def _begun(work: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()

    def run() -> None:
        try:
            found = work()
        except BaseException as problem:  # raised where it is waited for
            future.set_exception(problem)
        else:
            future.set_result(found)

    threading.Thread(target=run, daemon=True).start()
    return future


def parts_of(response: Any) -> Iterator[bytes]:
    """Yield what comes, as it comes; nothing was asked for compressed, nor is decompressed."""
    while part := response.read1(_PART, decode_content=False):
        yield part


def body_of(response: Any, most: int = MOST_BYTES) -> bytes:
    """Return the whole, of at most so many bytes. ValueError where it has more."""
    found, size = [], 0
    for part in parts_of(response):
        size += len(part)
        if size > most:
            response.close()
            raise ValueError(f"it has more than {most:,} bytes")
        found.append(part)
    return b"".join(found)


def decoded(data: bytes) -> Any:
    """Return what JSON says, without its nulls: to Kubernetes they are fields that are not there.

    ValueError where it is no JSON.
    """
    # A collection within a deep document would run finalizers of others where the stack ends.
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        found = json.loads(data, object_hook=_without_nulls, parse_constant=_no_number)
        if _HALVES.search(data):  # of characters: a text of one alone cannot be sent or printed
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    finally:
        if is_collecting:
            gc.enable()


def _without_nulls(found: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in found.items() if one is not None}


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")
