"""A rule about jobs that wait on a full cluster while another of theirs has room.

Karmada looks at no free capacity before it places a RayJob, so that jobs gather on the cluster that
comes first. A suspended job takes nothing and does not count.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.diagnostics import Diagnostic, pointer_of
from generator.model.job.schema import TEMPLATE
from generator.model.platform.clusters import Amounts
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet, Submission
from generator.repository.placement import Mode
from generator.repository.usage import Excess, Usage, beyond, in_words, of_one_copy, together
from generator.rules.fleet import warning

CROWDED = warning("fleet/crowded", "A job is placed on a full cluster while another has room.")


@dataclass(frozen=True, slots=True, eq=False)
class _Copy:
    """A copy of a job on the cluster that it is placed on.

    ``others`` are those of its ``candidates`` that it may run on as well; one that stays has none.
    """

    submission: Submission
    usage: Usage
    cluster: str
    others: tuple[str, ...]
    candidates: tuple[str, ...]
    mode: Mode

    @property
    def namespace(self) -> str:
        return self.submission.job.namespace

    @property
    def can_move(self) -> bool:
        """Whether its template lets the job choose any of the others."""
        return any(self.change(cluster) for cluster in self.others)

    def change(self, target: str) -> str | None:
        """What to write in the job so that it runs on ``target``; None if its template forbids."""
        names, fixes_mode = self.submission.job.target_clusters, self._is_fixed("/scheduling/mode")
        if not self._is_fixed("/targetClusters"):
            if fixes_mode and self.mode == "one-of":
                return _clusters(name for name in names if name >= target)
            order = _clusters([target, *(name for name in names if name != target)])
            return order if self.mode == "ordered" else f"{order} and {_mode('ordered')}"
        first, other = self.candidates[0], "ordered"
        if self.mode == "ordered":
            first, other = min(self.candidates), "one-of"
        return _mode(other) if first == target and not fixes_mode else None

    def _is_fixed(self, pointer: str) -> bool:
        merged = self.submission.merged
        return merged is not None and merged.is_fixed(pointer)


def _clusters(names: Iterable[str]) -> str:
    return f'"targetClusters": {json.dumps([*names])}'


def _mode(mode: str) -> str:
    return f'"mode": "{mode}" in scheduling'


@dataclass(frozen=True, slots=True)
class _Lack:
    """What there is too little of for a copy where it is placed, for it alone or with others."""

    excess: Collection[Excess]
    words: str
    is_alone: bool = False


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
        self.excess = self._excess(self.taken, self.copies)

    def alone(self, usage: Usage) -> list[Excess]:
        """What one copy without any other takes too much."""
        return self._excess(usage, 1)

    def has_room(self, usage: Usage) -> bool:
        """Whether one more copy is not too many."""
        return not self._excess(together((self.taken, usage)), self.copies + 1)

    def _excess(self, taken: Usage, copies: int) -> list[Excess]:
        return beyond(taken, self.amounts, copies if self.is_share else 0)


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
        """Count a copy there, or with -1 no longer; one that never fits takes nothing."""
        bounds = self.of(copy, cluster)
        if not any(bound.alone(copy.usage) for bound in bounds):
            for bound in bounds:
                bound.count(copy.usage, number)

    def has_room(self, copy: _Copy, cluster: str) -> bool:
        """Whether one more copy is not too many."""
        return all(bound.has_room(copy.usage) for bound in self.of(copy, cluster))

    def lack(self, copy: _Copy) -> _Lack | None:
        """What there is too little of where the copy is, of what it takes some of.

        A copy that is too large for the whole cluster is for fleet/never-chosen.
        """
        bounds = self.of(copy, copy.cluster)
        for bound in bounds:
            if excess := bound.alone(copy.usage):
                quota = f'of the quota of the namespace "{copy.namespace}"'
                words = f"the job alone takes {in_words(excess)} {quota}"
                return _Lack(excess, words, is_alone=True) if bound.is_share else None
        for bound in bounds:
            if any(one.field != "gpus" or copy.usage.gpus for one in bound.excess):
                return _Lack(bound.excess, _in_words(bound))
        return None

    def other_with_room(self, copy: _Copy, excess: Iterable[Excess]) -> str | None:
        """The first other cluster of the job that is known to have what is exceeded here.

        Those come first that the job may choose.
        """
        wanted = {one.field for one in excess}
        for cluster in sorted(copy.others, key=lambda name: copy.change(name) is None):
            stated = {name for bound in self.of(copy, cluster) for name in bound.stated}
            if wanted <= stated and self.has_room(copy, cluster):
                return cluster
        return None


def _bound(amounts: Amounts, whose: str, *, is_share: bool = False) -> _Bound:
    stated = amounts.model_dump(by_alias=True, exclude_none=True)
    return _Bound(amounts, whose, is_share, frozenset(stated))


class _Moves:
    """Where jobs would go so that nothing is full: as few as that takes, the least urgent first.

    Those that never fit where they are go before all others, those that their template keeps there
    after them.
    """

    def __init__(self, clusters: _Clusters, lacks: Mapping[_Copy, _Lack]) -> None:
        self.targets: dict[_Copy, str] = {}
        self._clusters = clusters
        by_name = sorted(lacks, key=lambda copy: copy.submission.name, reverse=True)
        self._copies = sorted(
            by_name,
            key=lambda copy: (
                not lacks[copy].is_alone,
                not copy.can_move,
                copy.submission.job.priority,
            ),
        )

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
        lack = self._clusters.lack(copy)
        target = self._clusters.other_with_room(copy, lack.excess) if lack else None
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
    if platform.scheduling.estimates or not (platform.clusters or platform.quotas):
        return
    clusters = _Clusters(platform)
    copies = [*_copies(fleet)]
    for copy in copies:
        clusters.count(copy, copy.cluster)
    lacks = {c: lack for c in copies if c.others and (lack := clusters.lack(c))}
    moves = _Moves(clusters, lacks)
    moves.settle()
    for copy, lack in lacks.items():
        if target := moves.targets.get(copy):
            yield _crowded(copy, target, lack.words)


def _copies(fleet: Fleet) -> Iterator[_Copy]:
    """Each copy that is expected to run, and where."""
    for submission in fleet.submissions:
        if submission.job.scheduling.suspended:
            continue
        resolved = fleet.resolved(submission)
        placement, usage = resolved.placement, of_one_copy(resolved)
        clusters, known = placement.expected, placement.known
        others = tuple(c for c in placement.preference if c not in clusters and c in known)
        for cluster in clusters:
            yield _Copy(submission, usage, cluster, others, placement.candidates, placement.mode)


def _in_words(exceeded: _Bound) -> str:
    """Who takes how much of what."""
    quota = " of its quota" if exceeded.is_share else ""
    return f"{exceeded.whose} take {in_words(exceeded.excess)}{quota}"


def _crowded(copy: _Copy, target: str, words: str) -> Diagnostic:
    change, merged = copy.change(target), copy.submission.merged
    hint = f"to run it there, write in its params.json: {change}"
    if merged and not change:
        hint = (
            f"the template {json.dumps(merged.template.name)} fixes targetClusters: ask its owner "
            "to leave them to the job, which can then choose"
        )
    is_given = merged is not None and merged.is_from_template("/targetClusters")
    return CROWDED.found(
        f"Karmada places the job on {copy.cluster}, where {words}; {target} has room for it",
        hint=(
            f"{hint}; leave a job that has started, and delete the folders of those that have "
            "finished"
        ),
        # At the template's own value it would be said of each of its jobs.
        at=copy.submission.at(pointer_of(TEMPLATE) if is_given else "/targetClusters"),
    )
