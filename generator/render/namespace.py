"""What stands in a namespace beside its jobs: claims, Secrets and quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from generator.model.platform.clusters import Amounts
from generator.model.platform.model import FILE
from generator.model.platform.storage import RemoteKey, Storage
from generator.render.objects import APPLIED_FIRST, Manifest, Node, Object, metadata
from generator.render.placement import shared_policy
from generator.repository.fleet import Fleet, Made, SharedClaim, SharedSecret

KEPT = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}
"""Annotations that keep Argo CD and Flux from deleting an object, or reporting it, once its file
is gone."""
PROTECTED = {"resourcetemplate.karmada.io/deletion-protected": "Always"}
"""The label with which Karmada's webhook refuses to delete an object on the control plane (1.18,
pkg/webhook/resourcedeletionprotection): a namespace that ends there ends in every member."""

EXTERNAL_SECRETS = "external-secrets.io/v1"
NAME = "rayjobs"
"""Of the FederatedResourceQuota, and of the ResourceQuota in each member."""

_MEMORY = "requests.memory"


def claim(shared: SharedClaim, storage: Storage) -> Object:
    """The PersistentVolumeClaim of a claim that somebody sizes."""
    spec: dict[str, Node] = {"accessModes": [storage.mode_of(shared.declared)]}
    if storage_class := storage_class_of(shared, storage):
        spec["storageClassName"] = storage_class
    spec["resources"] = {"requests": {"storage": f"{shared.size_gb}Gi"}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(shared.name, shared.namespace, labels=PROTECTED, annotations=KEPT),
        "spec": spec,
    }


def storage_class_of(shared: SharedClaim, storage: Storage) -> str | None:
    """The claim's storage class: as declared, else its jobs', else the platform's."""
    if shared.declared:
        return shared.declared.storage_class_name or storage.storage_class_name
    return next(iter(shared.storage_classes), storage.storage_class_name)


def secret_manifest(shared: SharedSecret) -> Manifest:
    """The policy of a Secret, or the ExternalSecret that makes it in each member with its own."""
    name, namespace, clusters = shared.name, shared.namespace, shared.clusters
    objects = [shared_policy("Secret", name, namespace, clusters)]
    if shared.made is not None:
        version = EXTERNAL_SECRETS
        policy = shared_policy("ExternalSecret", name, namespace, clusters, api_version=version)
        objects = [_external_secret(shared.made, namespace), policy]
    return Manifest(
        path=f"{namespace}/credentials/{name}.yaml",
        source=f"{FILE} and every job in the namespace {namespace}",
        objects=tuple(objects),
    )


def _external_secret(made: Made, namespace: str) -> Object:
    keys, name, external = made.keys, made.keys.secret_name, made.external
    read = ((keys.access_key, external.access_key), (keys.secret_key, external.secret_key))
    return {
        "apiVersion": EXTERNAL_SECRETS,
        "kind": "ExternalSecret",
        "metadata": metadata(name, namespace),
        "spec": {
            "refreshInterval": external.refresh_interval,
            "secretStoreRef": {"kind": external.store.kind, "name": external.store.name},
            # The Secret ends with the ExternalSecret of its member, and with nothing else.
            "target": {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [{"secretKey": key, "remoteRef": _remote(one)} for key, one in read],
        },
    }


def _remote(remote: RemoteKey) -> Node:
    return {"key": remote.key, **({"property": remote.property} if remote.property else {})}


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
