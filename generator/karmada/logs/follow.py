"""All logs of a job's component as they come, from before there are any until they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import TypeAlias

from generator.karmada.client.answers import LiveError
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.job_state import JobState, Run, read_state
from generator.karmada.logs.events import JobEvent, chosen, read_events, standing_of, why_no_log
from generator.karmada.logs.sources import (
    NO_EVENTS,
    Asked,
    Line,
    Pods,
    Source,
    copies_in_words,
    runs_of,
    sources_of,
)
from generator.karmada.logs.stream import Patience, follow_lines, read_lines

_ATTEMPTS = 20
"""How often in a row a server that does not answer is asked; each time takes seconds."""
_AHEAD = 1000
"""Lines that are read ahead of a slow reader."""


_Key: TypeAlias = tuple[str, str]
"""Cluster and pod."""


def _line_of(event: JobEvent) -> Line:
    return Line(event.cluster, "", f"{event}\n".encode())


class Following:
    """Iterates over the lines; ``say`` is told what is waited for. LiveError, NoSuchClusterError.

    It ends when the copies and their logs have ended, or the RayJob is gone from Karmada. What a
    member cannot be asked is raised at the end: it hides nothing of the others.
    """

    def __init__(
        self, plane: ControlPlane, asked: Asked, say: Callable[[str], None], every: float = 2.0
    ) -> None:
        self._plane, self._asked, self._say, self._every = plane, asked, say, every
        self._items: Queue[Line | LiveError | _Key] = Queue(_AHEAD)
        self._patient: dict[str, Patience] = {}
        self._given_up: set[str] = set()
        self._failed: LiveError | None = None
        self._events: dict[tuple[str, str], datetime] = {}
        self._begun: set[_Key] = set()
        self._going: set[_Key] = set()
        self._said: dict[str, str] = {}
        self._was_there = False
        self._is_told = False
        self.clusters: tuple[str, ...] = ()
        """Those of the copies that are followed."""
        self.has_pods = False
        """Whether a copy has several pods, those that have not begun as well."""

    @property
    def has_begun(self) -> bool:
        """Whether any log was read, though it may be empty, or any Event."""
        return bool(self._begun) or self._is_told

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines as they come."""
        for line in self._lines():
            self._is_told = True
            yield line
        if self._asked.component == "operator-events" and not self._is_told:
            self._say(NO_EVENTS)

    def _lines(self) -> Iterator[Line]:
        patience = self._patience()
        while True:
            lines: list[Line] = []
            is_last = False
            try:
                is_last = self._look(lines)
                patience.calm()
            except LiveError as problem:
                patience.endure(problem)
            yield from lines
            if is_last and not self._going:
                if self._failed is not None:
                    raise self._failed
                return
            yield from self._arriving()

    def _patience(self) -> Patience:
        return Patience(_ATTEMPTS, lambda: time.sleep(self._every))

    def _look(self, lines: list[Line]) -> bool:
        """Add new Events to ``lines``, begin to read new logs; whether no others will come."""
        state = read_state(self._plane, self._asked.namespace, self._asked.job)
        if state is None:
            self._tell("", "it is gone from Karmada" if self._was_there else "not on Karmada yet")
            return self._was_there
        self._was_there = True
        runs = runs_of(state, self._asked.cluster)
        self.clusters = tuple(run.cluster for run in runs)
        if not runs:
            self._tell("", standing_of(state))
            return False
        over = [self._try_to_look(state, run, lines) for run in runs]
        return all(over)

    def _try_to_look(self, state: JobState, run: Run, lines: list[Line]) -> bool:
        """As :meth:`_look_at`; of a member that cannot be asked for long nothing will come."""
        if run.cluster in self._given_up:
            return True
        # Nobody waits for it alone: the others are looked at meanwhile.
        patience = self._patient.setdefault(run.cluster, Patience(_ATTEMPTS, lambda: None))
        try:
            try:
                is_over = self._look_at(state, run, lines)
                patience.calm()
            except LiveError as problem:
                patience.endure(problem)
                return False
        except LiveError as lasting:
            self._given_up.add(run.cluster)
            self._fail(lasting)
            return True
        return is_over

    def _fail(self, problem: LiveError) -> None:
        self._failed = problem
        self._say(str(problem))

    def _look_at(self, state: JobState, run: Run, lines: list[Line]) -> bool:
        if self._asked.component == "operator-events":
            lines += self._new_events(state, run)
            return run.has_ended
        sources = sources_of(self._plane, state, run, self._asked.component)
        self._begin(sources)
        if not any(cluster == run.cluster for cluster, _ in self._begun):
            self._tell(run.cluster, why_no_log(state, run, self._asked.component, sources))
        # KubeRay and Karmada need some seconds to say so of the job.
        return run.has_ended or any(one.has_succeeded for one in sources)

    def _tell(self, cluster: str, words: str) -> None:
        """Say what is waited for, each time that it is another thing."""
        if self._said.get(cluster) != words:
            self._said[cluster] = words
            self._say(f"{cluster}: {words}" if cluster else words)

    def _new_events(self, state: JobState, run: Run) -> Iterator[Line]:
        found = read_events(self._plane, state, run)
        for event in chosen(found, self._asked.query, datetime.now(UTC)):
            key = run.cluster, event.uid
            if self._events.get(key) != event.time:
                self._events[key] = event.time
                yield _line_of(event)

    def _begin(self, sources: Sequence[Source]) -> None:
        self.has_pods |= len(sources) > 1
        for source in sources:
            key = source.cluster, source.pod
            if source.has_begun and key not in self._begun:
                self._begun.add(key)
                self._going.add(key)
                threading.Thread(target=self._read, args=(source, key), daemon=True).start()

    def _read(self, source: Source, key: _Key) -> None:
        """What each log's thread does."""
        try:
            for text in follow_lines(self._plane, source, self._asked.query, self._patience()):
                self._items.put(Line(*key, text))
        except LiveError as problem:
            self._items.put(problem)
        finally:
            self._items.put(key)

    def _arriving(self) -> Iterator[Line]:
        """What the threads read until it is time to look at the job again."""
        until = time.monotonic() + self._every
        while (left := until - time.monotonic()) > 0 or not self._items.empty():
            try:
                item = self._items.get(timeout=max(left, 0.001))
            except Empty:
                return
            if isinstance(item, Line):
                yield item
            elif isinstance(item, LiveError):
                self._fail(item)
            else:
                self._going.discard(item)


