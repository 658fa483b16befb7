"""Where the logs of a job's copy are: pods of its submitter, its head and its workers in a member.

KubeRay 1.6 calls the submitter's Job as the RayJob, and labels the pods of its RayCluster
(ray-operator/controllers/ray/rayjob_controller.go, common/pod.go). A Job's pods have ``job-name``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from generator.karmada.client.answers import NotUnderstoodError
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import PODS
from generator.karmada.job_state import JobState, Run

Pods: TypeAlias = Literal["driver", "head", "worker"]
Component: TypeAlias = Literal["driver", "head", "worker", "operator-events"]
"""Whose log is asked for."""

NO_EVENTS = "there are no events: a member keeps them for an hour or so"
_MOST_PODS = 5000
"""Of one copy: each log that is followed takes a connection."""
_SELECTORS: dict[Pods, str] = {
    "driver": "job-name={job}",
    "head": "ray.io/cluster={ray_cluster},ray.io/node-type=head",
    "worker": "ray.io/cluster={ray_cluster},ray.io/node-type=worker",
}
_CONTAINERS = frozenset({"ray-job-submitter", "ray-head", "ray-worker"})
_OVER = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines, and how."""

    tail: int | None = None
    """The last so many of each log."""
    since: int | None = None
    """Of the last so many seconds."""
    timestamps: bool = False
    """Each line begins with the time at which it was written (RFC 3339) and a space."""

    @property
    def parameters(self) -> dict[str, str]:
        """Of the request, as the API server names them."""
        asked = {"tailLines": self.tail, "sinceSeconds": self.since}
        return {name: str(value) for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log, as bytes with its line end if it has one, and where it comes from."""

    cluster: str
    pod: str
    """"" of an Event."""
    text: bytes

    def prefix(self, *, has_clusters: bool, has_pods: bool) -> str:
        """Return what tells it apart from lines of other clusters and pods, if there are any."""
        parts = [self.cluster] * has_clusters + [self.pod] * (has_pods and bool(self.pod))
        return "/".join(parts)


class NoSuchClusterError(Exception):
    """The job is not placed on the cluster that is asked about; ``clusters`` are those it is on."""

    def __init__(self, clusters: Iterable[str]) -> None:
        self.clusters = tuple(clusters)
        super().__init__(", ".join(self.clusters))


def runs_of(state: JobState, cluster: str | None) -> tuple[Run, ...]:
    """Return the copies that are asked about, none before the job is placed. NoSuchClusterError."""
    if cluster is None or not state.runs:
        return state.runs
    found = tuple(run for run in state.runs if run.cluster == cluster)
    if not found:
        raise NoSuchClusterError(run.cluster for run in state.runs)
    return found


def copies_in_words(clusters: Sequence[str]) -> str:
    """Return which copies there are, of several."""
    return f"{len(clusters)} copies: {', '.join(clusters)}; --cluster chooses one"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose logs, and which lines of each."""

    namespace: str
    job: str
    component: Component
    cluster: str | None
    query: Query


@dataclass(frozen=True, slots=True)
class Source:
    """A container of a pod in a member, whose log can be read once it has begun."""

    cluster: str
    namespace: str
    pod: str
    container: str
    has_begun: bool = False
    """Whether the container has run, now or earlier."""
    is_over: bool = False
    """Whether the pod has ended, so that nothing more is written."""
    has_succeeded: bool = False
    waits: str = ""
    """Why the container has not begun, as the member says it."""


def sources_of(plane: ControlPlane, state: JobState, run: Run, component: Pods) -> list[Source]:
    """Return the logs of one copy by pod; of the submitter's pods the last alone. LiveError.

    The submitter's Job is tried again in a new pod, 2 times unless the RayJob says otherwise.
    """
    if component != "driver" and not run.ray_cluster:
        return []
    selector = _SELECTORS[component].format(job=state.name, ray_cluster=run.ray_cluster)
    member = plane.member(run.cluster)
    pods = sorted(member.items(PODS, state.namespace, labelSelector=selector), key=_age)
    if len(pods) > _MOST_PODS:
        message = f"{run.cluster} answers with {len(pods):,} pods of one copy"
        hint = f"read them in the member: more than {_MOST_PODS:,} are not"
        raise NotUnderstoodError(message, hint)
    chosen = pods[-1:] if component == "driver" else pods
    found = (source_of(pod, run.cluster, state.namespace) for pod in chosen)
    return sorted(found, key=lambda one: one.pod)


def read_source(plane: ControlPlane, source: Source) -> Source | None:
    """Return a source as it is now; None where its pod is gone. LiveError."""
    pod = plane.member(source.cluster).get(PODS, source.pod, source.namespace)
    return None if pod is None else source_of(pod, source.cluster, source.namespace)


def _age(pod: Object) -> tuple[str, str]:
    metadata = pod["metadata"]
    return metadata.get("creationTimestamp") or "", metadata["name"]


def source_of(pod: Object, cluster: str, namespace: str) -> Source:
    """Return what a pod says of the container whose log is meant."""
    status, metadata = pod.get("status") or {}, pod["metadata"]
    container = _container(pod)
    said = _said(status, "containerStatuses").get(container, {})
    has_begun = bool(
        _state(said).keys() & {"running", "terminated"}
        or said.get("lastState")
        or said.get("restartCount")
    )
    phase = status.get("phase", "Pending")
    return Source(
        cluster,
        namespace,
        metadata["name"],
        container,
        has_begun=has_begun,
        is_over=phase in _OVER,
        has_succeeded=phase == "Succeeded",
        waits="" if has_begun else "; ".join(_waits(status, said)) or phase,
    )


def _container(pod: Object) -> str:
    """KubeRay's, not one that somebody adds to every pod."""
    names = [str(one["name"]) for one in pod.get("spec", {}).get("containers", [])]
    return next((name for name in names if name in _CONTAINERS), names[0] if names else "")


def _said(status: Object, kind: str) -> dict[str, Any]:
    return {one["name"]: one for one in status.get(kind) or ()}


def _state(said: Object) -> dict[str, Any]:
    return said.get("state") or {}


def _waits(status: Object, said: Object) -> Iterator[str]:
    if status.get("reason"):  # evicted, or refused by its node
        yield _with_message(status)
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            yield condition.get("message") or condition.get("reason") or "it has no node"
    for one in (*_said(status, "initContainerStatuses").values(), said):
        state = _state(one)
        waiting = state.get("waiting") or {}
        ended = state.get("terminated") or {}
        if waiting.get("reason"):
            yield _with_message(waiting)
        elif ended.get("exitCode"):
            yield f"{one['name']} ended with exit code {ended['exitCode']}"


def _with_message(said: Object) -> str:
    return ": ".join(filter(None, (said["reason"], said.get("message"))))
