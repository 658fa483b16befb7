"""Karmada: aggregated API server, webhook, controllers and scheduler; the members joined."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.e2e.session.api import ApiError, Object, documents
from tests.e2e.session.control_planes import (
    IS_LARGE,
    MEMBERS,
    PORTS,
    ControlPlanes,
    etcd_flags,
    start_anew,
)
from tests.e2e.session.waiting import NotYetError, wait_for

_AGGREGATED, _WEBHOOK = 17443, 18443
_SYSTEM = "karmada-system"
# 40 a second by default, which thousands of jobs wait for: docs/scale.md.
_REQUESTS = ["--kube-api-qps=200", "--kube-api-burst=300"] if IS_LARGE else []
_REQUESTS_TO_MEMBERS = ["--cluster-api-qps=200", "--cluster-api-burst=300"] if IS_LARGE else []


NOTICED_SOON = (
    "--cluster-status-update-frequency=2s",
    "--cluster-failure-threshold=4s",
    "--cluster-success-threshold=4s",
)
"""Flags of the controller manager, which waits half a minute before it calls a cluster away."""


def start_karmada(planes: ControlPlanes) -> None:
    """Make the API server ``karmada`` a Karmada control plane with both members, all ready."""
    api = planes["karmada"]
    # Before its kinds: a policy that comes without the webhook has no id, and the scheduler passes
    # over what it holds for ever.
    _configure_webhook(planes)
    install_crds(planes, "karmada", "karmada")
    for name in ("karmada-system", "karmada-cluster"):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    _start_aggregated_api(planes)
    _start_webhook(planes)
    kubeconfig = f"--kubeconfig={planes.kubeconfig('karmada')}"
    for name, ports, flags in (
        (
            "karmada-controller-manager",
            (18083, 18084),
            ["--cluster-status-update-frequency=5s", *_REQUESTS_TO_MEMBERS],
        ),
        ("karmada-scheduler", (18085, 18086), ["--enable-scheduler-estimator=false"]),
    ):
        planes.processes.start(
            name,
            [
                planes.engines.binary(name),
                kubeconfig,
                "--leader-elect=false",
                f"--metrics-bind-address=127.0.0.1:{ports[0]}",
                f"--health-probe-bind-address=127.0.0.1:{ports[1]}",
                *_REQUESTS,
                *flags,
            ],
        )
    for member in MEMBERS:
        join(planes, member)
    for member in MEMBERS:
        wait_joined(planes, member)


def rebuild_karmada(planes: ControlPlanes) -> None:
    """Lose Karmada with everything in it and make another, with the same members, as they are."""
    for name in (
        "karmada-scheduler",
        "karmada-controller-manager",
        "karmada-webhook",
        "karmada-aggregated-apiserver",
    ):
        planes.processes.end(name)
    start_anew(planes, "karmada")
    install_kinds(planes, "karmada")
    start_karmada(planes)


def _crds(planes: ControlPlanes, engine: str) -> list[Object]:
    """The CustomResourceDefinitions that an engine comes with."""
    return _crds_below(planes.engines.manifests(engine))


@cache
def _crds_below(directory: Path) -> list[Object]:
    """The CustomResourceDefinitions in the files below a directory, which are large."""
    files = [file for file in sorted(directory.rglob("*.yaml")) if "crd" in str(file.parent)]
    found = [one for file in files for one in documents(file.read_text(encoding="utf-8"))]
    return [one for one in found if one["kind"] == "CustomResourceDefinition"]


def install_kinds(planes: ControlPlanes, plane: str) -> None:
    """Give an API server the kinds that Karmada takes from Git and brings into the members."""
    for engine in ("kuberay", "external-secrets"):
        install_crds(planes, plane, engine)


def install_crds(planes: ControlPlanes, plane: str, engine: str) -> None:
    """Give an API server an engine's kinds, and wait until it serves them."""
    api, crds = planes[plane], _crds(planes, engine)
    assert crds, f"{engine} has no CustomResourceDefinitions"
    api.apply(*crds)
    for crd in crds:
        spec = crd["spec"]
        versions = [one["name"] for one in spec["versions"] if one["served"]]
        paths = [f"/apis/{spec['group']}/{version}" for version in versions]

        # A controller that starts before its kinds can be discovered ends at once.
        def served(plural: str = spec["names"]["plural"], paths: list[str] = paths) -> None:
            for path in paths:
                try:
                    resources = api.request("GET", path)["resources"]
                except ApiError as absent:
                    raise NotYetError(absent.reason) from None
                if plural not in {one["name"] for one in resources}:
                    raise NotYetError(f"{path} has no {plural}")

        wait_for(f"{plane}: {crd['metadata']['name']} served", served, 60)


