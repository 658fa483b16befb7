"""A rule about jobs that wait on a full cluster while another of theirs has room.

Karmada looks at no free capacity before it places a RayJob, so that jobs gather on the cluster that
comes first. A suspended job takes nothing and does not count.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from generator.diagnostics import Diagnostic, warning
from generator.fleet import Fleet, Submission
from generator.platform.amounts import Amounts
from generator.platform.model import Platform
from generator.usage import Excess, Usage, beyond, in_words, of_one_copy, together

CROWDED = warning("fleet/crowded", "A job is placed on a full cluster while another has room.")


@dataclass(frozen=True, slots=True, eq=False)
class _Copy:
    """A copy of a job on the cluster that it is placed on.

    ``others`` are the clusters that the job may run on as well; it has none that stays there.
    """

    submission: Submission
    usage: Usage
    cluster: str
    others: tuple[str, ...]

    @property
    def namespace(self) -> str:
        return self.submission.job.namespace


@dataclass(slots=True)
class _Bound:
    """What a cluster, or a namespace's share of it, has, and what copies take of it together.

    ``excess`` is what they take too much.
    """

    amounts: Amounts
    whose: str
    is_share: bool
    stated: Collection[str]
    taken: Usage = field(default_factory=Usage)
    copies: int = 0
    excess: Collection[Excess] = ()

    def count(self, usage: Usage, number: int) -> None:
        """Count so many copies more, or fewer."""
        self.taken = together((self.taken, usage.times(number)))
        self.copies += number
        self.excess = beyond(self.taken, self.amounts, self.copies if self.is_share else 0)

    def has_room(self, usage: Usage) -> bool:
        """Whether one more copy is not too many."""
        taken = together((self.taken, usage))
        return not beyond(taken, self.amounts, self.copies + 1 if self.is_share else 0)


class _Clusters:
    """Every cluster, and share of one, that platform.yaml describes."""

    def __init__(self, platform: Platform) -> None:
        self._bounds: dict[tuple[str, str | None], _Bound] = {
            (name, None): _bound(cluster, "the jobs in Git")
            for name, cluster in platform.clusters.items()
        }
        for namespace, quota in platform.quotas.items():
            whose = f'the jobs in the namespace "{namespace}"'
            for name, share in quota.clusters.items():
                self._bounds[name, namespace] = _bound(share, whose, is_share=True)

    def of(self, copy: _Copy, cluster: str) -> list[_Bound]:
        """What bounds a copy there."""
        keys = ((cluster, None), (cluster, copy.namespace))
        return [self._bounds[key] for key in keys if key in self._bounds]

    def count(self, copy: _Copy, cluster: str, number: int = 1) -> None:
        """Count a copy there, or with -1 no longer."""
        for bound in self.of(copy, cluster):
            bound.count(copy.usage, number)

    def has_room(self, copy: _Copy, cluster: str) -> bool:
        """Whether one more copy is not too many."""
        return all(bound.has_room(copy.usage) for bound in self.of(copy, cluster))

    def exceeded(self, copy: _Copy) -> _Bound | None:
        """What is exceeded where the copy is, by something that it takes some of."""
        for bound in self.of(copy, copy.cluster):
            if any(one.field != "gpus" or copy.usage.gpus for one in bound.excess):
                return bound
        return None

    def other_with_room(self, copy: _Copy, excess: Iterable[Excess]) -> str | None:
        """The first other cluster of the job that is known to have what is exceeded here."""
        wanted = {one.field for one in excess}
        for cluster in copy.others:
            stated = {name for bound in self.of(copy, cluster) for name in bound.stated}
            if wanted <= stated and self.has_room(copy, cluster):
                return cluster
        return None


def _bound(amounts: Amounts, whose: str, *, is_share: bool = False) -> _Bound:
    stated = amounts.model_dump(by_alias=True, exclude_none=True)
    return _Bound(amounts, whose, is_share, frozenset(stated))


class _Moves:
    """Where jobs would go so that nothing is full: as few as that takes, the least urgent first."""

    def __init__(self, clusters: _Clusters, copies: Iterable[_Copy]) -> None:
        self.targets: dict[_Copy, str] = {}
        self._clusters = clusters
        by_name = sorted(copies, key=_name, reverse=True)
        self._copies = sorted(by_name, key=lambda copy: copy.submission.job.priority)

    def settle(self) -> None:
        """Move jobs until none can be moved: one that goes may make room for another."""
        before = -1
        while len(self.targets) > before:
            before = len(self.targets)
            for copy in self._copies:
                if copy not in self.targets:
                    self._move(copy)
            for copy in [*self.targets]:
                self._return(copy)

    def _move(self, copy: _Copy) -> None:
        full = self._clusters.exceeded(copy)
        target = self._clusters.other_with_room(copy, full.excess) if full else None
        if target:
            self._clusters.count(copy, copy.cluster, -1)
            self._clusters.count(copy, target)
            self.targets[copy] = target

    def _return(self, copy: _Copy) -> None:
        """Leave a job where it is if those that went after it have made enough room."""
        if self._clusters.has_room(copy, copy.cluster):
            self._clusters.count(copy, self.targets.pop(copy), -1)
            self._clusters.count(copy, copy.cluster)


def check_crowding(fleet: Fleet) -> Iterator[Diagnostic]:
    """A finding for each job that has to run elsewhere so that what is full no longer is."""
    platform = fleet.platform
    if fleet.estimates or not (platform.clusters or platform.quotas):
        return
    clusters = _Clusters(platform)
    copies = [copy for copy in _copies(fleet) if clusters.has_room(copy, copy.cluster)]
    for copy in copies:
        clusters.count(copy, copy.cluster)
    exceeded = {c: bound for c in copies if c.others and (bound := clusters.exceeded(c))}
    words = {copy: _in_words(bound) for copy, bound in exceeded.items()}
    moves = _Moves(clusters, exceeded)
    moves.settle()
    for copy in exceeded:
        if target := moves.targets.get(copy):
            yield _crowded(copy, target, words[copy])


def _copies(fleet: Fleet) -> Iterator[_Copy]:
    """Each copy that is expected to run, and where."""
    for submission in fleet.submissions:
        job = submission.job
        if job.scheduling.suspended:
            continue
        clusters, usage = fleet.expected(job), of_one_copy(fleet, job)
        others = [c for c in fleet.preference(job) if c not in clusters and fleet.knows(job, c)]
        for cluster in clusters:
            yield _Copy(submission, usage, cluster, tuple(others))


def _name(copy: _Copy) -> tuple[str, str]:
    return copy.submission.name


def _in_words(exceeded: _Bound) -> str:
    """Who takes how much of what."""
    quota = " of its quota" if exceeded.is_share else ""
    return f"{exceeded.whose} take {in_words(exceeded.excess)}{quota}"


def _crowded(copy: _Copy, target: str, words: str) -> Diagnostic:
    rest = [name for name in copy.submission.job.target_clusters if name != target]
    clusters = json.dumps([target, *rest])
    return CROWDED.found(
        f"Karmada places the job on {copy.cluster}, where {words}; {target} has room for it",
        hint=(
            f'to run it there: "targetClusters": {clusters}, "scheduling": {{"mode": "ordered"}}; '
            "leave a job that has started, and delete the folders of those that have finished"
        ),
        file=copy.submission.file,
        pointer="/targetClusters",
    )
