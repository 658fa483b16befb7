"""A line on a terminal's standard error that says how far a long run is; it is gone at its end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from generator.console.streams import SafeStream
from generator.repository.progress import Progress

_AFTER_SECONDS = 1.0
_EVERY_SECONDS = 0.1
_CLEAR = "\r\x1b[K"


@contextmanager
def progress_on(
    stream: SafeStream | None,
    *,
    quiet: bool = False,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress | None]:
    """What to call as jobs are done, or None where nobody watches.

    Nobody does in CI, with ``quiet``, or where ``stream`` is no terminal. Nothing is shown before
    a second has passed; whatever is shown is cleared at the end.
    """
    if stream is None or quiet or not _is_watched(stream, environment):
        yield None
        return
    line = _Line(stream, clock)
    try:
        yield line.show
    finally:
        line.clear()


def _is_watched(stream: SafeStream, environment: Mapping[str, str]) -> bool:
    in_ci = any(environment.get(name) for name in ("CI", "GITHUB_ACTIONS"))
    is_dumb = environment.get("TERM") == "dumb"
    return not in_ci and not is_dumb and stream.isatty()


class _Line:
    def __init__(self, stream: SafeStream, clock: Callable[[], float]) -> None:
        self.stream, self.clock = stream, clock
        self.next = clock() + _AFTER_SECONDS
        self.is_shown = False

    def show(self, doing: str, done: int, total: int) -> None:
        now = self.clock()
        if now < self.next:
            return
        self.next = now + _EVERY_SECONDS
        self._write(f"{_CLEAR}{doing} {done:,} of {total:,} jobs")
        self.is_shown = True

    def clear(self) -> None:
        if self.is_shown:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        self.stream.send_as_is(text)
