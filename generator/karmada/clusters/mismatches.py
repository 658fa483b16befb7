"""Where clusters keep jobs of this repository from running, or are not what platform.yaml says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.diagnostics.diagnostic import Advice
from generator.diagnostics.wording import listed
from generator.karmada.amounts import GIBIBYTE, iso
from generator.karmada.clusters.members import Amount, Member
from generator.karmada.job_state import JobState
from generator.karmada.status.departures import WHEN_A_MEMBER_LEAVES, Departure, Leave, hint_of
from generator.karmada.status.problem import reason_in_words
from generator.karmada.status.scheduling import taint_in_words
from generator.model.platform.clusters import MemberCluster
from generator.model.platform.model import FILE, Platform
from generator.repository.fleet import Fleet, ObjectName, Submission


@dataclass(frozen=True, slots=True)
class Concern:
    """Something about a cluster. ``stops_jobs``: a job that targets it cannot be placed there."""

    id: str
    cluster: str
    advice: Advice
    stops_jobs: bool = False


def gpu_names(platform: Platform) -> set[str]:
    """Return the resources that platform.yaml counts as GPUs."""
    described = {one.gpu_resource_name for one in platform.clusters.values()}
    return {platform.ray.gpu_resource_name, *(name for name in described if name)}


def concerns(
    fleet: Fleet, members: Mapping[str, Member], states: Mapping[ObjectName, JobState]
) -> list[Concern]:
    """Return what stops jobs that have not ended and what platform.yaml says otherwise, sorted."""
    waiting = [
        one
        for one in fleet.submissions
        if (state := states.get(one.name)) is None or not state.has_ended
    ]
    targeting: dict[str, list[Submission]] = {}
    for submission in waiting:
        for cluster in fleet.resolved(submission).placement.candidates:
            targeting.setdefault(cluster, []).append(submission)
    found = [
        *(one for name in sorted(targeting) for one in _of_jobs(name, members, targeting[name])),
        *(_leaving(one, one.leave, targeting) for one in members.values() if one.leave),
        *(one for name in sorted(members) for one in _of_member(members[name], targeting)),
        *disagreements(fleet.platform, members),
    ]
    return sorted(found, key=lambda one: one.cluster)


def _of_jobs(name: str, members: Mapping[str, Member], jobs: list[Submission]) -> Iterator[Concern]:
    """Of a cluster that jobs target."""
    if name not in members:
        yield Concern(
            "not-a-member",
            name,
            Advice(
                f"it is no member of Karmada, and {_targeted_by(jobs)}", _members_in_words(members)
            ),
            stops_jobs=True,
        )
        return
    for taint in members[name].taints:
        kept = [one for one in jobs if not _is_tolerated(taint, one)]
        if taint.get("effect") != "PreferNoSchedule" and kept:
            yield Concern(
                "taint",
                name,
                Advice(
                    f"its taint {taint_in_words(taint)} keeps jobs out, and {_targeted_by(kept)}",
                    "wait until the taint is gone, or tolerate it: scheduling.clusterTolerations",
                ),
                stops_jobs=True,
            )


def _members_in_words(members: Mapping[str, Member]) -> str:
    if not members:
        return "join it: Karmada has no members yet"
    return f"join it, or let the jobs target a member: {', '.join(sorted(members))}"


def _is_tolerated(taint: Mapping[str, Any], submission: Submission) -> bool:
    key, effect, value = (taint.get(part, "") for part in ("key", "effect", "value"))
    tolerations = submission.job.scheduling.cluster_tolerations
    return any(one.tolerates(key, effect, value) for one in tolerations)


def _of_member(member: Member, targeting: Mapping[str, list[Submission]]) -> Iterator[Concern]:
    jobs = targeting.get(member.name, [])
    needed = f", and {_targeted_by(jobs)}" if jobs else ""
    if not member.is_ready:
        why = reason_in_words(member.reason, member.message)
        since = f" since {iso(member.since)}" if member.since else ""
        yield Concern(
            "not-ready",
            member.name,
            Advice(
                f"it is not ready{since}: {why or 'Karmada has not heard from it'}{needed}",
                _NOT_GONE if member.leave else _NOT_READY,
            ),
            stops_jobs=bool(jobs),
        )
    elif member.serves_ray_jobs is False:
        yield Concern(
            "no-rayjob",
            member.name,
            Advice(
                f"it does not serve RayJobs of ray.io/v1{needed}",
                "install KubeRay's operator with its CustomResourceDefinitions there",
            ),
            stops_jobs=bool(jobs),
        )


_NOT_READY = (
    "nothing new is placed there until its API server answers Karmada; "
    "what is said of jobs there is what it said last"
)
_NOT_GONE = (
    "its claims and Secrets keep it from leaving until it answers Karmada: "
    f'{WHEN_A_MEMBER_LEAVES}, "Where the member is dead"'
)


def _leaving(member: Member, leave: Leave, targeting: Mapping[str, list[Submission]]) -> Concern:
    """Of a cluster that is being unjoined, with the jobs that start elsewhere because of that."""
    again: dict[str, list[str]] = {}
    for (namespace, name), departure in member.departures.items():
        if departure.elsewhere:
            kind = _kind(departure)
            again.setdefault(kind, []).append(f"{namespace}/{name}")
        elif not departure.has_ended:
            again.setdefault("jobs that lose a copy", []).append(f"{namespace}/{name}")
    parts = [f"; {kind}: {listed(names)}" for kind, names in sorted(again.items())]
    jobs = targeting.get(member.name, [])
    moving = [one for one in member.departures.values() if one.elsewhere]
    return Concern(
        "leaving",
        member.name,
        Advice(
            f"it {leave}, and nothing is placed there{''.join(parts)}"
            + (f"; {_targeted_by(jobs)}" if jobs else ""),
            hint_of(moving),
        ),
        stops_jobs=bool(jobs) or any(one.starts_on for one in moving),
    )


def _kind(departure: Departure) -> str:
    where = f"on {', '.join(departure.elsewhere)}"
    if departure.may_have_moved:
        if departure.has_ended:
            return f"jobs that may have run again {where}"
        return f"jobs that may have been placed {where} instead"
    if departure.is_suspended:
        return f"suspended jobs that are placed {where}"
    return f"jobs that start {where}" + (" again, though ended" if departure.has_ended else "")


def _targeted_by(jobs: list[Submission]) -> str:
    """``default/train-1 targets it``; of several how many, and the first."""
    name = "/".join(jobs[0].name)
    if len(jobs) == 1:
        return f"{name} targets it"
    return f"{len(jobs)} jobs target it ({name}, …)"


def disagreements(platform: Platform, members: Mapping[str, Member]) -> Iterator[Concern]:
    """Yield what platform.yaml's ``clusters``, if it has any, says otherwise than Karmada."""
    if not platform.clusters:
        return
    for name, described in sorted(platform.clusters.items()):
        member = members.get(name)
        if member is None:
            yield _said(name, "missing", "it is listed, and is no member of Karmada", _CHANGE)
            continue
        for field, said, found in other_amounts(platform, described, member):
            words = f"{field} is {said}, and there are {found}"
            yield _said(name, field, words, _CHANGE if found else _MAY_COME)
        yield from _other_gpus(platform, described, member)
        for key, value in sorted((described.labels or {}).items()):
            if (there := member.labels.get(key)) != value:
                words = f"and there it is {there}" if there is not None else "and it is not there"
                hint = f"label the Cluster on Karmada, or change {FILE}"
                yield _said(name, "labels", f"the label {key} is {value}, {words}", hint)
    for name in sorted(members.keys() - platform.clusters.keys()):
        words = "it is a member, and is not listed: no job may target it"
        yield _said(name, "unlisted", words, _CHANGE)


