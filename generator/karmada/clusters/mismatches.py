"""Where clusters keep jobs of this repository from running, or are not what platform.yaml says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from generator.render.objects import Node
from generator.render.yaml_emitter import emit
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
    targeting: dict[str, list[Submission]] = {}
    for submission in fleet.submissions:
        if (state := states.get(submission.name)) is None or not state.has_ended:
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
        message = f"it is no member of Karmada, and {_targeted_by(jobs)}"
        yield Concern("not-a-member", name, Advice(message, _join(members)), stops_jobs=True)
        return
    for taint in members[name].taints:
        kept = [one for one in jobs if not _is_tolerated(taint, one)]
        if taint.get("effect") != "PreferNoSchedule" and kept:
            words = f"its taint {taint_in_words(taint)} keeps jobs out, and {_targeted_by(kept)}"
            yield Concern("taint", name, Advice(words, _TAINTED), stops_jobs=True)


_TAINTED = "wait until the taint is gone, or tolerate it: scheduling.clusterTolerations"


def _join(members: Mapping[str, Member]) -> str:
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
        why = reason_in_words(member.reason, member.message) or "Karmada has not heard from it"
        since = f" since {iso(member.since)}" if member.since else ""
        hint = _NOT_GONE if member.leave else _NOT_READY
        advice = Advice(f"it is not ready{since}: {why}{needed}", hint)
        yield Concern("not-ready", member.name, advice, stops_jobs=bool(jobs))
    elif member.serves_ray_jobs is False:
        advice = Advice(f"it does not serve RayJobs of ray.io/v1{needed}", _NO_OPERATOR)
        yield Concern("no-rayjob", member.name, advice, stops_jobs=bool(jobs))


_NO_OPERATOR = "install KubeRay's operator with its CustomResourceDefinitions there"
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
        if departure.elsewhere or not departure.has_ended:
            again.setdefault(_kind(departure), []).append(f"{namespace}/{name}")
    parts = [f"{kind}: {listed(names)}" for kind, names in sorted(again.items())]
    if jobs := targeting.get(member.name, []):
        parts.append(_targeted_by(jobs))
    moving = [one for one in member.departures.values() if one.elsewhere]
    message = "; ".join([f"it {leave}, and nothing is placed there", *parts])
    stops_jobs = bool(jobs) or any(one.starts_on for one in moving)
    return Concern("leaving", member.name, Advice(message, hint_of(moving)), stops_jobs)


def _kind(departure: Departure) -> str:
    if not departure.elsewhere:
        return "jobs that lose a copy"
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
        for field, said, found in _other_amounts(platform, described, member):
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


_CHANGE = f"`rayjobs clusters` prints what to change in {FILE}"
_MAY_COME = "where nodes come and go all may be well: nothing is proposed"


def _said(cluster: str, what: str, words: str, hint: str) -> Concern:
    return Concern(f"platform-{what}", cluster, Advice(f"{FILE}: {words}", hint))


def _other_gpus(platform: Platform, described: MemberCluster, member: Member) -> Iterator[Concern]:
    name = platform.gpu_resource_of(member.name)
    if member.gpu_names and name not in member.gpu_names:
        there = ", ".join(member.gpu_names)
        words = f"jobs ask for {name}, and its GPUs are called {there}"
        yield _said(member.name, "gpuResourceName", words, _CHANGE)


def _other_amounts(
    platform: Platform, described: MemberCluster, member: Member
) -> Iterator[tuple[str, int, int]]:
    """Field, what platform.yaml says and what nodes have, whole; where both say something."""
    name = platform.gpu_resource_of(member.name)
    said = (described.cpu_cores, described.memory_gib, described.gpus)
    for (field, found), given in zip(_amounts(member, name).items(), said, strict=True):
        # Where GPUs are called otherwise, that is what is said.
        is_called_so = field != "gpus" or name in member.gpu_names or not member.gpu_names
        if given is not None and found is not None and given != found and is_called_so:
            yield field, given, found


def _amounts(member: Member, gpu_name: str) -> dict[str, int | None]:
    """By field of platform.yaml what nodes have, whole; None of what Karmada does not sum."""
    gpus = member.gpus.get(gpu_name, Amount() if member.cpu or member.gpus else None)
    return {
        "cpuCores": _whole(member.cpu),
        "memoryGiB": _whole(member.memory, GIBIBYTE),
        "gpus": _whole(gpus),
    }


def _whole(amount: Amount | None, unit: int = 1) -> int | None:
    return None if amount is None else int(amount.total / unit)


def change_in_words(platform: Platform, members: Mapping[str, Member]) -> str:
    """Return what to change in platform.yaml's ``clusters``, if it has any; "" where it agrees.

    Entries are whole, as YAML to paste. Amounts that are not given stay so, and what nodes have
    none of now stays as it is, since nodes may come.
    """
    if not platform.clusters:
        return ""
    gone = sorted(platform.clusters.keys() - members.keys())
    entries = {name: _entry(platform, one) for name, one in members.items()}
    changed: dict[str, Node] = {
        name: entry for name, entry in entries.items() if entry != _said_of(platform, name)
    }
    tasks = [*([f"remove {', '.join(gone)}"] if gone else []), *(["set"] if changed else [])]
    if not tasks:
        return ""
    words = f"To bring clusters in {FILE} up to date, {' and '.join(tasks)}"
    return f"{words}:\n{emit({'clusters': changed})}" if changed else f"{words}.\n"


def _said_of(platform: Platform, cluster: str) -> dict[str, Any] | None:
    described = platform.clusters.get(cluster)
    return None if described is None else described.model_dump(by_alias=True, exclude_unset=True)


def _entry(platform: Platform, member: Member) -> dict[str, Any]:
    """Return what platform.yaml has to say of a member to agree with Karmada."""
    said = _said_of(platform, member.name)
    own, names = platform.gpu_resource_of(member.name), member.gpu_names
    name = names[0] if len(names) == 1 else own
    found = {field: n for field, n in _amounts(member, name).items() if n is not None}
    if said is None:
        entry: dict[str, Any] = {field: n for field, n in found.items() if n or field == "gpus"}
    else:
        entry = said | {field: n for field, n in found.items() if n and field in said}
    if name != own:
        entry["gpuResourceName"] = name
    if labels := entry.get("labels"):
        entry["labels"] = {key: member.labels[key] for key in labels if key in member.labels}
    return entry
