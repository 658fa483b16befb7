"""Answers of API servers, read within limits of time and size."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from generator.karmada.client.failures import UnreachableError

T = TypeVar("T")

ANSWER_SECONDS = 50.0
"""How long an answer may take from asking to its last byte, asking again included."""
MOST_BYTES = 64 * 2**20
"""Of an answer. A page of 500 RayJobs has some 8 MiB."""
MOST_OF_A_REFUSAL = 64 * 2**10
WORD_EVERY = 20.0
"""Seconds after which it is said what is waited for."""
_PART = 2**16


def _mute(_: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Clock:
    """Bounds what is waited for. ``say`` is told of it where nobody has heard of it for long."""

    say: Callable[[str], None] = _mute
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


TRY_LATER = "try again later, or see what stands between here and that server"


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
    try:
        found = json.loads(data, object_hook=_without_nulls, parse_constant=_no_number)
        if _HALVES.search(data):  # of characters: a text of one alone cannot be sent or printed
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")


def _without_nulls(found: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in found.items() if one is not None}


def _no_number(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")
