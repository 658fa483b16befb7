"""Reading what the two lists do not say of a job that is not well: Clusters, pods, events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.failures import LiveError, RefusedError
from generator.karmada.client.kinds import CLUSTERS, EVENTS, PODS, POLICIES, RAYJOBS, WORKLOADS
from generator.karmada.holding_policy import read_held
from generator.karmada.job_state import JobState, Run
from generator.karmada.rendered import ObjectKey
from generator.karmada.status.absence import silence_of
from generator.karmada.status.diagnosis import QUEUE_LABEL, Evidence, MemberEvidence, is_well
from generator.karmada.status.pod_problems import is_running
from generator.render.manifests.placement import policy_name


def read_clusters(
    plane: ControlPlane, states: Iterable[JobState | None], say: Callable[[str], None]
) -> dict[str, Object] | None:
    """Return the members by name; None where no job was tried to be placed, or they are refused.

    ``say`` is told then what is not known.
    """
    if not any(state and (state.runs or state.scheduled is False) for state in states):
        return None
    try:
        return {one["metadata"]["name"]: one for one in plane.items(CLUSTERS)}
    except RefusedError as refused:
        say(f"note: whether clusters answer or are leaving is not known: {refused}")
        return None


def read_evidence(
    plane: ControlPlane,
    state: JobState,
    clusters: Mapping[str, Object] | None,
    shared: Iterable[ObjectKey] = (),
) -> Evidence:
    """Return what explains a job that needs ``shared``.

    A member where a copy is well, or that is silent, is not asked.

    LiveError where Karmada itself does not answer: what it or a member refuses is left out.
    """
    members = {
        run.cluster: _of_member(plane.member(run.cluster), state, run)
        for run in state.runs
        if run.applied
        and run.deployment != "ValidationFailed"
        and not is_well(run)
        and (clusters is None or silence_of(clusters.get(run.cluster)) is None)
    }
    return Evidence(clusters, _has_policy(plane, state), members, read_held(plane, shared))


def _has_policy(plane: ControlPlane, state: JobState) -> bool | None:
    if state.scheduled is not None or state.runs:
        return None
    try:
        return plane.get(POLICIES, policy_name(state.name), state.namespace) is not None
    except RefusedError:
        return None


def _of_member(member: ControlPlane, state: JobState, run: Run) -> MemberEvidence:
    try:
        if run.deployment in ("Suspended", "Suspending"):
            return MemberEvidence(workload=_workload(member, state))
        pods = _pods(member, state, run)
        events = _events(member, state.namespace, _asked_about(state, run, pods))
    except LiveError as problem:
        return MemberEvidence(unreadable=str(problem))
    return MemberEvidence(pods=tuple(pods), events=tuple(events))


_LABELS = ("ray.io/cluster={ray_cluster}", "job-name={name}")
"""Of the pods of the Ray cluster, and of the submitter: its Job is called as the RayJob."""
_MOST_OBJECTS = 12
"""Of how many objects events are asked: a job may have hundreds of workers, all alike."""


def _pods(member: ControlPlane, state: JobState, run: Run) -> list[Object]:
    found: dict[str, Object] = {}
    for labels in _LABELS if run.ray_cluster else _LABELS[1:]:
        selector = labels.format(ray_cluster=run.ray_cluster, name=state.name)
        for pod in member.items(PODS, state.namespace, labelSelector=selector):
            found[pod["metadata"]["name"]] = pod
    return [found[name] for name in sorted(found)]


def _asked_about(state: JobState, run: Run, pods: Iterable[Object]) -> list[str]:
    """The objects whose events explain a copy, those that do not run before those that do."""
    by_need = sorted(pods, key=is_running)
    names = [state.name, run.ray_cluster, *(pod["metadata"]["name"] for pod in by_need)]
    return list(dict.fromkeys(filter(None, names)))[:_MOST_OBJECTS]


def _events(member: ControlPlane, namespace: str, names: list[str]) -> list[Object]:
    """The events about objects of these names, the latest first."""
    found = [
        event
        for name in names
        for event in member.items(EVENTS, namespace, fieldSelector=f"involvedObject.name={name}")
        if (event.get("involvedObject") or {}).get("name") == name
    ]
    return sorted(found, key=_time, reverse=True)


def _time(event: Object) -> str:
    times: list[Any] = [event.get("lastTimestamp"), event.get("eventTime")]
    return max(str(time or "") for time in times)


def _workload(member: ControlPlane, state: JobState) -> Object | None:
    """Kueue's Workload of a job that waits in a queue; None where Kueue is not there."""
    if QUEUE_LABEL not in (state.resource["metadata"].get("labels") or {}):
        return None
    ray_job = member.get(RAYJOBS, state.name, state.namespace)
    uid = ray_job["metadata"].get("uid") if ray_job else None
    for workloads in WORKLOADS if uid else ():
        try:
            selector = f"kueue.x-k8s.io/job-uid={uid}"
            return next(member.items(workloads, state.namespace, labelSelector=selector), None)
        except RefusedError as refused:
            if refused.status != 404:
                raise
    return None