def _start_aggregated_api(planes: ControlPlanes) -> None:
    api, kubeconfig = planes["karmada"], planes.kubeconfig("karmada")
    certificates = planes.certificates
    name = "karmada-aggregated-apiserver"
    planes.processes.start(
        name,
        [
            planes.engines.binary(name),
            *(
                f"--{which}kubeconfig={kubeconfig}"
                for which in ("", "authentication-", "authorization-")
            ),
            *etcd_flags(f"{planes.states.get('karmada', 'karmada')}-aggregated"),
            f"--tls-cert-file={certificates['server.crt']}",
            f"--tls-private-key-file={certificates['server.key']}",
            "--bind-address=127.0.0.1",
            f"--secure-port={_AGGREGATED}",
        ],
    )
    # No Service of type ClusterIP leads anywhere here: the name is resolved by the API server.
    service = {
        "externalName": "localhost",
        "type": "ExternalName",
        "ports": [{"port": _AGGREGATED}],
    }
    api.request(
        "POST",
        f"/api/v1/namespaces/{_SYSTEM}/services",
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": service},
    )
    api.request(
        "POST",
        "/apis/apiregistration.k8s.io/v1/apiservices",
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1alpha1.cluster.karmada.io"},
            "spec": {
                "group": "cluster.karmada.io",
                "version": "v1alpha1",
                "groupPriorityMinimum": 2000,
                "versionPriority": 10,
                "caBundle": certificates.bundle,
                "service": {"name": name, "namespace": _SYSTEM, "port": _AGGREGATED},
            },
        },
    )
    api.wait_ready(planes.processes.assert_running, "/apis/cluster.karmada.io/v1alpha1/clusters")


def _configure_webhook(planes: ControlPlanes) -> None:
    (file,) = planes.engines.manifests("karmada").rglob("webhook-configuration.yaml")
    text = file.read_text(encoding="utf-8")
    text = text.replace(
        "https://karmada-webhook.karmada-system.svc:443", f"https://127.0.0.1:{_WEBHOOK}"
    ).replace("{{caBundle}}", planes.certificates.bundle)
    for one in documents(text):
        kind = one["kind"].lower() + "s"
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}"
        planes["karmada"].request("POST", path, one)


def _start_webhook(planes: ControlPlanes) -> None:
    planes.processes.start(
        "karmada-webhook",
        [
            planes.engines.binary("karmada-webhook"),
            f"--kubeconfig={planes.kubeconfig('karmada')}",
            "--bind-address=127.0.0.1",
            f"--secure-port={_WEBHOOK}",
            f"--cert-dir={planes.certificates['webhook']}",
            "--metrics-bind-address=127.0.0.1:18081",
            "--health-probe-bind-address=127.0.0.1:18082",
        ],
    )

    def answers() -> None:
        """A policy without a namespaced selector is refused by the webhook alone."""
        try:
            planes["karmada"].create(_REFUSED, dry_run=True)
        except ApiError as refused:
            if "denied the request" in refused.reason:
                return
            raise NotYetError(refused.reason) from None
        raise NotYetError("a policy that it should refuse was taken")

    wait_for("karmada-webhook answers", answers, 60)


_REFUSED: Object = {
    "apiVersion": "policy.karmada.io/v1alpha1",
    "kind": "PropagationPolicy",
    "metadata": {"name": "refused", "namespace": "default"},
    "spec": {
        "resourceSelectors": [
            {"apiVersion": "v1", "kind": "Secret", "name": "a", "namespace": "elsewhere"}
        ]
    },
}


def join(planes: ControlPlanes, member: str) -> None:
    """Register a member, as ``karmadactl join`` does, in push mode."""
    api = planes["karmada"]
    secret = {"namespace": "karmada-cluster", "name": member}
    data = {"token": planes[member].token, "caBundle": planes.certificates.authority}
    api.apply({"apiVersion": "v1", "kind": "Secret", "metadata": dict(secret), "stringData": data})
    api.create(
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": member, "labels": {"site": member}},
            "spec": {
                "id": member,
                "apiEndpoint": f"https://127.0.0.1:{PORTS[member]}",
                "syncMode": "Push",
                "secretRef": secret,
                "impersonatorSecretRef": secret,
            },
        }
    )


def wait_joined(planes: ControlPlanes, member: str) -> None:
    """Until a member is ready and jobs can be placed there."""

    def look() -> None:
        planes.processes.assert_running()
        cluster = planes["karmada"].get("Cluster", member) or {}
        status = cluster.get("status", {})
        ready = any(
            c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", [])
        )
        kinds = {r["kind"] for e in status.get("apiEnablements", []) for r in e["resources"]}
        # Without the kind Karmada's scheduler would leave the member out.
        if not ready or "RayJob" not in kinds:
            raise NotYetError(
                f"conditions {status.get('conditions')}, RayJob in it: {'RayJob' in kinds}"
            )

    wait_for(f"karmada: Cluster {member} ready and serving RayJobs", look, 120)
