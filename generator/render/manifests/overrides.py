"""The OverridePolicy of a job whose clusters differ in what they say of nodes and GPUs.

Karmada patches each cluster's copy of the RayJob by itself, with every rule whose clusters match,
in order (its overridemanager.go, 1.18.2). ``add`` replaces a member that is there, and fails where
its parent is not: the RayJob has every parent. The policy has to be there when the RayJob is
placed, since KubeRay ignores what changes later: the job's PropagationPolicy names it among its
``dependentOverrides``, so that Karmada waits for it, in whatever order a sync engine applies them.
"""

from __future__ import annotations

import json

from generator.model.job.job import Job
from generator.render.manifests.nodes import Nodes, Role, nodes_of
from generator.render.manifests.objects import APPLIED_FIRST, Node, Object, metadata
from generator.render.manifests.placement import ray_job_selector
from generator.render.manifests.rayjob import worker_resources
from generator.repository.resolved_job import ResolvedJob

_WORKER = "/spec/rayClusterSpec/workerGroupSpecs/0/template/spec"
_PODS: dict[Role, str] = {
    "head": "/spec/rayClusterSpec/headGroupSpec/template/spec",
    "worker": _WORKER,
    "submitter": "/spec/submitterPodTemplate/spec",
}


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
                {
                    "targetCluster": {"clusterNames": clusters},
                    "overriders": {"plaintext": wanted},
                }
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
        patches.append(
            {
                "path": f"{_WORKER}/containers/0/resources",
                "operator": "replace",
                "value": worker_resources(job, nodes.other_gpus[cluster]),
            }
        )
    return patches
