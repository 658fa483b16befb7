"""Where Karmada runs the copies of a job, as far as jobs and platform.yaml decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.model.job.job import Job
from generator.model.platform.model import Platform

Mode: TypeAlias = Literal["divided", "all", "one-of", "ordered"]
"""How a job is placed; ``divided`` is what a job gets when nobody chooses."""
Key: TypeAlias = tuple[object, ...]
"""What jobs with one placement have in common."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where all jobs run that ask the same of the same clusters; clusters are in their order.

    ``candidates`` are the target clusters that may have the labels which a job asks for: of one of
    which platform.yaml does not say the labels it may have them. Of those in ``known`` it is known.

    ``copies`` is on how many clusters a job runs: a RayJob is never split, so each runs all of it.
    ``Divided`` alone copies it to every candidate (seen on Karmada 1.18.2). With ``runs_once`` its
    mode takes one of them, however many there are.

    Where ``is_estimated``, Karmada looks for room. ``with_room`` are the candidates without those
    on which it never finds any: it looks for the GPUs of the RayJob before any OverridePolicy.
    Where the target clusters count them by different names, that is ``ray.gpuResourceName`` (seen
    on Karmada 1.18.2).

    ``preference`` are the candidates of a job that runs once, in the order in which Karmada takes
    them. For a RayJob it estimates nothing, so that all clusters tie, and the first by name is
    taken (Karmada 1.18, pkg/scheduler/core/util.go and spreadconstraint/util.go).

    ``expected`` is where copies run as long as no cluster is tainted or away; empty where a job
    runs once and Karmada knows more: what is free, or the labels of the first.

    With ``moves`` a job may start on another cluster once Karmada does not reach its own; one that
    runs on each candidate has nowhere to go.
    """

    mode: Mode
    candidates: tuple[str, ...]
    known: frozenset[str]
    copies: int
    runs_once: bool
    is_estimated: bool
    with_room: tuple[str, ...]
    preference: tuple[str, ...]
    expected: tuple[str, ...]
    moves: bool


def key_of(job: Job) -> Key:
    """Return what decides, with the platform, about the placement of a job."""
    asked = job.scheduling
    return (
        asked.mode,
        asked.on_cluster_failure,
        _has_gpus(job),
        *job.target_clusters,
        *asked.cluster_labels.items(),
    )


def placement_of(job: Job, platform: Platform) -> Placement:
    """Return where a job runs: as it chooses itself, else as the platform does."""
    asked, given = job.scheduling, platform.scheduling
    mode: Mode = asked.mode or given.mode or "divided"
    runs_once = mode in ("one-of", "ordered")
    is_estimated = runs_once and given.estimates
    known = _known(job, platform)
    candidates = _candidates(job, platform)
    preference = candidates if mode == "ordered" else tuple(sorted(candidates))
    copies = min(len(candidates), 1) if runs_once else len(candidates)
    if copies == len(candidates):
        expected = candidates
    else:
        expected = preference[:1] if preference[0] in known and not is_estimated else ()
    return Placement(
        mode=mode,
        candidates=candidates,
        known=known,
        copies=copies,
        runs_once=runs_once,
        is_estimated=is_estimated,
        with_room=_with_room(job, platform, candidates) if is_estimated else candidates,
        preference=preference,
        expected=expected,
        moves=(asked.on_cluster_failure or given.on_cluster_failure) == "move"
        and copies < len(candidates),
    )


def _has_gpus(job: Job) -> bool:
    return job.resources.instance_resources.gpu_count > 0


def _known(job: Job, platform: Platform) -> frozenset[str]:
    if not job.scheduling.cluster_labels:
        return frozenset(job.target_clusters)
    described = platform.clusters
    return frozenset(
        cluster
        for cluster in job.target_clusters
        if cluster in described and described[cluster].labels is not None
    )


def _candidates(job: Job, platform: Platform) -> tuple[str, ...]:
    described, wanted = platform.clusters, job.scheduling.cluster_labels
    if not wanted:
        return tuple(job.target_clusters)
    return tuple(
        cluster
        for cluster in job.target_clusters
        if cluster not in described or described[cluster].may_have(wanted)
    )


def _with_room(job: Job, platform: Platform, candidates: tuple[str, ...]) -> tuple[str, ...]:
    counted_as = platform.gpu_resource_of
    if not _has_gpus(job) or len(set(map(counted_as, job.target_clusters))) == 1:
        return candidates
    asked = platform.ray.gpu_resource_name
    return tuple(cluster for cluster in candidates if counted_as(cluster) == asked)
