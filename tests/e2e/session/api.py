"""A client of one API server, of a session or of a node: JSON over HTTPS with a token."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.session.waiting import NotYetError, wait_for

Object = dict[str, Any]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

PATHS = {
    "AppProject": "/apis/argoproj.io/v1alpha1/namespaces/{}/appprojects",
    "Application": "/apis/argoproj.io/v1alpha1/namespaces/{}/applications",
    "ApplicationSet": "/apis/argoproj.io/v1alpha1/namespaces/{}/applicationsets",
    "Binding": "/api/v1/namespaces/{}/bindings",
    "Cluster": "/apis/cluster.karmada.io/v1alpha1/clusters",
    "ClusterPropagationPolicy": "/apis/policy.karmada.io/v1alpha1/clusterpropagationpolicies",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "ClusterQueue": "/apis/kueue.x-k8s.io/v1beta2/clusterqueues",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "ClusterTaintPolicy": "/apis/policy.karmada.io/v1alpha1/clustertaintpolicies",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "ExternalSecret": "/apis/external-secrets.io/v1/namespaces/{}/externalsecrets",
    "FederatedResourceQuota": (
        "/apis/policy.karmada.io/v1alpha1/namespaces/{}/federatedresourcequotas"
    ),
    "GitRepository": "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Kustomization": "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations",
    "LocalQueue": "/apis/kueue.x-k8s.io/v1beta2/namespaces/{}/localqueues",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{}/pods",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "OverridePolicy": "/apis/policy.karmada.io/v1alpha1/namespaces/{}/overridepolicies",
    "PropagationPolicy": "/apis/policy.karmada.io/v1alpha1/namespaces/{}/propagationpolicies",
    "RayCluster": "/apis/ray.io/v1/namespaces/{}/rayclusters",
    "RayJob": "/apis/ray.io/v1/namespaces/{}/rayjobs",
    "ResourceBinding": "/apis/work.karmada.io/v1alpha2/namespaces/{}/resourcebindings",
    "ResourceInterpreterCustomization": (
        "/apis/config.karmada.io/v1alpha1/resourceinterpretercustomizations"
    ),
    "ResourceFlavor": "/apis/kueue.x-k8s.io/v1beta2/resourceflavors",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "Work": "/apis/work.karmada.io/v1alpha1/namespaces/{}/works",
    "Workload": "/apis/kueue.x-k8s.io/v1beta2/namespaces/{}/workloads",
    "WorkloadPriorityClass": "/apis/kueue.x-k8s.io/v1beta2/workloadpriorityclasses",
}
"""Where objects of each kind are, with a place for the namespace."""


class ApiError(Exception):
    """A request that an API server refused; ``status`` is HTTP's, ``reason`` the server's words.

    Where nobody answered ``status`` is 0.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status, self.reason = status, reason


