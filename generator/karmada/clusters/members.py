"""Member clusters as Karmada sums them: ready or not, what they serve, what is free, who is there.

Source: Karmada 1.18, pkg/apis/cluster/v1alpha1/types.go; its ``resourceSummary`` adds up the nodes
and pods that a member has now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from generator.karmada.amounts import quantity
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import CLUSTERS
from generator.karmada.job_state import JobState, read_states, time_of
from generator.karmada.status.departures import Departure, Leave, departures, leave_of
from generator.karmada.status.problem import ready_condition
from generator.karmada.status.scheduling import serves_ray_jobs
from generator.repository.fleet import ObjectName

KARMADAS_OWN = "cluster.karmada.io/"
"""How keys of labels and taints start that Karmada itself writes."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What nodes have of a resource, what pods on them ask for, and pods that wait for a node."""

    total: Fraction = Fraction(0)
    taken: Fraction = Fraction(0)
    waiting: Fraction = Fraction(0)

    @property
    def free(self) -> Fraction:
        """What is left; never below 0."""
        return max(self.total - self.taken, Fraction(0))


@dataclass(frozen=True, slots=True)
class Member:
    """A member cluster. ``cpu`` and ``memory`` are None where Karmada does not sum them.

    ``serves_ray_jobs`` is None where Karmada does not know all that the member serves.
    ``gpus`` are by resource name, sorted.
    """

    name: str
    is_ready: bool
    reason: str = ""
    message: str = ""
    since: datetime | None = None
    """Since when it is so; None where Karmada does not say."""
    leave: Leave | None = None
    kubernetes: str = ""
    serves_ray_jobs: bool | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, Any], ...] = ()
    """Without those that Karmada sets where a member is not ready."""
    cpu: Amount | None = None
    memory: Amount | None = None
    gpus: Mapping[str, Amount] = field(default_factory=dict)
    placed: tuple[ObjectName, ...] = ()
    """RayJobs that are placed on it, sorted."""
    going: tuple[ObjectName, ...] = ()
    """Those of them whose copy there has not ended."""
    departures: Mapping[ObjectName, Departure] = field(default_factory=dict)
    """What becomes of the jobs on it, where it is leaving."""

    @property
    def gpu_names(self) -> list[str]:
        """GPU resources of which it has any now, sorted."""
        return [name for name, amount in self.gpus.items() if amount.total]


def read_members(
    plane: ControlPlane, gpu_names: Iterable[str]
) -> tuple[dict[str, Member], dict[ObjectName, JobState]]:
    """Return the members by name, and the RayJobs that are placed on them. LiveError."""
    states = read_states(plane)
    return members_of(plane.items(CLUSTERS), states.values(), gpu_names), states


def members_of(
    clusters: Iterable[Object], states: Iterable[JobState], gpu_names: Iterable[str]
) -> dict[str, Member]:
    """Return the members by name, sorted; ``gpu_names`` count GPUs besides what is called so."""
    by_name = {one["metadata"]["name"]: one for one in clusters}
    placed: dict[str, list[ObjectName]] = defaultdict(list)
    going: dict[str, list[ObjectName]] = defaultdict(list)
    leaving: dict[str, dict[ObjectName, Departure]] = defaultdict(dict)
    for state in sorted(states, key=lambda one: (one.namespace, one.name)):
        name = (state.namespace, state.name)
        for cluster, departure in departures(state, by_name).items():
            leaving[cluster][name] = departure
        ended = {run.cluster for run in state.runs if run.has_ended}
        for cluster in state.clusters:
            placed[cluster].append(name)
            if cluster not in ended:
                going[cluster].append(name)
    named = frozenset(gpu_names)
    return {
        name: _member(one, named, tuple(placed[name]), tuple(going[name]), leaving[name])
        for name, one in sorted(by_name.items())
    }


def _member(
    cluster: Object,
    gpu_names: frozenset[str],
    placed: tuple[ObjectName, ...],
    going: tuple[ObjectName, ...],
    leaving: Mapping[ObjectName, Departure],
) -> Member:
    metadata, status = cluster["metadata"], cluster.get("status") or {}
    spec = cluster.get("spec") or {}
    conditions = {one.get("type"): one for one in status.get("conditions") or ()}
    ready = ready_condition(cluster)
    is_complete = conditions.get("CompleteAPIEnablements", {}).get("status") == "True"
    amounts = _amounts(status.get("resourceSummary") or {})
    return Member(
        name=metadata["name"],
        is_ready=ready.get("status") == "True",
        reason=ready.get("reason") or "",
        message=ready.get("message") or "",
        since=time_of(ready.get("lastTransitionTime")),
        leave=leave_of(cluster),
        kubernetes=status.get("kubernetesVersion") or "",
        serves_ray_jobs=serves_ray_jobs(status) or (False if is_complete else None),
        labels=metadata.get("labels") or {},
        taints=tuple(
            one for one in spec.get("taints") or () if not one["key"].startswith(KARMADAS_OWN)
        ),
        cpu=amounts.get("cpu"),
        memory=amounts.get("memory"),
        gpus={name: amounts[name] for name in sorted(amounts) if is_gpu(name, gpu_names)},
        placed=placed,
        going=going,
        departures=leaving,
    )


def is_gpu(name: str, named: Iterable[str] = ()) -> bool:
    """Return whether a resource counts GPUs, as KubeRay takes it, or is one of ``named``.

    Source: KubeRay 1.6, ray-operator/controllers/ray/utils: what ends in ``gpu``, and
    NVIDIA's slices, ``nvidia.com/mig-1g.5gb``.
    """
    return name.endswith("gpu") or "/mig-" in name or name in named


def _amounts(summary: Mapping[str, Any]) -> dict[str, Amount]:
    """By resource; none where Karmada sums nothing: no node, or it was told not to."""
    parts = [summary.get(part) or {} for part in ("allocatable", "allocated", "allocating")]
    if not parts[0]:
        return {}
    names = {name for part in parts for name in part}
    return {
        name: Amount(*(quantity(part.get(name, "0")) or Fraction(0) for part in parts))
        for name in names
    }
