"""``rayjobs status --watch``: a table that is drawn anew, or a line for each change."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from generator.characters import visible
from generator.cli.live import say
from generator.cli.options import standard_output, write
from generator.cli.screen import Screen, is_live, screen_on
from generator.cli.status_text import as_line, as_table
from generator.karmada.durations import iso
from generator.karmada.status.details import read_clusters
from generator.karmada.status.diagnosis import Evidence
from generator.karmada.status.job_status import JobStatus, status_of
from generator.karmada.watch.lists import Watched

if TYPE_CHECKING:
    from generator.cli.status import Scope
    from generator.fleet import ObjectName
    from generator.karmada.client.control_plane import ControlPlane, Object
    from generator.karmada.job_state import JobState

_Statuses: TypeAlias = "dict[ObjectName, JobStatus]"
_Show: TypeAlias = Callable[[list[JobStatus]], None]

_EVERY_SECONDS = 1.0
"""How often durations move on, and the terminal's new size is seen."""
_CLUSTERS_EVERY_SECONDS = 10.0
"""How often it is asked which clusters answer: Karmada itself asks them as often."""


def follow(plane: ControlPlane, scope: Scope) -> list[JobStatus]:
    """Show the jobs of ``scope`` as they change, until all named ones have ended: what they are.

    Of jobs that are not named it goes on until it is interrupted. LiveError.
    """
    # This runs for hours, unlike all else (see generator/__main__.py).
    gc.enable()
    watched = Watched(plane)
    watched.start()
    statuses: _Statuses = {}
    # What cannot be read is said once, before a terminal is another screen.
    clusters = read_clusters(plane, watched.states.values(), say)
    asked = time.monotonic()
    changed = set(scope.names(watched.states))
    with _shown() as show:
        while True:
            evidence = Evidence(clusters, shared=watched.shared)
            _update(statuses, changed, scope, watched, evidence)
            show([statuses[name] for name in scope.names(watched.states) if name in statuses])
            if scope.is_named and all(one.has_ended for one in statuses.values()):
                break
            changed = watched.changed(_EVERY_SECONDS)
            if time.monotonic() >= asked + _CLUSTERS_EVERY_SECONDS or any(
                _needs(watched.states.get(name), clusters) for name in changed
            ):
                found = read_clusters(plane, watched.states.values(), lambda _: None)
                asked = time.monotonic()
                if found is not None and found != clusters:
                    clusters = found
                    changed |= statuses.keys()
    return scope.explained(plane, watched.states, watched.shared)


def _needs(state: JobState | None, clusters: Mapping[str, Object] | None) -> bool:
    """Whether a job that changed needs Clusters as they are now: not placed, or on a new one."""
    if state is None:
        return False
    is_new = clusters is not None and any(name not in clusters for name in state.clusters)
    return is_new or state.scheduled is False


def _update(
    statuses: _Statuses,
    changed: set[ObjectName],
    scope: Scope,
    watched: Watched,
    evidence: Evidence,
) -> None:
    """Look again at the jobs that changed, and at those where waiting may become too long."""
    going = {name for name, one in statuses.items() if not one.has_ended}
    now = datetime.now(UTC)
    for name in filter(scope.has, changed | going):
        job, state = scope.of_git(name), watched.states.get(name)
        if job is None and state is None:
            statuses.pop(name, None)
        else:
            statuses[name] = status_of(job, state, now, evidence)


@contextmanager
def _shown() -> Iterator[_Show]:
    """How jobs are shown: on a terminal as a table, elsewhere as lines."""
    if is_live(sys.stdout):
        with screen_on(standard_output()) as screen:
            yield _Table(screen).show
    else:
        yield _Lines().show


class _Table:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def show(self, statuses: list[JobStatus]) -> None:
        now, size = datetime.now(UTC), self._screen.size
        if len(statuses) + 1 > size.lines:
            # Where there is no room for all, not for those of which nothing new is to be told.
            statuses = sorted(statuses, key=lambda one: one.has_ended)
        self._screen.draw(as_table(statuses, now, size.columns).splitlines())


class _Lines:
    def __init__(self) -> None:
        self._said: dict[ObjectName, str] = {}

    def show(self, statuses: list[JobStatus]) -> None:
        """Print each job that is not as it was; one that is gone as well."""
        now = iso(datetime.now(UTC))
        lines = {(one.namespace, one.name): as_line(one) for one in statuses}
        for name in self._said.keys() - lines.keys():
            lines[name] = visible(f"{'/'.join(name)}: gone")
        for name, line in lines.items():
            if self._said.get(name) != line:
                write(f"{now} {line}\n")
        self._said = lines