@dataclass
class Api:
    """One API server. ``name`` is what failures call it, ``address`` its host and port.

    Threads may share it.
    """

    name: str
    address: str
    token: str
    context: ssl.SSLContext = field(repr=False)

    @classmethod
    def read(cls, kubeconfig: Path) -> Api:
        """The API server of a kubeconfig that names one and has everything inline."""
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster = config["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        return cls(
            config["clusters"][0]["name"],
            cluster["server"].removeprefix("https://"),
            config["users"][0]["user"]["token"],
            ssl.create_default_context(cadata=authority),
        )

    def request(
        self, method: str, path: str, body: object = None, kind: str = "application/json"
    ) -> Any:
        """The answer as JSON; ApiError where it is refused or nobody answers."""
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=60)
        try:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as problem:
            raise ApiError(0, str(problem)) from problem
        finally:
            connection.close()
        if response.status >= 300:
            raise ApiError(response.status, _message(text))
        return json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, kind: str, name: str, namespace: str = "default") -> Object | None:
        """An object, or None where there is none."""
        try:
            found: Object = self.request("GET", f"{_collection(kind, namespace)}/{name}")
        except ApiError as refused:
            if refused.status == 404:
                return None
            raise
        return found

    def all_of(self, kind: str, namespace: str | None = None, labels: str = "") -> list[Object]:
        """The objects of a kind, of all namespaces where none is named; ``a=b`` selects labels."""
        path = _collection(kind, namespace) if namespace else _everywhere(kind)
        query = f"?labelSelector={urllib.parse.quote(labels)}" if labels else ""
        items: list[Object] = self.request("GET", f"{path}{query}")["items"]
        return items

    def count(self, kind: str) -> int:
        """How many objects of a kind there are in all namespaces, without reading them all."""
        found: Object = self.request("GET", f"{_everywhere(kind)}?limit=1")
        left: int = found["metadata"].get("remainingItemCount", 0)
        return len(found["items"]) + left

    def apply(self, *objects: Mapping[str, Any], dry_run: bool = False) -> list[Object]:
        """Apply objects on the server's side as kubectl does; what the server made of them."""
        query = "?fieldManager=session&force=true" + ("&dryRun=All" if dry_run else "")
        return [
            self.request(
                "PATCH",
                f"{_collection_of(one)}/{one['metadata']['name']}{query}",
                one,
                "application/apply-patch+yaml",
            )
            for one in objects
        ]

    def create(self, one: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """Create an object; ApiError where it is refused."""
        query = "?dryRun=All" if dry_run else ""
        made: Object = self.request("POST", f"{_collection_of(one)}{query}", one)
        return made

    def patch(self, kind: str, name: str, change: object, namespace: str = "default") -> Object:
        """Change an object by a JSON merge patch."""
        path = f"{_collection(kind, namespace)}/{name}"
        changed: Object = self.request("PATCH", path, change, "application/merge-patch+json")
        return changed

    def patch_if_there(
        self, kind: str, name: str, change: object, namespace: str = "default"
    ) -> None:
        """As :meth:`patch`, of an object that may have gone since it was listed."""
        try:
            self.patch(kind, name, change, namespace)
        except ApiError as refused:
            if refused.status != 404:
                raise

    def patch_status(
        self, kind: str, name: str, status: Object, namespace: str = "default"
    ) -> None:
        """Change an object's status by a JSON merge patch: what is a list is replaced."""
        self.patch(kind, f"{name}/status", {"status": status}, namespace)

    def delete(
        self, kind: str, name: str, namespace: str = "default", *, now: bool = False
    ) -> None:
        """Delete an object, ``now`` without a grace period; nothing where there is none."""
        query = "?gracePeriodSeconds=0" if now else ""
        try:
            self.request("DELETE", f"{_collection(kind, namespace)}/{name}{query}")
        except ApiError as refused:
            if refused.status != 404:
                raise

    def wait_ready(
        self, assert_running: Callable[[], None], path: str = "/readyz", seconds: float = 120
    ) -> None:
        """Until the server answers at a path; at once what ``assert_running`` raises."""

        def look() -> None:
            assert_running()
            try:
                self.request("GET", path)
            except ApiError as problem:
                raise NotYetError(str(problem)) from None

        wait_for(f"{self.name} {path}", look, seconds)


def _message(text: str) -> str:
    try:
        return str(json.loads(text).get("message", text))
    except ValueError:
        return text[:500]


def _collection(kind: str, namespace: str | None) -> str:
    return PATHS[kind].format(namespace)


def _everywhere(kind: str) -> str:
    return PATHS[kind].replace("/namespaces/{}", "")


def _collection_of(one: Mapping[str, Any]) -> str:
    if one["kind"] in PATHS:
        return _collection(one["kind"], one["metadata"].get("namespace", "default"))
    raise KeyError(f"no path is known for the kind {one['kind']}")


def documents(text: str) -> Iterator[Object]:
    """The objects of a YAML text."""
    # libyaml's: a RayJob's CustomResourceDefinition has 30,000 lines.
    yield from (one for one in yaml.load_all(text, _LOADER) if one)
