"""What a change of placement does to copies that may be running.

Karmada schedules again when a policy's placement changes. A job that runs on one of its clusters
stays there as long as that cluster may be chosen, whatever is added (seen on Karmada 1.18.2). Of an
ordered placement Karmada looks only at the preference in use, by its number (its
pkg/scheduler/helper.go): clusters appended at the end change nothing.

Which clusters have the labels that a job asks for, the present platform.yaml says for before and
after: labels that are corrected there are no others on Karmada.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from generator.diagnostics import Diagnostic, Rule
from generator.diagnostics.wording import listed, plural
from generator.model.job.job import Job
from generator.model.platform.clusters import Clusters
from generator.model.platform.model import PLATFORM_FILE
from generator.render.placement import tolerated
from generator.repository.fleet import Fleet, Submission
from generator.repository.resolved_job import ResolvedJob, resolve
from generator.repository.usage import where_in_words
from generator.rules.base import warning
from generator.rules.base.change import Change, Pair, name_of

NEW_COPY = warning("base/new-copy", "A change of placement starts a new training.")
STOPPED_COPY = warning("base/stopped-copy", "A change of placement stops a running copy.")

_CLUSTERS = "/targetClusters"
_MODE = "/scheduling/mode"
_LABELS = "/scheduling/clusterLabels"
_TOLERATIONS = "/scheduling/clusterTolerations"
_UNTOLERATED = "if its cluster has a taint that it no longer tolerates, it may stop and start anew"
_HINT = "keep the placement of a job that has started, or let it run anew on purpose"


@dataclass(frozen=True)
class _Where:
    """The clusters of a job; with ``once`` it runs on one of them, else on each."""

    resolved: ResolvedJob
    clusters: tuple[str, ...]
    once: bool
    ordered: bool

    @property
    def job(self) -> Job:
        """What the job says itself."""
        return self.resolved.job

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each target cluster stands in the job's list."""
        return {cluster: index for index, cluster in enumerate(self.job.target_clusters)}

    @cached_property
    def among(self) -> frozenset[str]:
        """The clusters, to look in."""
        return frozenset(self.clusters)

    def at(self, cluster: str) -> str:
        """The pointer of one of the job's clusters."""
        return f"{_CLUSTERS}/{self.places[cluster]}"


@dataclass(frozen=True, slots=True)
class _Effect:
    rule: Rule
    message: str
    pointer: str


def check_placements(change: Change) -> Iterator[Diagnostic]:
    """A finding for each copy that may start or stop; one for all that platform.yaml moves."""
    moved: dict[Rule, list[Submission]] = defaultdict(list)
    for pair in change.pairs:
        described = change.after.platform.clusters
        before, after = (
            _where(fleet, submission, described)
            for fleet, submission in ((change.before, pair.before), (change.after, pair.after))
        )
        effects = [*_effects(before, after), *_chosen_again(before, after)]
        for effect in effects:
            if _is_own(pair):
                yield effect.rule.found(
                    f"{pair.after.job.job_name}: {effect.message}",
                    hint=_HINT,
                    at=pair.after.at(_pointer(effect, before, after)),
                )
            elif pair.after not in moved[effect.rule][-1:]:
                moved[effect.rule].append(pair.after)
    was, now = (fleet.platform.scheduling for fleet in (change.before, change.after))
    if now.estimates and not was.estimates:
        yield from _estimated(change)
    for rule, submissions in moved.items():
        what = "starts a new training" if rule is NEW_COPY else "stops a running copy"
        names = listed([name_of(submission.name) for submission in submissions])
        yield rule.found(
            f"the default placement {what} of {plural(len(submissions), 'job')}: {names}",
            hint="write the mode that these jobs had into their scheduling.mode",
            at=PLATFORM_FILE.at(_MODE),
        )


def _estimated(change: Change) -> Iterator[Diagnostic]:
    """What it does to jobs that run once when their policies begin to ask for room.

    Where Karmada estimates already, a cluster that a job fills has no room for it.
    """
    placed = [(pair.after, change.after.resolved(pair.after).placement) for pair in change.pairs]
    once = [
        name_of(submission.name)
        for submission, placement in placed
        if placement.copies < len(placement.candidates)
    ]
    if once:
        yield NEW_COPY.found(
            f"Karmada chooses again for {plural(len(once), 'job')}: {listed(once)}; where its gate"
            " is on already, one that runs on a full cluster stops and starts anew elsewhere",
            hint="turn the gate on once this is synced, not before: docs/scheduling.md",
            at=PLATFORM_FILE.at("/scheduling/estimation"),
        )


