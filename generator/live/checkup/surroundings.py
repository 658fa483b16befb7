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
from generator.live.control_plane import ControlPlane, Object, RefusedError
from generator.live.described import gpu_names
from generator.live.placing import CLUSTERS
from generator.live.rendered_objects import RenderedObject, rendered_objects
from generator.live.states import BINDINGS, RAYJOBS, JobState, states_of
from generator.pipeline import Loaded


@dataclass
class Surroundings:
    """A repository with the control plane that it is for.

    What Karmada refuses is raised anew by every check that needs it: :class:`RefusedError`.
    """

    root: Path
    loaded: Loaded
    plane: ControlPlane
    _lists: dict[str, list[Object] | RefusedError] = field(default_factory=dict)
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

    def listed(self, path: str) -> list[Object]:
        """The objects of a list; none where the kind is not served."""
        if path not in self._lists:
            try:
                self._lists[path] = list(self.plane.items(path))
            except RefusedError as refused:
                self._lists[path] = [] if refused.status == 404 else refused
        found = self._lists[path]
        if isinstance(found, RefusedError):
            raise found
        return found

    def states(self) -> dict[ObjectName, JobState]:
        """The RayJobs of Karmada."""
        return states_of(self.listed(RAYJOBS), self.listed(BINDINGS))

    def members(self) -> dict[str, Member]:
        """The members by name, without the jobs that are placed on them."""
        return members_of(self.listed(CLUSTERS), (), gpu_names(self.fleet.platform))

    @cached_property
    def targets(self) -> list[str]:
        """The clusters that jobs target, sorted."""
        return sorted({name for one in self.fleet.submissions for name in one.job.target_clusters})

    @cached_property
    def closed(self) -> dict[str, RefusedError]:
        """Of the ready members that jobs target, those that this user may not ask, and why."""
        found = {}
        ready = [name for name, one in self.members().items() if one.is_ready]
        for name in (name for name in self.targets if name in ready):
            try:
                self.plane.member(name).get("/version")
            except RefusedError as refused:
                found[name] = refused
        return found

    def in_members(
        self, clusters: Iterable[str], look: Callable[[str, ControlPlane], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """What is found in each of the clusters that is ready and may be asked.

        Of the others another check says why they are left out.
        """
        members = self.members()
        for name in sorted(set(clusters)):
            if name not in members or not members[name].is_ready or name in self.closed:
                continue
            try:
                yield from look(name, self.plane.member(name))
            except RefusedError as refused:
                yield not_looked_at(refused)


def not_looked_at(refused: RefusedError) -> Finding:
    """That this user may not see what a check looks at."""
    return warning(f"not looked at: {refused}", refused.hint)
