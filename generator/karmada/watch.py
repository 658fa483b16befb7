"""The jobs of Karmada as they change."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from generator.karmada.client.answers import LiveError, RefusedError, UnreachableError
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import BINDINGS, RAYJOBS, Resource
from generator.karmada.job_state import (
    Held,
    JobState,
    held_by,
    key_of,
    key_of_binding,
    ray_job_of,
    state_of,
)
from generator.karmada.rendered import ObjectKey
from generator.karmada.status.diagnosis import Evidence
from generator.karmada.status.job_status import JobStatus, status_of
from generator.karmada.status.selection import Selection, read_clusters
from generator.repository.fleet import ObjectName

_PAUSE_SECONDS = 1.0
_AHEAD = 10_000
"""Changes that are read ahead: a server may send them faster than they are shown."""

_Told: TypeAlias = "tuple[Resource, str, Object | LiveError]"
"""What is listed, what kind of event, and its object; of the kind BROKEN, why the watch ended."""
_EVERY_SECONDS = 1.0
"""How often durations move on, and the terminal's new size is seen."""
_CLUSTERS_EVERY_SECONDS = 10.0
"""How often it is asked which clusters answer: Karmada itself asks them as often."""


@dataclass
class Watched:
    """What Karmada has now. :meth:`start` lists, :meth:`changed` waits; both raise LiveError."""

    plane: ControlPlane
    states: dict[ObjectName, JobState] = field(default_factory=dict)
    """By namespace and name, not sorted."""
    shared: dict[ObjectKey, Held] = field(default_factory=dict)
    """What Karmada places besides RayJobs."""
    pause_seconds: float = _PAUSE_SECONDS
    """How long to wait after a watch broke before all is listed again."""
    _ray_jobs: dict[ObjectName, Object] = field(default_factory=dict)
    _bindings: dict[ObjectName, Object] = field(default_factory=dict)
    _told: queue.Queue[_Told] = field(default_factory=lambda: queue.Queue(_AHEAD))

    def start(self) -> None:
        """List both, and watch them from there on, each in a thread that ends with the program."""
        for of in (RAYJOBS, BINDINGS):
            self._list(of)
        self._join({*self._ray_jobs})

    def changed(self, seconds: float) -> set[ObjectName]:
        """Return the jobs that changed; the first change is awaited for at most ``seconds``."""
        try:
            told = [self._told.get(timeout=seconds)]
        except queue.Empty:
            return set()
        told += (self._told.get() for _ in range(self._told.qsize()))
        names: set[ObjectName] = set()
        for of, kind, one in told:
            if isinstance(one, LiveError):
                names |= self._list_again(of, one)
            elif (name := _name(of, one)) is not None:
                names.add(name)
                if kind == "DELETED":
                    self._held(of).pop(name, None)
                else:
                    self._held(of)[name] = one
            elif kind == "DELETED":
                self.shared.pop(key_of_binding(one), None)
            else:
                self.shared |= held_by([one])
        return self._join(names)

    def _held(self, of: Resource) -> dict[ObjectName, Object]:
        return self._ray_jobs if of == RAYJOBS else self._bindings

    def _list(self, of: Resource) -> None:
        items, version = self.plane.listed(of)
        held = self._held(of)
        held.clear()
        held |= {name: one for one in items if (name := _name(of, one)) is not None}
        if of == BINDINGS:
            self.shared = held_by(one for one in items if _name(of, one) is None)
        threading.Thread(target=self._watch, args=(of, version), daemon=True).start()

    def _list_again(self, of: Resource, problem: LiveError) -> set[ObjectName]:
        """After a watch ended; the names of all that was there and is there. LiveError."""
        is_too_old = isinstance(problem, RefusedError) and problem.status == 410
        if not is_too_old and not isinstance(problem, UnreachableError):
            raise problem
        before = {*self._held(of)}
        # Not at once: a proxy that ends every watch would otherwise be asked without a pause.
        time.sleep(self.pause_seconds)
        self._list(of)
        return before | {*self._held(of)}

    def _watch(self, of: Resource, version: str) -> None:
        try:
            for kind, one in self.plane.events(of, version):
                self._told.put((of, kind, one))
        except LiveError as problem:
            self._told.put((of, "BROKEN", problem))

    def _join(self, names: set[ObjectName]) -> set[ObjectName]:
        """Bring ``states`` up to date; gives those of ``names`` that are other than before."""
        found = set()
        for name in names:
            ray_job = self._ray_jobs.get(name)
            new = state_of(ray_job, self._bindings.get(name)) if ray_job else None
            if new != self.states.get(name):
                found.add(name)
            if new is None:
                self.states.pop(name, None)
            else:
                self.states[name] = new
        return found


