"""etcd and the Kubernetes API servers: Karmada's, two members', and one for the sync engines."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.e2e.engines.build import Engines
from tests.e2e.session.api import Api
from tests.e2e.session.certificates import Certificates, make_certificates
from tests.e2e.session.processes import Processes

PORTS = {"karmada": 16443, "member1": 16444, "member2": 16445, "management": 16446}
"""By name, where each API server listens; the session has a network of its own."""
MEMBERS = ("member1", "member2")
IS_LARGE = "RAYJOBS_SCALE" in os.environ
"""Whether thousands of jobs are timed: engines are then set as they would be for so many."""
_ETCD, _ETCD_PEER = 2379, 2380
_TOKEN = "session"  # it opens nothing outside the session's own network
READER, READERS = "reader", "engineers"
"""A user without any rights, and the group that it is in: its token is its name."""

_ANYWHERE = ("namespace", "garbage-collector")
# What a member needs for claims, for the submitter's Job, for quotas, and for the endpoints through
# which the operator reaches Ray's dashboard.
_MEMBER = (
    *_ANYWHERE, "ttl-after-finished", "job", "endpoints", "endpointslice",
    "persistentvolume-binder", "persistentvolume-expander", "persistentvolumeclaim-protection",
    "resourcequota",
)  # fmt: skip
_CONTROLLERS = {
    "karmada": (*_ANYWHERE, "ttl-after-finished"),
    "management": _ANYWHERE,
    "member1": _MEMBER,
    "member2": _MEMBER,
}


@dataclass
class ControlPlanes:
    """The API servers of a session, with their kubeconfigs."""

    directory: Path
    engines: Engines
    processes: Processes
    certificates: Certificates
    apis: dict[str, Api] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """By name, below which prefix of etcd a server keeps its objects, where it is another."""

    def __getitem__(self, name: str) -> Api:
        return self.apis[name]

    def kubeconfig(self, name: str) -> Path:
        """The kubeconfig of an API server, with everything inline so that it can be moved."""
        return self.directory / f"{name}.kubeconfig"

    def kubeconfig_of_reader(self, name: str) -> Path:
        """As :meth:`kubeconfig`, of the user without rights."""
        file = self.directory / f"{name}-{READER}.kubeconfig"
        document = yaml.safe_load(self.kubeconfig(name).read_text(encoding="utf-8"))
        document["users"][0]["user"]["token"] = READER
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return file


def start_control_planes(directory: Path, engines: Engines, processes: Processes) -> ControlPlanes:
    """Start etcd and every API server with its controllers, and wait until all are ready."""
    certificates = make_certificates(directory / "pki")
    certificates["tokens.csv"].write_text(
        f'{_TOKEN},admin,admin,"system:masters"\n{READER},{READER},{READER},"{READERS}"\n'
    )
    planes = ControlPlanes(directory, engines, processes, certificates)
    _start_etcd(planes)
    for name in PORTS:
        _write_kubeconfig(planes, name)
        planes.apis[name] = Api.read(planes.kubeconfig(name))
        _start_api_server(planes, name)
    for name in PORTS:
        planes[name].wait_ready(processes.assert_running)
        _start_controllers(planes, name)
    return planes


def start_anew(planes: ControlPlanes, name: str) -> None:
    """Replace an API server by one that knows nothing, at the same address."""
    for engine in ("kube-controller-manager", "kube-apiserver"):
        planes.processes.end(f"{engine}-{name}")
    planes.states[name] = f"{planes.states.get(name, name)}-anew"
    _start_api_server(planes, name)
    planes[name].wait_ready(planes.processes.assert_running)
    _start_controllers(planes, name)


def _start_etcd(planes: ControlPlanes) -> None:
    client, peer = f"http://127.0.0.1:{_ETCD}", f"http://127.0.0.1:{_ETCD_PEER}"
    planes.processes.start(
        "etcd",
        [
            planes.engines.binary("etcd"),
            *("--data-dir", planes.directory / "etcd", "--log-level", "error"),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"default={peer}"),
            # Nothing has to outlive the session.
            "--unsafe-no-fsync",
            *("--quota-backend-bytes", str(8 * 1024**3)),
        ],
    )


def etcd_flags(prefix: str) -> list[str]:
    """What points a server at the session's etcd, where it keeps its objects below a prefix."""
    return [f"--etcd-servers=http://127.0.0.1:{_ETCD}", f"--etcd-prefix=/{prefix}"]


def _write_kubeconfig(planes: ControlPlanes, name: str) -> None:
    cluster = {
        "server": f"https://127.0.0.1:{PORTS[name]}",
        "certificate-authority-data": planes.certificates.bundle,
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "admin"}}],
    }
    planes.kubeconfig(name).write_text(yaml.safe_dump(document), encoding="utf-8")


def _start_api_server(planes: ControlPlanes, name: str) -> None:
    certificates = planes.certificates
    # As upstream's Karmada: without them objects of members need neither kubelet nor accounts.
    without = "StorageObjectInUseProtection,ServiceAccount"
    planes.processes.start(
        f"kube-apiserver-{name}",
        [
            planes.engines.binary("kube-apiserver"),
            *etcd_flags(planes.states.get(name, name)),
            f"--secure-port={PORTS[name]}",
            "--bind-address=127.0.0.1",
            # Demanded, and for the Service `kubernetes` only: nobody asks for it here.
            "--advertise-address=198.51.100.1",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            f"--disable-admission-plugins={without}",
            f"--token-auth-file={certificates['tokens.csv']}",
            f"--client-ca-file={certificates['ca.crt']}",
            f"--tls-cert-file={certificates['server.crt']}",
            f"--tls-private-key-file={certificates['server.key']}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={certificates['sa.pub']}",
            f"--service-account-signing-key-file={certificates['sa.key']}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--proxy-client-cert-file={certificates['front.crt']}",
            f"--proxy-client-key-file={certificates['front.key']}",
            f"--requestheader-client-ca-file={certificates['front-ca.crt']}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
        ],
    )


def _start_controllers(planes: ControlPlanes, name: str) -> None:
    kubeconfig = planes.kubeconfig(name)
    controllers = ",".join(f"{short}-controller" for short in _CONTROLLERS[name])
    planes.processes.start(
        f"kube-controller-manager-{name}",
        [
            planes.engines.binary("kube-controller-manager"),
            *(f"--{which}kubeconfig={kubeconfig}" for which in _KUBECONFIGS),
            "--leader-elect=false",
            f"--controllers={controllers}",
            f"--service-account-private-key-file={planes.certificates['sa.key']}",
            f"--root-ca-file={planes.certificates['ca.crt']}",
            "--use-service-account-credentials=false",
            "--secure-port=0",
        ],
    )


_KUBECONFIGS = ("", "authentication-", "authorization-")
