"""``rayjobs status --watch``: a table that is drawn anew, or a line for each change."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from generator.commands.status_text import as_line, as_table
from generator.console.karmada import say
from generator.console.printing import standard_output, write
from generator.console.screen import Screen, is_live, screen_on
from generator.diagnostics.characters import visible
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.durations import iso
from generator.karmada.status.job_status import JobStatus
from generator.karmada.status.selection import Selection
from generator.karmada.watch.statuses import WatchedStatuses
from generator.repository.fleet import ObjectName

_Show: TypeAlias = Callable[[list[JobStatus]], None]


def follow(plane: ControlPlane, selection: Selection) -> list[JobStatus]:
    """Show the jobs as they change, until all named ones have ended, and return what they are.

    Of jobs that are not named it goes on until it is interrupted. LiveError.
    """
    # This runs for hours, unlike all else (see generator/__main__.py).
    gc.enable()
    # What cannot be read is said once, before a terminal is another screen.
    watched = WatchedStatuses(plane, selection, say)
    with _shown() as show:
        for statuses in watched:
            show(statuses)
    return watched.explained()


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
