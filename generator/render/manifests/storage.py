"""Claims: one object for all the jobs that write to it."""

from __future__ import annotations

from generator.model.platform.storage import Storage
from generator.render.manifests.objects import Node, Object, metadata
from generator.repository.fleet import SharedClaim

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
