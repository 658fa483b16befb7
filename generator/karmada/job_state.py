"""What Karmada knows of each RayJob: where it was placed, applied, and what it does there.

Two lists say it all: the RayJobs, and their ResourceBindings, whose ``aggregatedStatus`` holds what
each member's KubeRay wrote (Karmada 1.18, pkg/apis/work/v1alpha2/binding_types.go; KubeRay 1.6,
ray-operator/apis/ray/v1/rayjob_types.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import BINDINGS, RAYJOBS
from generator.karmada.client.shapes import RunStatus, flaw
from generator.karmada.rendered import ObjectKey

_OF_NAMESPACE = "propagationpolicy.karmada.io"
_OF_ALL = "clusterpropagationpolicy.karmada.io"
ENDED = frozenset({"Complete", "Failed", "ValidationFailed"})
"""Values of ``jobDeploymentStatus`` after which KubeRay does nothing more with a RayJob."""


@dataclass(frozen=True, slots=True)
class Held:
    """An object that Karmada places: the policy that holds it, "" of none, and its clusters.

    A policy is ``PropagationPolicy NAMESPACE/NAME`` or ``ClusterPropagationPolicy NAME``.
    """

    policy: str = ""
    clusters: tuple[str, ...] = ()
    has_id: bool = True
    """Whether the policy has the id that Karmada's webhook gives it as it is made.

    Of one that has none the scheduler passes over the binding (Karmada 1.18,
    pkg/scheduler/event_handler.go).
    """


def held_of(metadata: Object, binding: Object | None) -> Held:
    """Return what an object's metadata, ``{}`` of one that is not read, and its binding say."""
    named = [*_named(metadata), *_named(binding["metadata"] if binding else {})]
    # Of those that are alike the first. Annotations stay where somebody takes the label away.
    _, policy = max(named, key=itemgetter(0), default=(False, ""))
    if binding is None:
        return Held(policy)
    labels = binding["metadata"].get("labels") or {}
    has_id = all(labels.get(f"{domain}/permanent-id") != "" for domain in (_OF_NAMESPACE, _OF_ALL))
    return Held(policy, _clusters(binding), has_id)


def _named(metadata: Object) -> Iterator[tuple[bool, str]]:
    """Each policy that is named there, after whether its label is there too."""
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    if name := annotations.get(f"{_OF_NAMESPACE}/name"):
        namespace = annotations.get(f"{_OF_NAMESPACE}/namespace", "?")
        yield f"{_OF_NAMESPACE}/permanent-id" in labels, f"PropagationPolicy {namespace}/{name}"
    if name := annotations.get(f"{_OF_ALL}/name"):
        yield f"{_OF_ALL}/permanent-id" in labels, f"ClusterPropagationPolicy {name}"


def _clusters(binding: Object) -> tuple[str, ...]:
    """Its own, and those of bindings that require it: Karmada places it on all of them.

    As Karmada 1.18 takes them together, pkg/controllers/binding/common.go.
    """
    spec = binding["spec"]
    placed = [*(spec.get("clusters") or ())]
    for requiring in spec.get("requiredBy") or ():
        placed += requiring.get("clusters") or ()
    return tuple(sorted({one["name"] for one in placed}))


def held_by(bindings: Iterable[Object]) -> dict[ObjectKey, Held]:
    """Return what ResourceBindings say of the objects that they are of."""
    return {key_of_binding(one): held_of({}, one) for one in bindings}


def key_of_binding(binding: Object) -> ObjectKey:
    """Return the object that a binding is of."""
    resource = binding["spec"]["resource"]
    return resource.get("kind", ""), resource.get("namespace", ""), resource["name"]


def read_held(plane: ControlPlane, keys: Iterable[ObjectKey]) -> dict[ObjectKey, Held]:
    """As :func:`held_by`, of a few objects, each of which is asked for. LiveError."""
    return held_by(one for key in keys if (one := read_binding(plane, *key)) is not None)


def read_binding(plane: ControlPlane, kind: str, namespace: str, name: str) -> Object | None:
    """Return the ResourceBinding of an object; None where it has none. LiveError."""
    # Karmada's name for it (pkg/util/names, GenerateBindingName).
    return plane.get(BINDINGS, f"{name}-{kind}".lower(), namespace)