class Reading:
    """Iterates over the lines; ``say`` is told what is not there. LiveError, NoSuchClusterError.

    What a member cannot be asked is raised at the end: it hides nothing of the others.
    """

    def __init__(self, plane: ControlPlane, asked: Asked, say: Callable[[str], None]) -> None:
        self._plane, self._asked, self._say = plane, asked, say
        self._problems: list[LiveError] = []
        self.clusters: tuple[str, ...] = ()
        """Those of the copies that are read."""
        self.has_pods = False
        """Whether the copy that is being read has several pods."""
        self.has_begun = False
        """Whether there is any log, though it may be empty."""

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines by cluster and pod, Events in time order."""
        state = read_state(self._plane, self._asked.namespace, self._asked.job)
        if state is None:
            self._say("it is not on Karmada: not pushed yet, or not synced, or removed")
            return
        runs = runs_of(state, self._asked.cluster)
        if not runs:
            self._say(standing_of(state))
            return
        self.clusters = tuple(run.cluster for run in runs)
        if len(runs) > 1:
            self._say(copies_in_words(self.clusters))
        if self._asked.component == "operator-events":
            yield from self._events(state, runs)
        else:
            for run in runs:
                yield from self._logs(state, run, self._asked.component)
        for problem in self._problems[:-1]:
            self._say(str(problem))
        if self._problems:
            raise self._problems[-1]
        if self._asked.component == "operator-events" and not self.has_begun:
            self._say(NO_EVENTS)

    def _events(self, state: JobState, runs: tuple[Run, ...]) -> Iterator[Line]:
        found: list[JobEvent] = []
        for run in runs:
            try:
                found += read_events(self._plane, state, run)
            except LiveError as problem:
                self._problems.append(problem)
        self.has_begun = bool(found)
        found.sort(key=lambda one: one.time)
        yield from map(_line_of, chosen(found, self._asked.query, datetime.now(UTC)))

    def _logs(self, state: JobState, run: Run, component: Pods) -> Iterator[Line]:
        try:
            sources = sources_of(self._plane, state, run, component)
            self.has_pods = len(sources) > 1
            for source in (one for one in sources if one.has_begun):
                self.has_begun = True
                for text in read_lines(self._plane, source, self._asked.query):
                    yield Line(source.cluster, source.pod, text)
        except LiveError as problem:
            self._problems.append(problem)
            return
        waiting = [one for one in sources if not one.has_begun]
        if waiting or not sources:
            self._say(f"{run.cluster}: {why_no_log(state, run, component, waiting)}")
