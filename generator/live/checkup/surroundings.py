"""What checks look at: the repository, Karmada and its members, each read at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from generator.fleet import Fleet, ObjectName
from generator.live.checkup.finding import Finding, warning
from generator.live.checkup.schemas import FieldPath, paths_of
from generator.live.clusters import Member, members_of
from generator.live.control_plane import ControlPlane, Object
from generator.live.described import gpu_names
from generator.live.failures import LiveError, NotUnderstoodError, RefusedError
from generator.live.placing import CLUSTERS
from generator.live.rendered_objects import RenderedObject, rendered_objects
from generator.live.resources import Resource
from generator.live.states import BINDINGS, RAYJOBS, JobState, states_of
from generator.pipeline import Loaded


@dataclass
class Surroundings:
    """A repository with the control plane that it is for.

    What Karmada refuses, or answers with nonsense, is raised anew by every check that needs it.
    """

    root: Path
    loaded: Loaded
    plane: ControlPlane
    _lists: dict[Resource, list[Object] | LiveError] = field(default_factory=dict)
    _fields: dict[tuple[str, str], set[FieldPath]] = field(default_factory=dict)

    @property
    def fleet(self) -> Fleet:
        """The valid jobs, and the platform."""
        return self.loaded.fleet

    @cached_property
    def rendered(self) -> list[RenderedObject]:
        """What rendered/ holds."""
        return list(rendered_objects(self.root, self.loaded))

    @cached_property
    def rendered_by_kind(self) -> dict[tuple[str, str], list[RenderedObject]]:
        """The same by apiVersion and kind."""
        found: dict[tuple[str, str], list[RenderedObject]] = {}
        for one in self.rendered:
            found.setdefault(one.kind, []).append(one)
        return found

    def fields(self, kind: tuple[str, str]) -> set[FieldPath]:
        """Every field that rendered objects of a kind have."""
        if kind not in self._fields:
            objects = self.rendered_by_kind.get(kind, ())
            self._fields[kind] = paths_of(one.value for one in objects)
        return self._fields[kind]

    def listed(self, of: Resource) -> list[Object]:
        """The objects of a list; none where the kind is not served."""
        if of not in self._lists:
            try:
                self._lists[of] = list(self.plane.items(of))
            except (RefusedError, NotUnderstoodError) as problem:
                is_not_served = isinstance(problem, RefusedError) and problem.status == 404
                self._lists[of] = [] if is_not_served else problem
        found = self._lists[of]
        if isinstance(found, LiveError):
            raise found
        return found

    def states(self) -> dict[ObjectName, JobState]:
        """The RayJobs of Karmada."""
        return states_of(self.listed(RAYJOBS), self.listed(BINDINGS))

    def members(self) -> dict[str, Member]:
        """The members by name, without the jobs that are placed on them."""
        return members_of(self.listed(CLUSTERS), (), gpu_names(self.fleet.platform))

    def members_with_jobs(self) -> dict[str, Member]:
        """As :meth:`members`, with the jobs that are placed on them."""
        states = self.states().values()
        return members_of(self.listed(CLUSTERS), states, gpu_names(self.fleet.platform))

    @cached_property
    def targets(self) -> list[str]:
        """The clusters that jobs target, sorted."""
        return sorted({name for one in self.fleet.submissions for name in one.job.target_clusters})

    @cached_property
    def closed(self) -> dict[str, LiveError]:
        """Of the ready members that jobs target, those that cannot be asked, and why."""
        found: dict[str, LiveError] = {}
        ready = [name for name, one in self.members().items() if one.is_ready]
        for name in (name for name in self.targets if name in ready):
            try:
                self.plane.member(name).version()
            except LiveError as problem:
                found[name] = problem
        return found

    def in_members(
        self, clusters: Iterable[str], look: Callable[[str, ControlPlane], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """What is found in each of the clusters that is ready and can be asked.

        Of the others another check says why they are left out.
        """
        members = self.members()
        for name in sorted(set(clusters)):
            if name not in members or not members[name].is_ready or name in self.closed:
                continue
            try:
                yield from look(name, self.plane.member(name))
            except LiveError as problem:
                yield not_looked_at(problem)


def not_looked_at(problem: LiveError) -> Finding:
    """That what a check looks at could not be read."""
    return warning(f"not looked at: {problem}", problem.hint)