def _name(of: Resource, one: Object) -> ObjectName | None:
    """The RayJob that an object of a list is or belongs to; None of another kind's binding."""
    return key_of(one["metadata"]) if of == RAYJOBS else ray_job_of(one)


class WatchedStatuses:
    """Iterates over the statuses of a selection, until all of its named jobs have ended.

    Of jobs that are not named it goes on for ever. Karmada is asked first as this is made, and
    ``say`` is told then what cannot be looked at. Making and iterating raise LiveError.
    """

    def __init__(
        self, plane: ControlPlane, selection: Selection, say: Callable[[str], None]
    ) -> None:
        self._plane, self._selection, self._say = plane, selection, say
        self._watched = Watched(plane)
        self._watched.start()
        self._clusters = read_clusters(plane, self._watched.states.values(), say)
        self._asked = time.monotonic()
        self._statuses: dict[ObjectName, JobStatus] = {}

    def __iter__(self) -> Iterator[list[JobStatus]]:
        """Yield the statuses in the selection's order, each second and as something changes."""
        selection, states = self._selection, self._watched.states
        changed = set(selection.names(states))
        while True:
            self._update(changed)
            names = selection.names(states)
            yield [self._statuses[name] for name in names if name in self._statuses]
            if selection.is_named and all(one.has_ended for one in self._statuses.values()):
                return
            changed = self._watched.changed(_EVERY_SECONDS)
            if self._ask_of_clusters(changed):
                changed |= self._statuses.keys()

    def explained(self) -> list[JobStatus]:
        """Return the jobs as they are now, with what the members of named ones say. LiveError."""
        watched = self._watched
        now = datetime.now(UTC)
        return self._selection.explained(
            self._plane, watched.states, watched.shared, now, self._say
        )

    def _update(self, changed: set[ObjectName]) -> None:
        """Look again at the jobs that changed, and at those where waiting may become too long."""
        evidence = Evidence(self._clusters, shared=self._watched.shared)
        going = {name for name, one in self._statuses.items() if not one.has_ended}
        now = datetime.now(UTC)
        for name in filter(self._selection.has, changed | going):
            job, state = self._selection.of_git(name), self._watched.states.get(name)
            if job is None and state is None:
                self._statuses.pop(name, None)
            else:
                self._statuses[name] = status_of(job, state, now, evidence)

    def _ask_of_clusters(self, changed: set[ObjectName]) -> bool:
        """Ask which clusters answer where it is time to; return whether that is other now."""
        states, clusters = self._watched.states, self._clusters
        is_time = time.monotonic() >= self._asked + _CLUSTERS_EVERY_SECONDS
        if not is_time and not any(_needs_clusters(states.get(one), clusters) for one in changed):
            return False
        found = read_clusters(self._plane, states.values(), lambda _: None)
        self._asked = time.monotonic()
        if found is None or found == clusters:
            return False
        self._clusters = found
        return True


def _needs_clusters(state: JobState | None, clusters: Mapping[str, Object] | None) -> bool:
    """Return whether a job that changed is not placed, or on a cluster that is not known yet."""
    if state is None:
        return False
    is_new = clusters is not None and any(name not in clusters for name in state.clusters)
    return is_new or state.scheduled is False
