"""The jobs that are asked about: named ones, or all of some tenants and namespaces."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from generator.check.outcome import Checked
from generator.karmada.client.answers import LiveError, RefusedError
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import CLUSTERS, EVENTS, PODS, POLICIES, RAYJOBS, WORKLOADS
from generator.karmada.job_state import (
    Held,
    JobState,
    Run,
    held_by,
    read_held,
    read_lists,
    read_state,
    states_of,
)
from generator.karmada.rendered import GitJob, ObjectKey, git_jobs, rendered_only
from generator.karmada.status.diagnosis import QUEUE_LABEL, Evidence, MemberEvidence, is_well
from generator.karmada.status.job_status import JobStatus, status_of
from generator.karmada.status.pod_problems import is_running
from generator.karmada.status.problem import silence_of
from generator.render.placement import policy_name
from generator.repository.fleet import Fleet, ObjectName, Submission

_LABELS = ("ray.io/cluster={ray_cluster}", "job-name={name}")
"""Of the pods of the Ray cluster, and of the submitter: its Job is called as the RayJob."""
_MOST_OBJECTS = 12
"""Of how many objects events are asked: a job may have hundreds of workers, all alike."""


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
    return max(str(event.get(key) or "") for key in ("lastTimestamp", "eventTime"))


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


@dataclass(frozen=True)
class Selection:
    """The jobs that are asked about. Without names, RayJobs that jobs/ has not are among them."""

    root: Path
    jobs: dict[ObjectName, GitJob | None]
    """Those that are known; None of a RayJob that Karmada alone has."""
    is_named: bool
    tenants: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    @classmethod
    def named(cls, root: Path, loaded: Checked, chosen: Iterable[Submission]) -> Selection:
        """Return the selection of these jobs of the repository at ``root``."""
        jobs = _by_name(git_jobs(root, loaded.fleet, loaded.broken, chosen))
        return cls(root, jobs, is_named=True)

    @classmethod
    def matching(
        cls, root: Path, loaded: Checked, tenants: Iterable[str], namespaces: Iterable[str]
    ) -> Selection:
        """Return the selection of the jobs of these tenants and namespaces; without any, of all."""
        of, within = tuple(tenants), tuple(namespaces)
        chosen = [
            one
            for one in loaded.fleet.submissions
            if (not of or one.tenant in of) and (not within or one.job.namespace in within)
        ]
        jobs = _by_name(git_jobs(root, loaded.fleet, loaded.broken, chosen))
        return cls(root, jobs, is_named=False, tenants=of, namespaces=within)

    def has(self, name: ObjectName) -> bool:
        """Return whether a RayJob of Karmada is asked about."""
        if name in self.jobs:
            return True
        is_any = not self.is_named and not self.tenants
        return is_any and (not self.namespaces or name[0] in self.namespaces)

    def of_git(self, name: ObjectName) -> GitJob | None:
        """Return the job of Git; rendered/ may have one that jobs/ has not. It is read once."""
        if name not in self.jobs:
            self.jobs[name] = rendered_only(self.root, name)
        return self.jobs[name]

    def names(self, known: Iterable[ObjectName]) -> list[ObjectName]:
        """Return all that are asked about: as named, else sorted; ``known`` are Karmada's."""
        if self.is_named:
            return list(self.jobs)
        return sorted({*self.jobs, *filter(self.has, known)})

    def read(
        self, plane: ControlPlane, now: datetime, say: Callable[[str], None]
    ) -> list[JobStatus]:
        """Return what Karmada says of them now. LiveError.

        ``say`` is told what cannot be looked at.
        """
        if self.is_named:
            # A few objects are asked for where the lists may be of thousands.
            found = ((name, read_state(plane, *name)) for name in self.jobs)
            states = {name: state for name, state in found if state is not None}
            return self.explained(plane, states, {}, now, say)
        ray_jobs, bindings = read_lists(plane)
        states = states_of(ray_jobs, bindings)
        return self.explained(plane, states, held_by(bindings), now, say)

    def explained(
        self,
        plane: ControlPlane,
        states: Mapping[ObjectName, JobState],
        shared: Mapping[ObjectKey, Held],
        now: datetime,
        say: Callable[[str], None],
    ) -> list[JobStatus]:
        """Return each job with what is wrong; of named ones the members are asked too. LiveError.

        Of what named jobs share each is asked for, whatever ``shared`` has.
        """
        names = self.names(states)
        clusters = read_clusters(plane, map(states.get, names), say)
        found = []
        for name in names:
            job, state = self.of_git(name), states.get(name)
            if job is None and state is None:
                continue  # it was Karmada's alone, and is gone
            evidence = Evidence(clusters, shared=shared)
            if self.is_named and state is not None:
                needed = job.shared if job else ()
                evidence = read_evidence(plane, state, clusters, needed)
            found.append(status_of(job, state, now, evidence))
        return found


def _by_name(jobs: Iterable[GitJob]) -> dict[ObjectName, GitJob | None]:
    return {(job.namespace, job.name): job for job in jobs}


def read_all(
    plane: ControlPlane,
    root: Path,
    fleet: Fleet,
    broken: Collection[str],
    now: datetime,
    say: Callable[[str], None],
) -> dict[ObjectName, JobStatus]:
    """By namespace and name, sorted; ``fleet`` is of the repository at ``root``. LiveError.

    ``broken`` are files with errors. ``say`` is told what cannot be looked at.
    """
    jobs = _by_name(git_jobs(root, fleet, broken, fleet.submissions))
    found = Selection(root, jobs, is_named=False).read(plane, now, say)
    return {(one.namespace, one.name): one for one in found}
