"""What Karmada does with the jobs that are asked about, again and again as it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.job_state import JobState
from generator.karmada.status.details import read_clusters
from generator.karmada.status.diagnosis import Evidence
from generator.karmada.status.job_status import JobStatus, status_of
from generator.karmada.status.selection import Selection
from generator.karmada.watch.lists import Watched
from generator.repository.fleet import ObjectName

_EVERY_SECONDS = 1.0
"""How often durations move on, and the terminal's new size is seen."""
_CLUSTERS_EVERY_SECONDS = 10.0
"""How often it is asked which clusters answer: Karmada itself asks them as often."""


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
        return self._selection.explained(self._plane, watched.states, watched.shared, self._say)

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
