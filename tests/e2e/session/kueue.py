"""Kueue in one member: it holds RayJobs of a queue back until the queue has room for them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import yaml

from tests.e2e.session.api import ApiError, Object, documents
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.karmada import install_crds
from tests.e2e.session.waiting import NotYetError, wait_for

_WEBHOOK, _METRICS, _HEALTH = 18450, 18451, 18452
_PATH = "/apis/admissionregistration.k8s.io/v1"
# Webhooks for kinds that Kueue is not told to manage answer nobody, and would refuse all of them.
_KINDS = {"rayjobs", "rayclusters", "clusterqueues", "resourceflavors", "workloads", "cohorts"}


def start_kueue(planes: ControlPlanes, member: str) -> None:
    """Start Kueue for a member's RayJobs, and wait until its webhooks answer."""
    install_crds(planes, member, "kueue")
    api, directory = planes[member], planes.directory / "kueue"
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kueue-system"}})
    # Once more for the next sync engine, where one session has both.
    directory.mkdir(exist_ok=True)
    configuration = directory / "configuration.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(planes)), encoding="utf-8")
    planes.processes.start(
        "kueue",
        [
            *_with_certificates(planes, directory),
            planes.engines.binary("kueue"),
            f"--config={configuration}",
            # It would serve an API of its own through the member's API server.
            "--feature-gates=VisibilityOnDemand=false",
        ],
        {"KUBECONFIG": str(planes.kubeconfig(member))},
    )
    for one in _webhooks(planes):
        api.request("POST", f"{_PATH}/{one['kind'].lower()}s", one)

    def answers() -> None:
        planes.processes.assert_running()
        try:
            api.create(queue("answers", cpu=1)[0], dry_run=True)
        except ApiError as refused:
            raise NotYetError(str(refused)) from None

    wait_for(f"{member}: Kueue's webhooks answer", answers, 120)


def _with_certificates(planes: ControlPlanes, directory: Path) -> list[str | Path]:
    """Runs what follows where /etc has the certificate of Kueue's metrics.

    Kueue reads it from a path that nothing changes (its cmd/kueue/main.go, 0.17.0). The session's
    mounts are its own, and this one is the process's alone.
    """
    certificates = directory / "etc" / "kueue" / "metrics" / "certs"
    certificates.mkdir(parents=True, exist_ok=True)
    (directory / "work").mkdir(exist_ok=True)
    for name in ("tls.crt", "tls.key"):
        shutil.copy(planes.certificates["webhook"] / name, certificates)
    layers = f"lowerdir=/etc,upperdir={directory / 'etc'},workdir={directory / 'work'}"
    words = f'mount -t overlay overlay -o {layers} /etc && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", words, "kueue"]


def end_kueue(planes: ControlPlanes, member: str) -> None:
    """End Kueue and take its webhooks away, without which the member takes no RayJob."""
    for one in _webhooks(planes):
        path = f"{_PATH}/{one['kind'].lower()}s/{one['metadata']['name']}"
        # There is none where it ended before it answered.
        with suppress(ApiError):
            planes[member].request("DELETE", path)
    planes.processes.end("kueue")


def queue(name: str, cpu: int, namespace: str = "default") -> list[Object]:
    """A queue with room for some CPUs: a ResourceFlavor, a ClusterQueue and a LocalQueue."""
    version = "kueue.x-k8s.io/v1beta2"
    resources = [
        {"name": "cpu", "nominalQuota": str(cpu)},
        {"name": "memory", "nominalQuota": "100Gi"},
    ]
    return [
        {"apiVersion": version, "kind": "ResourceFlavor", "metadata": {"name": name}},
        {
            "apiVersion": version,
            "kind": "ClusterQueue",
            "metadata": {"name": name},
            "spec": {
                "namespaceSelector": {},
                "resourceGroups": [
                    {
                        "coveredResources": ["cpu", "memory"],
                        "flavors": [{"name": name, "resources": resources}],
                    }
                ],
            },
        },
        {
            "apiVersion": version,
            "kind": "LocalQueue",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterQueue": name},
        },
    ]


def _configuration(planes: ControlPlanes) -> Object:
    return {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "namespace": "kueue-system",
        "health": {"healthProbeBindAddress": f"127.0.0.1:{_HEALTH}"},
        "metrics": {"bindAddress": f"127.0.0.1:{_METRICS}"},
        "webhook": {"port": _WEBHOOK, "certDir": str(planes.certificates["webhook"])},
        "leaderElection": {"leaderElect": False},
        "internalCertManagement": {"enable": False},
        "integrations": {"frameworks": ["ray.io/rayjob", "ray.io/raycluster"]},
    }


def _webhooks(planes: ControlPlanes) -> list[Object]:
    """The webhook configurations that Kueue ships, for the kinds and the address of here."""
    (file,) = planes.engines.manifests("kueue").rglob("webhook/manifests.yaml")
    found = []
    for one in documents(file.read_text(encoding="utf-8")):
        kept = []
        for webhook in one["webhooks"]:
            if {kind for rule in webhook["rules"] for kind in rule["resources"]} & _KINDS:
                path = webhook["clientConfig"]["service"]["path"]
                url = f"https://127.0.0.1:{_WEBHOOK}{path}"
                client = {"url": url, "caBundle": planes.certificates.bundle}
                kept.append({**webhook, "clientConfig": client})
        one["metadata"]["name"] = f"kueue-{one['metadata']['name']}"
        found.append({**one, "webhooks": kept})
    return found
