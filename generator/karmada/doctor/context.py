"""What checks look at: the repository, Karmada and its members, each read at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from generator.check.findings import Checked
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.failures import LiveError, NotUnderstoodError, RefusedError
from generator.karmada.client.kinds import BINDINGS, CLUSTERS, RAYJOBS
from generator.karmada.client.resources import Resource
from generator.karmada.clusters.members import Member, members_of
from generator.karmada.clusters.mismatches import gpu_names
from generator.karmada.doctor.finding import Finding
from generator.karmada.doctor.openapi import FieldPath, paths_of
from generator.karmada.doctor.rendered_kinds import LISTS, Kind
from generator.karmada.job_state import JobState, states_of
from generator.karmada.rendered import ObjectKey, RenderedObject, key_of_object, rendered_objects
from generator.repository.fleet import Fleet, ObjectName


@dataclass
class Context:
    """A repository with the control plane that it is for.

    What Karmada refuses, or answers with nonsense, is raised anew by every check that needs it.
    """

    root: Path
    loaded: Checked
    plane: ControlPlane
    _lists: dict[Resource, list[Object] | LiveError] = field(default_factory=dict)

    @property
    def fleet(self) -> Fleet:
        """The valid jobs, and the platform."""
        return self.loaded.fleet

    @cached_property
    def rendered(self) -> dict[Kind, list[RenderedObject]]:
        """What rendered/ holds, by kind."""
        found: dict[Kind, list[RenderedObject]] = {}
        for one in rendered_objects(self.root, self.loaded):
            found.setdefault(one.kind, []).append(one)
        return found

    @cached_property
    def rendered_keys(self) -> set[ObjectKey]:
        """The kind, namespace and name of each object of rendered/."""
        return {one.key for objects in self.rendered.values() for one in objects}

    @cached_property
    def rendered_fields(self) -> dict[Kind, set[FieldPath]]:
        """Every field that rendered objects have, by their kind."""
        return {
            kind: paths_of(one.value for one in objects) for kind, objects in self.rendered.items()
        }

    def listed(self, of: Resource) -> list[Object]:
        """Return the objects of a list; none where the kind is not served. LiveError."""
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

    def on_karmada(self, kind: Kind) -> dict[ObjectKey, Object]:
        """Return Karmada's objects of a kind that is rendered. LiveError."""
        return {key_of_object(kind[1], one): one for one in self.listed(LISTS[kind])}

    def states(self) -> dict[ObjectName, JobState]:
        """Return the RayJobs of Karmada. LiveError."""
        return states_of(self.listed(RAYJOBS), self.listed(BINDINGS))

    def members(self, placed: Iterable[JobState] = ()) -> dict[str, Member]:
        """Return the members by name, sorted, each with its jobs out of ``placed``. LiveError."""
        return members_of(self.listed(CLUSTERS), placed, gpu_names(self.fleet.platform))

    @cached_property
    def targets(self) -> list[str]:
        """The clusters that jobs target, sorted."""
        return sorted({name for one in self.fleet.submissions for name in one.job.target_clusters})

    @cached_property
    def unreadable(self) -> dict[str, LiveError]:
        """Of the ready members that jobs target, those that cannot be asked, and why. LiveError."""
        found: dict[str, LiveError] = {}
        members = self.members()
        for name in self.targets:
            if name in members and members[name].is_ready:
                try:
                    self.plane.member(name).version()
                except LiveError as problem:
                    found[name] = problem
        return found

    def readable(self, clusters: Iterable[str]) -> list[str]:
        """Return which of the clusters are members that are ready and can be asked. LiveError."""
        members = self.members()
        return [
            name
            for name in sorted(set(clusters))
            if name in members and members[name].is_ready and name not in self.unreadable
        ]

    def in_members(
        self, clusters: Iterable[str], check: Callable[[str, ControlPlane], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """Yield what ``check`` finds in each of the clusters that can be asked. LiveError.

        Of the others the checks members/ready and members/proxy say why they are left out.
        """
        for name in self.readable(clusters):
            try:
                yield from check(name, self.plane.member(name))
            except LiveError as problem:
                yield unread(problem)


def unread(problem: LiveError) -> Finding:
    """Return a finding that says that what a check looks at could not be read."""
    return Finding.warning(f"not looked at: {problem}", problem.advice.hint)
