"""Argo CD's repository server and controllers, pointed at a repository by sync/argocd/."""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path

from tests.e2e.session.api import Object, documents
from tests.e2e.session.control_planes import IS_LARGE, ControlPlanes
from tests.e2e.session.karmada import install_crds
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.waiting import NotYetError, wait_for

NAMESPACE = "argocd"
_REDIS, _REPO_SERVER = 16379, 18281
_REFRESH = "argocd.argoproj.io/refresh"
_REFRESH_SET = "argocd.argoproj.io/application-set-refresh"
_PART_OF = {"app.kubernetes.io/part-of": "argocd"}


class ArgoCD:
    """Argo CD on the management API server, with Karmada as a cluster."""

    name = "Argo CD"

    def __init__(self, planes: ControlPlanes, shipped: Path = ROOT / "sync" / "argocd") -> None:
        self.api, self.planes, self.shipped = planes["management"], planes, shipped
        self._applied: list[Object] = []
        self._root = planes.directory / "argocd"

    def start(self) -> None:
        """Start Redis, the repository server and both controllers."""
        install_crds(self.planes, "management", "argocd")
        self.api.apply(*self._settings())
        for name in ("tls", "ssh", "gpg/source", "gpg/keys", "plugins", "bin"):
            (self._root / name).mkdir(parents=True)
        self.planes.processes.start(
            "redis", ["redis-server", *("--port", str(_REDIS), "--save", "", "--bind", "127.0.0.1")]
        )
        redis = f"--redis=127.0.0.1:{_REDIS}"
        self._start(
            "argocd-repo-server",
            "--disable-tls",
            redis,
            f"--port={_REPO_SERVER}",
            "--address=127.0.0.1",
            "--metrics-port=18282",
            "--metrics-address=127.0.0.1",
            # A branch's commit is looked up anew: nothing here tells of a push.
            "--revision-cache-expiration=2s",
        )
        server = f"--repo-server=127.0.0.1:{_REPO_SERVER}"
        self._start(
            "argocd-application-controller",
            redis,
            server,
            "--repo-server-plaintext",
            "--metrics-port=18283",
            # Among ten Applications of 500 jobs a comparison takes long: docs/scale.md.
            *(() if IS_LARGE else ("--app-resync=30",)),
        )
        self._start(
            "argocd-applicationset-controller",
            "--argocd-repo-server",
            f"127.0.0.1:{_REPO_SERVER}",
            "--repo-server-plaintext",
            "--metrics-addr=127.0.0.1:18284",
            "--probe-addr=127.0.0.1:18285",
            "--webhook-addr=127.0.0.1:18286",
            "--enable-leader-election=false",
        )

    def _start(self, called: str, *flags: str) -> None:
        """Start the one binary under the name that chooses what it is."""
        link = self._root / "bin" / called
        link.symlink_to(self.planes.engines.binary("argocd"))
        self.planes.processes.start(
            called,
            [link, *flags, *self._account(called)],
            {
                # One of the controllers reads it from here only.
                "KUBECONFIG": str(self.planes.kubeconfig("management")),
                "ARGOCD_FAKE_IN_CLUSTER": "true",
                "ARGOCD_TLS_DATA_PATH": str(self._root / "tls"),
                "ARGOCD_SSH_DATA_PATH": str(self._root / "ssh"),
                "ARGOCD_GPG_DATA_PATH": str(self._root / "gpg/source"),
                "ARGOCD_GNUPGHOME": str(self._root / "gpg/keys"),
                "ARGOCD_GPG_ENABLED": "false",
                "ARGOCD_PLUGINSOCKFILEPATH": str(self._root / "plugins"),
                "PATH": f"{self._root / 'bin'}:{os.environ['PATH']}",
            },
        )

    def _account(self, called: str) -> list[str]:
        kubeconfig = f"--kubeconfig={self.planes.kubeconfig('management')}"
        # The repository server talks to no API server.
        return [] if called == "argocd-repo-server" else [kubeconfig, f"--namespace={NAMESPACE}"]

    def _settings(self) -> list[Object]:
        """What an installation of Argo CD has before anything is pointed at a repository."""
        (file,) = self.planes.engines.manifests("argocd").rglob("argocd-cm.yaml")
        (config,) = documents(file.read_text(encoding="utf-8"))
        config["metadata"]["namespace"] = NAMESPACE
        secret = {"name": "argocd-secret", "namespace": NAMESPACE, "labels": _PART_OF}
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            config,
            {"apiVersion": "v1", "kind": "Secret", "metadata": secret,
             "stringData": {"server.secretkey": secrets.token_hex(16)}},
        ]  # fmt: skip

    def connect(self, repository: Repository) -> None:
        """Apply what sync/argocd/ ships, with this session's addresses."""
        project, applications = (
            next(documents((self.shipped / name).read_text(encoding="utf-8")))
            for name in ("project.yaml", "applicationset.yaml")
        )
        (health,) = documents((self.shipped / "argocd-cm.yaml").read_text(encoding="utf-8"))
        self.api.patch("ConfigMap", "argocd-cm", health, NAMESPACE)
        project["spec"]["sourceRepos"] = [repository.url]
        for generator in applications["spec"]["generators"]:
            # Asked for new directories often: nothing here tells it of a push.
            generator["git"] |= {"repoURL": repository.url, "requeueAfterSeconds": 3}
        applications["spec"]["template"]["spec"]["source"]["repoURL"] = repository.url
        self._applied = [self._cluster(), project, applications]
        self.api.apply(*self._applied)

    def _cluster(self) -> Object:
        """The Secret of the cluster, from Karmada's kubeconfig by the shipped template."""
        ran = subprocess.run(
            [
                *(self.planes.engines.binary("kubectl"), "config", "view", "--raw", "--minify"),
                *("--flatten", "--kubeconfig", self.planes.kubeconfig("karmada")),
                f"--output=go-template-file={self.shipped / 'cluster-secret.gotemplate'}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        (secret,) = documents(ran.stdout)
        return secret

    def synced(self, commit: str, seconds: float = 180) -> None:
        """Until every directory has an Application that is Synced and healthy at the commit."""
        self._wait(commit, seconds, healthy=True)

    def applied(self, commit: str, seconds: float = 180) -> None:
        """Until every Application is Synced at the commit, whatever its health."""
        self._wait(commit, seconds, healthy=False)

    def fetch(self) -> None:
        """Ask every ApplicationSet and Application there is."""
        for one in self.api.all_of("ApplicationSet", NAMESPACE):
            change = {"metadata": {"annotations": {_REFRESH_SET: "true"}}}
            self.api.patch("ApplicationSet", one["metadata"]["name"], change, NAMESPACE)
        for one in self.applications():
            self._refresh(one, "normal")

    def restore(self) -> None:
        """Compare with the cluster anew, without what is kept of it."""
        for one in self.applications():
            self._refresh(one, "hard")

    def _refresh(self, application: Object, how: str) -> None:
        """Ask an Application, which goes with the last job of its namespace."""
        change = {"metadata": {"annotations": {_REFRESH: how}}}
        name = application["metadata"]["name"]
        self.api.patch_if_there("Application", name, change, NAMESPACE)

    def applications(self) -> list[Object]:
        """The Applications that the ApplicationSet has made."""
        return self.api.all_of("Application", NAMESPACE)

    def state(self) -> object:
        """For each Application its status and how often it was synced."""
        return {
            one["metadata"]["name"]: (
                one["status"]["sync"],
                one["status"].get("health", {}).get("status"),
                [entry["id"] for entry in one["status"].get("history", [])],
                one["status"].get("operationState", {}).get("finishedAt"),
            )
            for one in self.applications()
        }

    def disconnect(self) -> None:
        """Delete the ApplicationSet and its Applications; what they synced stays."""
        for one in self.applications():
            name = one["metadata"]["name"]
            self.api.patch_if_there(
                "Application", name, {"metadata": {"finalizers": None}}, NAMESPACE
            )
        for one in reversed(self._applied):
            if one["kind"] == "ApplicationSet":
                self.api.delete(one["kind"], one["metadata"]["name"], NAMESPACE)
        self._applied = []

    def _wait(self, commit: str, seconds: float, *, healthy: bool) -> None:
        asked: set[str] = set()

        def look() -> None:
            self.planes.processes.assert_running()
            applications = self.applications()
            if not applications:
                raise NotYetError("there is no Application")
            for one in applications:
                name = one["metadata"]["name"]
                if name not in asked:
                    asked.add(name)
                    self._refresh(one, "normal")
            for one in applications:
                _assert_synced(one, commit, healthy=healthy)

        wait_for(f"Argo CD: every Application Synced at {commit[:9]}", look, seconds)


def _assert_synced(one: Object, commit: str, *, healthy: bool) -> None:
    """NotYetError, with what is the matter, where an Application is not."""
    status = one.get("status", {})
    sync, health = status.get("sync", {}), status.get("health", {}).get("status")
    operation = status.get("operationState", {})
    is_synced = sync.get("status") == "Synced" and sync.get("revision") == commit
    # What was in step from the start has had no operation.
    is_over = operation.get("phase") in (None, "Succeeded")
    if not is_synced or not is_over or (healthy and health != "Healthy"):
        raise NotYetError(
            f"{one['metadata']['name']}: {sync.get('status')} at {sync.get('revision')}, {health}, "
            f"{operation.get('phase')}: {operation.get('message')}; "
            f"{[c.get('message') for c in status.get('conditions', [])]}"
        )
