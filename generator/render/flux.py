"""The tree of those who keep tenants apart: Flux's Kustomizations, one a namespace."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from generator.diagnostics import Diagnostic
from generator.fields import kubernetes
from generator.model.platform.model import FILE, FluxSync
from generator.render.drift import drift
from generator.render.objects import Manifest, Node, Object, metadata
from generator.render.tree import Plan, make_plan
from generator.render.tree_rules import SYNC_STALE, foreign_directory, link
from generator.render.yaml_emitter import manifest_text
from generator.repository.fleet import Fleet

DIRECTORY = "sync/flux/namespaces"
"""Where they are written to: a Kustomization of its own applies this directory."""

_STATUS_WAS_WRITTEN = (
    "has(metadata.managedFields) && metadata.managedFields.exists(written, "
    "has(written.subresource) && written.subresource == 'status')"
)
# An expression about a field of `status` is an error until there is a status, and Flux then waits
# for its timeout: a job that is queued, or whose cluster is away, has none.
_REFUSED = (
    f"{_STATUS_WAS_WRITTEN} && has(status.jobDeploymentStatus) && "
    "status.jobDeploymentStatus == 'ValidationFailed'"
)

_COMMAND = "rayjobs sync flux"
_PREFIX = "rayjobs-"
_DIGITS = 8


def health_checks() -> Node:
    """What Flux takes for healthy: no training is waited for, and no claim to be bound.

    A training that failed is a result and not a fault of the sync; what KubeRay refuses never runs.
    """
    return [
        {"apiVersion": "ray.io/v1", "kind": "RayJob", "failed": _REFUSED, "current": "true"},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "current": "true"},
    ]


def kustomizations(fleet: Fleet) -> Iterator[Manifest]:
    """A Kustomization for each directory of rendered/, sorted by namespace."""
    settings = fleet.platform.sync.flux
    for namespace in fleet.namespaces:
        objects = [_kustomization(namespace, settings)]
        if settings.impersonate:
            objects.insert(0, _service_account(namespace, settings))
        source = f"{FILE} and the namespace {namespace}"
        yield Manifest(f"{namespace}.yaml", source, tuple(objects))


def name_of(namespace: str) -> str:
    """The name of a namespace's Kustomization and service account.

    Flux labels what it applies with the name, and a label's value ends at 63 characters.
    """
    name = f"{_PREFIX}{namespace}"
    if len(name) <= kubernetes.MAX_LABEL:
        return name
    digest = hashlib.sha256(namespace.encode()).hexdigest()[:_DIGITS]
    return f"{name[: kubernetes.MAX_LABEL - _DIGITS - 1].rstrip('-')}-{digest}"


def _kustomization(namespace: str, settings: FluxSync) -> Object:
    spec: dict[str, Node] = {
        "interval": "10m",
        "retryInterval": "1m",
        "timeout": "5m",
        "sourceRef": {"kind": "GitRepository", "name": settings.repository},
        "path": f"./rendered/{namespace}",
        "prune": True,
        "wait": True,
        "kubeConfig": {"secretRef": {"name": settings.kube_config_secret, "key": "value"}},
    }
    if settings.impersonate:
        spec["serviceAccountName"] = name_of(namespace)
    spec["healthCheckExprs"] = health_checks()
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": metadata(name_of(namespace), settings.namespace),
        "spec": spec,
    }


def _service_account(namespace: str, settings: FluxSync) -> Object:
    # Kept: when both go at once, Flux ends no job of an account that it does not find any more.
    kept = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(name_of(namespace), settings.namespace, annotations=kept),
    }


def plan_for_flux(
    root: Path, fleet: Fleet, *, allow_empty: bool = False, keep_foreign: bool = False
) -> Plan:
    """What would be done to the directory of the Kustomizations."""
    wanted = {m.path: manifest_text(m, _COMMAND).encode() for m in kustomizations(fleet)}
    flags = {"allow_empty": allow_empty, "keep_foreign": keep_foreign}
    return make_plan(root, wanted, **flags, directory=DIRECTORY)


def drift_for_flux(root: Path, fleet: Fleet, *, allow_empty: bool = False) -> Iterator[Diagnostic]:
    """What is wrong with that directory; who does not have it pays one look."""
    for place in ("sync", "sync/flux"):
        path = os.path.join(root, place)
        if os.path.islink(path):
            yield link(place)
            return
        if os.path.isdir(path) and not os.listdir(path):
            yield foreign_directory(place, place)
            return
    if os.path.lexists(os.path.join(root, DIRECTORY)):
        plan = plan_for_flux(root, fleet, allow_empty=allow_empty)
        yield from plan.diagnostics
        yield from drift(plan, SYNC_STALE, _COMMAND)
