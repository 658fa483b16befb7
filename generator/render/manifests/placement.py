"""PropagationPolicies: which member clusters get an object, and how many copies of a job run."""

from __future__ import annotations

from generator.fields.labels import Toleration
from generator.model.job.job import Job
from generator.model.job.scheduling import FAILURE_EFFECT, FAILURE_TAINTS
from generator.render.manifests.objects import APPLIED_FIRST, Node, Object, metadata
from generator.render.manifests.tolerations import tolerations
from generator.repository.resolved_job import ResolvedJob


def job_policy(one: ResolvedJob, override: str | None = None) -> Object:
    """The policy that places one RayJob, once the OverridePolicy called ``override`` is there.

    Karmada 1.18 waits for it (its detector/policy.go).
    """
    job, placed = one.job, one.placement
    placement = _PLACEMENTS[placed.mode](job.target_clusters, job.scheduling.cluster_labels)
    if placed.is_estimated:
        placement |= _WITH_ROOM
    if taints := tolerated(one):
        placement["clusterTolerations"] = tolerations(taints)
    spec: dict[str, Node] = {"resourceSelectors": [ray_job_selector(job)], "placement": placement}
    if override:
        spec["dependentOverrides"] = [override]
    return _policy(job.job_name, job.namespace, spec)


def tolerated(one: ResolvedJob) -> list[Toleration]:
    """The taints that the job tolerates, those of a cluster that fails too where it stays there."""
    own = one.job.scheduling.cluster_tolerations
    if one.placement.moves:
        return own
    added = [
        Toleration(key=key, effect=FAILURE_EFFECT)
        for key in FAILURE_TAINTS
        if not any(toleration.tolerates(key, FAILURE_EFFECT) for toleration in own)
    ]
    return [*own, *added]


def ray_job_selector(job: Job) -> Node:
    """What in a policy names the job's RayJob."""
    return _selector("ray.io/v1", "RayJob", job.job_name)


def shared_policy(
    kind: str, name: str, namespace: str, clusters: list[str], *, api_version: str = "v1"
) -> Object:
    """The policy of a claim or Secret: on every cluster, and it stays there when jobs go.

    ``Overwrite``, since a cluster that leaves the list and returns holds what Karmada left there
    without its label, and Karmada would otherwise refuse to update it.
    """
    spec: dict[str, Node] = {
        "preserveResourcesOnDeletion": True,
        "conflictResolution": "Overwrite",
        "resourceSelectors": [_selector(api_version, kind, name)],
        "placement": {"clusterAffinity": _affinity(clusters)},
    }
    return _policy(name, namespace, spec)


def policy_name(name: str) -> str:
    """What the policy of an object called ``name`` is called."""
    return f"{name}-propagation"


def _policy(name: str, namespace: str, spec: dict[str, Node]) -> Object:
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": metadata(policy_name(name), namespace, annotations=APPLIED_FIRST),
        "spec": spec,
    }


def _selector(api_version: str, kind: str, name: str) -> Node:
    return {"apiVersion": api_version, "kind": kind, "name": name}


def _affinity(clusters: list[str], labels: dict[str, str] | None = None) -> dict[str, Node]:
    """Clusters by name and, where there are any, by labels too: Karmada takes those with both."""
    names: dict[str, Node] = {"clusterNames": list(clusters)}
    if not labels:
        return names
    return {**names, "labelSelector": {"matchLabels": {key: labels[key] for key in sorted(labels)}}}


def _divided(clusters: list[str], labels: dict[str, str]) -> dict[str, Node]:
    return {
        "clusterAffinity": _affinity(clusters, labels),
        "replicaScheduling": {"replicaSchedulingType": "Divided"},
    }


def _all(clusters: list[str], labels: dict[str, str]) -> dict[str, Node]:
    return {
        "clusterAffinity": _affinity(clusters, labels),
        "replicaScheduling": {"replicaSchedulingType": "Duplicated"},
    }


_ONE_CLUSTER: dict[str, Node] = {
    "spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}]
}
_WITH_ROOM: dict[str, Node] = {
    **_ONE_CLUSTER,
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Aggregated",
    },
}
"""What has Karmada look for room: it does so with this constraint only, and with ``Duplicated`` it
takes a cluster without room all the same (Karmada 1.18, pkg/scheduler/core/estimation.go and
spreadconstraint/select_clusters.go)."""


def _one_of(clusters: list[str], labels: dict[str, str]) -> dict[str, Node]:
    # Divided ignores the constraint (seen on Karmada 1.18.2); Duplicated honours it.
    return {
        "clusterAffinity": _affinity(clusters, labels),
        **_ONE_CLUSTER,
        "replicaScheduling": {"replicaSchedulingType": "Duplicated"},
    }


def _ordered(clusters: list[str], labels: dict[str, str]) -> dict[str, Node]:
    # An affinity's name has at most 32 characters, a cluster's up to 48: so they are numbered.
    groups: list[Node] = [
        {"affinityName": f"preference-{number}", **_affinity([cluster], labels)}
        for number, cluster in enumerate(clusters, start=1)
    ]
    return {
        "clusterAffinities": groups,
        "replicaScheduling": {"replicaSchedulingType": "Duplicated"},
    }


_PLACEMENTS = {"divided": _divided, "all": _all, "one-of": _one_of, "ordered": _ordered}
