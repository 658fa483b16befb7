"""A namespace's quota: of each cluster's share Karmada makes a ResourceQuota there.

Karmada's own sum over clusters counts no RayJob while its gate FederatedQuotaEnforcement is off,
which is the default: what holds is the ResourceQuota in each member.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from generator.model.platform.amounts import Amounts
from generator.render.manifests.objects import APPLIED_FIRST, Node, Object, metadata
from generator.repository.fleet import Fleet

NAME = "rayjobs"
"""Of the FederatedResourceQuota, and of the ResourceQuota in each member."""

_MEMORY = "requests.memory"


def federated_quota(namespace: str, fleet: Fleet) -> Object:
    """The quota of a namespace whose clusters have shares of it.

    Karmada's webhook wants each resource of a share in ``overall``, with no less than all shares
    together (its webhook/federatedresourcequota). An amount that only shares give is their sum.
    """
    quota = fleet.platform.quotas[namespace]
    gpus_of = {
        cluster: fleet.platform.gpu_resource_of(cluster) for cluster in sorted(quota.clusters)
    }
    shares = {
        cluster: _amounts(quota.clusters[cluster], [resource])
        for cluster, resource in gpus_of.items()
    }
    summed: Counter[str] = Counter()
    for share in shares.values():
        summed.update(share)
    overall = {**summed, **_amounts(quota, gpus_of.values())}
    assignments: list[Node] = [
        {"clusterName": cluster, "hard": _hard(share)} for cluster, share in shares.items() if share
    ]
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "FederatedResourceQuota",
        "metadata": metadata(NAME, namespace, annotations=APPLIED_FIRST),
        "spec": {"overall": _hard(overall), "staticAssignments": assignments},
    }


def _amounts(bound: Amounts, gpu_resources: Iterable[str]) -> dict[str, int]:
    """What a ResourceQuota counts; of extended resources Kubernetes takes requests only."""
    found = {}
    if bound.cpu_cores is not None:
        found["requests.cpu"] = bound.cpu_cores
    if bound.memory_gib is not None:
        found[_MEMORY] = bound.memory_gib
    if bound.gpus is not None:
        found |= {f"requests.{resource}": bound.gpus for resource in gpu_resources}
    return found


def _hard(amounts: dict[str, int]) -> Node:
    return {
        resource: f"{amounts[resource]}{'Gi' if resource == _MEMORY else ''}"
        for resource in sorted(amounts)
    }