@dataclass(frozen=True, slots=True)
class Run:
    """One copy of a RayJob: what KubeRay in a member says of it; "" is what it does not say."""

    cluster: str
    applied: bool = False
    problem: str = ""
    """Why Karmada cannot write it into the member."""
    deployment: str = ""
    """``jobDeploymentStatus``: Initializing, Running, Complete, Failed, Suspended, …"""
    job: str = ""
    """``jobStatus``, which Ray says: PENDING, RUNNING, STOPPED, SUCCEEDED, FAILED."""
    reason: str = ""
    message: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    ray_cluster: str = ""
    """Name of its RayCluster, which is in the member only."""
    unclear: str = ""
    """What cannot be understood of what the member says of it: nothing of that is taken then."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.deployment in ENDED

    @property
    def has_failed(self) -> bool:
        """Whether it ended otherwise than well."""
        return self.has_ended and self.job != "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class JobState:
    """A RayJob on Karmada. ``scheduled`` is None while the scheduler has not said anything."""

    namespace: str
    name: str
    resource: Object
    """The RayJob itself."""
    scheduled: bool | None = None
    reason: str = ""
    """The scheduler's: Success, NoClusterFit, Unschedulable, SchedulerError, QuotaExceeded."""
    message: str = ""
    clusters: tuple[str, ...] = ()
    """Members it is placed on, sorted."""
    held: Held = field(default_factory=Held)
    """By which policy, and where it is: also where other objects require it."""
    placement: Object = field(default_factory=dict)
    """Of its policy: which members it may be placed on (Karmada's policy/v1alpha1 Placement)."""
    affinity: str = ""
    """Which of the placement's ``clusterAffinities`` the scheduler chose last."""
    runs: tuple[Run, ...] = field(default=())
    """Its copies, by cluster: one of each of ``clusters``, and any that is not yet gone."""

    @property
    def has_ended(self) -> bool:
        """Whether every copy has ended; a RayJob without any has not."""
        return bool(self.runs) and all(run.has_ended for run in self.runs)

    @property
    def has_failed(self) -> bool:
        """Whether any copy has failed."""
        return any(run.has_failed for run in self.runs)

    @property
    def ended(self) -> datetime | None:
        """When the last copy ended; None while one goes on, or where a member does not say."""
        times = [run.ended for run in self.runs if run.ended]
        return max(times) if self.has_ended and len(times) == len(self.runs) else None


def read_states(plane: ControlPlane) -> dict[tuple[str, str], JobState]:
    """Return every RayJob on the control plane by namespace and name, sorted. LiveError."""
    return states_of(*read_lists(plane))


def read_lists(plane: ControlPlane) -> tuple[list[Object], list[Object]]:
    """Return the RayJobs, and the bindings of whatever Karmada places. LiveError."""
    return list(plane.items(RAYJOBS)), list(plane.items(BINDINGS))


def read_state(plane: ControlPlane, namespace: str, name: str) -> JobState | None:
    """One RayJob; None where the control plane has none of that name. LiveError."""
    ray_job = plane.get(RAYJOBS, name, namespace)
    if ray_job is None:
        return None
    return state_of(ray_job, read_binding(plane, "RayJob", namespace, name))


def states_of(
    ray_jobs: Iterable[Object], bindings: Iterable[Object]
) -> dict[tuple[str, str], JobState]:
    """As :func:`read_states`, of the two lists."""
    found = {ray_job_of(binding): binding for binding in bindings}
    states = (state_of(one, found.get(key_of(one["metadata"]))) for one in ray_jobs)
    return dict(sorted((((one.namespace, one.name), one) for one in states), key=itemgetter(0)))


def key_of(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Namespace and name."""
    return metadata.get("namespace", "default"), metadata["name"]


def ray_job_of(binding: Object) -> tuple[str, str] | None:
    """Return the RayJob that a binding is of; None where it is of another kind."""
    resource = binding.get("spec", {}).get("resource", {})
    return key_of(resource) if resource.get("kind") == "RayJob" else None


def state_of(ray_job: Object, binding: Object | None) -> JobState:
    """Return what a RayJob and its ResourceBinding, if there is one yet, say."""
    namespace, name = key_of(ray_job["metadata"])
    held = held_of(ray_job["metadata"], binding)
    if binding is None:
        return JobState(namespace, name, ray_job, held=held)
    spec, status = binding["spec"], binding.get("status", {})
    conditions = {one.get("type"): one for one in reversed(status.get("conditions") or [])}
    scheduled = conditions.get("Scheduled", {})
    return JobState(
        namespace,
        name,
        ray_job,
        scheduled={"True": True, "False": False}.get(scheduled.get("status", "")),
        reason=scheduled.get("reason", ""),
        message=scheduled.get("message", ""),
        clusters=tuple(sorted(one["name"] for one in spec.get("clusters") or ())),
        held=held,
        placement=spec.get("placement") or {},
        affinity=status.get("schedulerObservingAffinityName", ""),
        runs=_runs(binding),
    )


def _runs(binding: Object) -> tuple[Run, ...]:
    copies = binding.get("status", {}).get("aggregatedStatus", ())
    said = {one["clusterName"]: one for one in copies}
    placed = [one["name"] for one in binding["spec"].get("clusters") or ()]
    return tuple(_run(cluster, said.get(cluster, {})) for cluster in sorted({*placed, *said}))


def _run(cluster: str, item: Object) -> Run:
    said = item.get("status", {})
    unclear = flaw(RunStatus, said)
    status = {} if unclear else said
    return Run(
        cluster,
        applied=bool(item.get("applied")),
        problem=item.get("appliedMessage", ""),
        deployment=status.get("jobDeploymentStatus", ""),
        job=status.get("jobStatus", ""),
        reason=status.get("reason", ""),
        message=status.get("message", ""),
        started=time_of(status.get("startTime")),
        ended=time_of(status.get("endTime")),
        ray_cluster=status.get("rayClusterName", ""),
        unclear=unclear,
    )


def time_of(text: str | None) -> datetime | None:
    """Return a time as Kubernetes writes it, in UTC; None where none can be read."""
    try:
        found = datetime.fromisoformat(text) if text else None
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):  # also of a year that UTC does not have
        return None