def _is_own(pair: Pair) -> bool:
    """Whether the job itself says another placement, rather than the platform."""
    before, after = pair.before.job, pair.after.job
    return before.target_clusters != after.target_clusters or any(
        getattr(before.scheduling, field) != getattr(after.scheduling, field)
        for field in ("mode", "cluster_labels", "cluster_tolerations")
    )


def _where(fleet: Fleet, submission: Submission, described: Clusters) -> _Where:
    job, resolved = submission.job, fleet.resolved(submission)
    if job.scheduling.cluster_labels:
        resolved = resolve(job, fleet.platform.model_copy(update={"clusters": described}))
    placement = resolved.placement
    # On a single cluster every mode but the order of later ones is the same.
    once = placement.copies < len(placement.candidates)
    return _Where(resolved, placement.candidates, once, placement.mode == "ordered")


def _pointer(effect: _Effect, before: _Where, after: _Where) -> str:
    """Where the job says what causes the effect: its labels, where its clusters are the same."""
    if effect.pointer.startswith(_CLUSTERS) and after.job.scheduling.cluster_labels:
        same = before.job.target_clusters == after.job.target_clusters
        return _LABELS if same else effect.pointer
    return effect.pointer


def _chosen_again(before: _Where, after: _Where) -> Iterator[_Effect]:
    """What tolerations do where the clusters that are chosen among stay the same."""
    was, now = (one.job.scheduling.cluster_tolerations for one in (before, after))
    if was == now or not after.clusters:
        return
    tolerates_before = tolerated(before.resolved)
    tolerates_now = tolerated(after.resolved)
    at = _TOLERATIONS if now else _CLUSTERS
    if not after.once and tolerates_before != tolerates_now:
        words = "a new training starts on each cluster whose taints it tolerates only now"
        yield _Effect(NEW_COPY, words, at)
    elif after.once and any(one not in tolerates_now for one in tolerates_before):
        yield _Effect(NEW_COPY, _UNTOLERATED, at)


def _effects(before: _Where, after: _Where) -> Iterator[_Effect]:
    kept = [cluster for cluster in before.clusters if cluster in after.among]
    yield from _stops(before, after, kept)
    if not after.clusters:
        return
    if not after.once:
        yield from _starts_on_each(before, after, kept)
    elif not kept:
        message = f"a new training starts, {where_in_words(after.resolved)}"
        yield _Effect(NEW_COPY, message, _CLUSTERS)
    elif after.ordered:
        yield from _starts_in_order(before, after)


def _stops(before: _Where, after: _Where, kept: list[str]) -> Iterator[_Effect]:
    lost = [cluster for cluster in before.clusters if cluster not in after.among]
    if lost:
        words = f"a copy that runs on {', '.join(lost)} stops"
        if before.once:
            words = f"if it runs on {' or '.join(lost)}, it stops there and starts anew"
        yield _Effect(STOPPED_COPY, words, _CLUSTERS)
    if after.once and not before.once and len(kept) > 1:
        words = f"it runs once from now on: of its copies on {', '.join(kept)} all but one stop"
        yield _Effect(STOPPED_COPY, words, _MODE)


def _starts_on_each(before: _Where, after: _Where, kept: list[str]) -> Iterator[_Effect]:
    for cluster in after.clusters:
        if cluster not in before.among:
            yield _Effect(NEW_COPY, f"a new training starts on {cluster}", after.at(cluster))
    if before.once and len(kept) > 1:
        words = f"a new training starts on each of {', '.join(kept)} where it does not run yet"
        yield _Effect(NEW_COPY, words, _MODE)


def _starts_in_order(before: _Where, after: _Where) -> Iterator[_Effect]:
    first = after.clusters[0]
    if not before.ordered:
        if before.once:
            words = f"if it does not run on {first}, it stops and a new training starts there"
            yield _Effect(NEW_COPY, words, _MODE)
        elif first not in before.among:
            yield _Effect(NEW_COPY, f"a new training starts on {first}", after.at(first))
        return
    # By its number, the first cluster from there on that is a candidate.
    following: list[str] = []
    for cluster in reversed(after.job.target_clusters):
        later = following[-1] if following else first
        following.append(cluster if cluster in after.among else later)
    following.reverse()
    for index, old in enumerate(before.job.target_clusters):
        # Without its number the order is tried from its start.
        new = following[index if index < len(following) else 0]
        if new != old and old in before.among:
            words = f"if it runs on {old}, a new training starts on {new} and that one stops"
            yield _Effect(NEW_COPY, words, after.at(new))
