"""The lines of one container's log, once or as they come."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from generator.karmada.client.answers import LiveError, NotUnderstoodError, RefusedError
from generator.karmada.client.control_plane import MOST_OF_A_LINE, ControlPlane
from generator.karmada.client.resources import PODS
from generator.karmada.logs.sources import Query, Source, read_source

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d) ")
_LONGEST = 120.0
"""Seconds; a server may take a minute to say nothing."""
_MOST_OF_A_SECOND = 100_000
"""Lines of one second that are remembered, so as not to be told again after a stream was cut."""


@dataclass(slots=True)
class Patience:
    """How long a server that does not answer is asked again: ``attempts`` in a row."""

    attempts: int
    pause: Callable[[], None]
    _failed: int = 0
    _since: float = 0.0

    def endure(self, problem: LiveError) -> None:
        """Wait a moment; raises ``problem`` where it will not go away, or lasts too long."""
        status = problem.status if isinstance(problem, RefusedError) else 500
        # 400: a container that begins again has no log for a moment.
        self._failed += 1
        if self._failed == 1:
            self._since = time.monotonic()
        is_lasting = self._failed >= self.attempts or time.monotonic() > self._since + _LONGEST
        will_stay = isinstance(problem, NotUnderstoodError) or (status < 500 and status != 400)
        if will_stay or is_lasting:
            raise problem
        self.pause()

    def calm(self) -> None:
        """It has answered."""
        self._failed = 0


def read_lines(plane: ControlPlane, source: Source, query: Query) -> Iterator[bytes]:
    """Yield what the log holds now, with line ends. LiveError."""
    stamps = {"timestamps": "true"} if query.timestamps else {}
    yield from _open(plane, source, False, {**query.parameters, **stamps})


def follow_lines(
    plane: ControlPlane, source: Source, query: Query, patience: Patience
) -> Iterator[bytes]:
    """Yield the log until its pod has ended or is gone, each line once. LiveError.

    A stream that is cut, or ends while the pod runs, goes on where it was. It is read once more
    after the pod was seen to have ended: only then nothing can be missing.
    """
    told = _Told()
    while True:
        begun = b""
        told_again = told.lines.copy()
        try:
            now = read_source(plane, source)
            stamped = {**(told.parameters or query.parameters), "timestamps": "true"}
            for line in _open(plane, source, True, stamped):
                patience.calm()
                if told_again[line]:
                    told_again[line] -= 1
                elif line.endswith(b"\n") or len(line) >= MOST_OF_A_LINE:
                    told.add(line)
                    yield _as_asked(line, query)
                else:
                    begun = line
            patience.calm()
        except LiveError as problem:
            if isinstance(problem, RefusedError) and problem.status == 404:
                return
            patience.endure(problem)
            continue
        if now is None or now.is_over:
            if begun:
                yield _as_asked(begun, query)
            return
        patience.pause()


@dataclass(slots=True)
class _Told:
    """The lines of the last second: a server can only be asked for whole ones."""

    lines: Counter[bytes] = field(default_factory=Counter)
    _second: datetime | None = None

    def add(self, line: bytes) -> None:
        stamp = _STAMP.match(line)
        if stamp is None:
            return  # the words of a kubelet that has lost the log
        try:
            second = datetime.fromisoformat((stamp[1] + stamp[2]).decode())
        except ValueError:
            return  # no time that there is
        if self._second is None or second > self._second:
            self._second = second
            self.lines.clear()
        if second == self._second and len(self.lines) < _MOST_OF_A_SECOND:
            self.lines[line] += 1

    @property
    def parameters(self) -> dict[str, str]:
        return {} if self._second is None else {"sinceTime": self._second.isoformat()}


def _as_asked(line: bytes, query: Query) -> bytes:
    stamp = None if query.timestamps else _STAMP.match(line)
    return line[stamp.end() :] if stamp else line


def _open(
    plane: ControlPlane, source: Source, follow: bool, parameters: dict[str, str]
) -> Iterator[bytes]:
    chosen = {"container": source.container} if source.container else {}
    return plane.member(source.cluster).log(
        PODS, source.namespace, source.pod, follow=follow, **chosen, **parameters
    )
