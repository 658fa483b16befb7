"""All logs of a job's component as they are now, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.failures import LiveError
from generator.karmada.job_state import JobState, Run, read_state
from generator.karmada.logs.events import JobEvent, chosen, read_events
from generator.karmada.logs.missing import standing_of, why_no_log
from generator.karmada.logs.query import NO_EVENTS, Asked, Line, Pods, copies_in_words, runs_of
from generator.karmada.logs.sources import sources_of
from generator.karmada.logs.stream import read_lines


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
        for event in chosen(found, self._asked.query, datetime.now(UTC)):
            yield Line(event.cluster, "", f"{event}\n".encode())

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