_CHANGE = f"`rayjobs clusters --update-platform` proposes the change of {FILE}"
_MAY_COME = "where nodes come and go all may be well: nothing is proposed"


def _said(cluster: str, what: str, words: str, hint: str) -> Concern:
    return Concern(f"platform-{what}", cluster, Advice(f"{FILE}: {words}", hint))


def _other_gpus(platform: Platform, described: MemberCluster, member: Member) -> Iterator[Concern]:
    name = platform.gpu_resource_of(member.name)
    if member.gpu_names and name not in member.gpu_names:
        there = ", ".join(member.gpu_names)
        words = f"jobs ask for {name}, and its GPUs are called {there}"
        yield _said(member.name, "gpuResourceName", words, _CHANGE)


def other_amounts(
    platform: Platform, described: MemberCluster, member: Member
) -> Iterable[tuple[str, int, int]]:
    """Field, what platform.yaml says and what nodes have, whole; where both say something."""
    name = platform.gpu_resource_of(member.name)
    # Where GPUs are called otherwise, that is what is said.
    gpus = whole_gpus(member, name) if name in member.gpu_names or not member.gpu_names else None
    for field, said, found in (
        ("cpuCores", described.cpu_cores, whole(member.cpu)),
        ("memoryGiB", described.memory_gib, whole(member.memory, GIBIBYTE)),
        ("gpus", described.gpus, gpus),
    ):
        if said is not None and found is not None and said != found:
            yield field, said, found


def whole(amount: Amount | None, unit: int = 1) -> int | None:
    """Return how much nodes have, in whole units; None where Karmada does not sum it."""
    return None if amount is None else int(amount.total / unit)


def whole_gpus(member: Member, name: str) -> int | None:
    """Return the GPUs that nodes have of a resource; None where Karmada sums nothing."""
    if member.cpu is None and not member.gpus:
        return None
    return int(member.gpus[name].total) if name in member.gpus else 0
