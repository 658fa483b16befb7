"""Policies: which member clusters get an object, how many copies of a job run, and what differs."""

from __future__ import annotations

import json

from generator.fields.labels import Toleration
from generator.model.job.job import Job
from generator.model.job.resources import FAILURE_EFFECT, FAILURE_TAINTS
from generator.render.objects import APPLIED_FIRST, Node, Object, metadata
from generator.render.pods import Nodes, Role, nodes_of, tolerations
from generator.render.rayjob import worker_resources
from generator.repository.resolved_job import ResolvedJob

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
_DUPLICATED: dict[str, Node] = {"replicaScheduling": {"replicaSchedulingType": "Duplicated"}}
_SCHEDULED: dict[str, dict[str, Node]] = {
    "divided": {"replicaScheduling": {"replicaSchedulingType": "Divided"}},
    "all": _DUPLICATED,
    # Divided ignores the constraint (seen on Karmada 1.18.2); Duplicated honours it.
    "one-of": {**_ONE_CLUSTER, **_DUPLICATED},
    "ordered": _DUPLICATED,
}
"""By mode, what a placement has besides its clusters."""

_PODS: dict[Role, str] = {
    "head": "/spec/rayClusterSpec/headGroupSpec/template/spec",
    "worker": "/spec/rayClusterSpec/workerGroupSpecs/0/template/spec",
    "submitter": "/spec/submitterPodTemplate/spec",
}
"""Where in a RayJob the spec of each pod is."""


def job_policy(one: ResolvedJob, override: str | None = None) -> Object:
    """The policy that places one RayJob, once the OverridePolicy called ``override`` is there.

    Karmada 1.18 waits for it (its detector/policy.go).
    """
    job, placed = one.job, one.placement
    placement = _clusters(placed.mode, job.target_clusters, job.scheduling.cluster_labels)
    placement |= _SCHEDULED[placed.mode]
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


def _clusters(mode: str, clusters: list[str], labels: dict[str, str]) -> dict[str, Node]:
    if mode != "ordered":
        return {"clusterAffinity": _affinity(clusters, labels)}
    # An affinity's name has at most 32 characters, a cluster's up to 48: so they are numbered.
    groups: list[Node] = [
        {"affinityName": f"preference-{number}", **_affinity([cluster], labels)}
        for number, cluster in enumerate(clusters, start=1)
    ]
    return {"clusterAffinities": groups}


def override_name(job: Job) -> str:
    """What a job's policy is called."""
    return f"{job.job_name}-override"


def override_policy(one: ResolvedJob) -> Object | None:
    """The policy of a job, or None where its clusters agree."""
    if not one.platform.clusters:
        return None
    job, patches = one.job, cluster_patches(one)
    if not patches:
        return None
    # By their text: a list is no key, and comparing each with all others takes its square.
    alike: dict[str, tuple[list[Node], list[Node]]] = {}
    for cluster, wanted in patches.items():
        clusters, _ = alike.setdefault(json.dumps(wanted), ([], wanted))
        clusters.append(cluster)
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": metadata(override_name(job), job.namespace, annotations=APPLIED_FIRST),
        "spec": {
            "resourceSelectors": [ray_job_selector(job)],
            "overrideRules": [
                {"targetCluster": {"clusterNames": clusters}, "overriders": {"plaintext": wanted}}
                for clusters, wanted in alike.values()
            ],
        },
    }


def cluster_patches(one: ResolvedJob) -> dict[str, list[Node]]:
    """By cluster, in the job's order, what its copy of the RayJob has that others have not."""
    nodes = nodes_of(one)
    found = {name: _patches(name, nodes, one.job) for name in one.job.target_clusters}
    return {name: patches for name, patches in found.items() if patches}


def _patches(cluster: str, nodes: Nodes, job: Job) -> list[Node]:
    patches: list[Node] = [
        {"path": f"{_PODS[role]}/{field}", "operator": "add", "value": value}
        for (role, field), value in nodes.differing.get(cluster, {}).items()
    ]
    if cluster in nodes.other_gpus:
        path = f"{_PODS['worker']}/containers/0/resources"
        resources = worker_resources(job, nodes.other_gpus[cluster])
        patches.append({"path": path, "operator": "replace", "value": resources})
    return patches
