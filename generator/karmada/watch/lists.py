"""The RayJobs of a control plane and their ResourceBindings, kept up to date by watching both."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TypeAlias

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.failures import LiveError, RefusedError, UnreachableError
from generator.karmada.client.kinds import BINDINGS, RAYJOBS
from generator.karmada.client.resources import Resource
from generator.karmada.holding_policy import Held, held_by, key_of_binding
from generator.karmada.job_state import JobState, key_of, ray_job_of, state_of
from generator.karmada.rendered import ObjectKey
from generator.repository.fleet import ObjectName

_GONE = 410
_PAUSE_SECONDS = 1.0
_AHEAD = 10_000
"""Changes that are read ahead: a server may send them faster than they are shown."""

_Told: TypeAlias = "tuple[Resource, str, Object | LiveError]"
"""What is listed, what kind of event, and its object; of the kind BROKEN, why the watch ended."""


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
            elif (name := _name(of, one)) is None:
                self._share(kind, one)
            else:
                held = self._held(of)
                if kind == "DELETED":
                    held.pop(name, None)
                else:
                    held[name] = one
                names.add(name)
        return self._join(names)

    def _share(self, kind: str, binding: Object) -> None:
        if kind == "DELETED":
            self.shared.pop(key_of_binding(binding), None)
        else:
            self.shared |= held_by([binding])

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
        is_too_old = isinstance(problem, RefusedError) and problem.status == _GONE
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
