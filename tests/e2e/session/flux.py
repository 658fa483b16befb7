"""Flux's source-controller and kustomize-controller, pointed at a repository by sync/flux/."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.session.api import Object, documents
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.karmada import install_crds
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.waiting import NotYetError, wait_for

NAMESPACE = "flux-system"
_ARTIFACTS = 18100
_REQUESTED = "reconcile.fluxcd.io/requestedAt"


class Flux:
    """Flux on the management API server, with the Karmada kubeconfig that sync/flux/ names."""

    name = "Flux"
    files: tuple[str, ...] = ("repository.yaml", "rendered.yaml")
    """What of sync/flux/ is applied."""

    def __init__(self, planes: ControlPlanes, shipped: Path = ROOT / "sync" / "flux") -> None:
        self.api, self.planes, self.shipped = planes["management"], planes, shipped
        self._applied: list[Object] = []

    def start(self) -> None:
        """Start both controllers."""
        for engine in ("flux-source", "flux-kustomize"):
            install_crds(self.planes, "management", engine)
        self.api.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "karmada-kubeconfig", "namespace": NAMESPACE},
                "stringData": {"value": self.planes.kubeconfig("karmada").read_text()},
            },
        )
        environment = {
            "RUNTIME_NAMESPACE": NAMESPACE,
            "KUBECONFIG": str(self.planes.kubeconfig("management")),
        }
        for number, (name, flags) in enumerate(
            {
                "source-controller": [
                    f"--storage-path={self.planes.directory / 'flux-artifacts'}",
                    f"--storage-addr=127.0.0.1:{_ARTIFACTS}",
                    f"--storage-adv-addr=127.0.0.1:{_ARTIFACTS}",
                ],
                "kustomize-controller": [],
            }.items()
        ):
            (self.planes.directory / "flux-artifacts").mkdir(exist_ok=True)
            self.planes.processes.start(
                name,
                [
                    self.planes.engines.binary(name),
                    f"--metrics-addr=127.0.0.1:{18110 + number}",
                    f"--health-addr=127.0.0.1:{18120 + number}",
                    "--events-addr=",
                    "--enable-leader-election=false",
                    *flags,
                ],
                environment,
            )

    def connect(self, repository: Repository) -> None:
        """Apply the GitRepository and the Kustomization over rendered/."""
        shipped = [
            one
            for name in self.files
            for one in documents((self.shipped / name).read_text(encoding="utf-8"))
        ]
        for one in shipped:
            if one["kind"] == "GitRepository":
                one["spec"]["url"] = repository.url
        self._applied = shipped
        self.api.apply(*shipped)

    def synced(self, commit: str, seconds: float = 180) -> None:
        """Until every Kustomization is Ready at the commit."""
        self._reconcile(commit, seconds)
        for one in self._kustomizations():
            self._wait(one, commit, seconds, ready=True)

    def applied(self, commit: str, seconds: float = 180) -> None:
        """Until every Kustomization has attempted the commit, whatever came of its health."""
        self._reconcile(commit, seconds)
        for one in self._kustomizations():
            self._wait(one, commit, seconds, ready=False)

    def fetch(self) -> None:
        """Ask every GitRepository there is; a Kustomization then follows by itself."""
        for one in self.api.all_of("GitRepository", NAMESPACE):
            self._request(one)

    def restore(self) -> None:
        """Ask for the commit that was applied already."""
        for one in self._kustomizations():
            self._request(one)

    def state(self) -> object:
        """The times at which each condition of each Kustomization last changed, and revisions."""
        found = {}
        for one in self._kustomizations():
            status = self._now(one)["status"]
            found[one["metadata"]["name"]] = (
                status.get("lastAppliedRevision"),
                [(c["type"], c["status"], c["lastTransitionTime"]) for c in status["conditions"]],
            )
        return found

    def disconnect(self) -> None:
        """Delete the Kustomizations without what they applied, then their source."""
        for one in self._kustomizations():
            orphan = {"spec": {"deletionPolicy": "Orphan"}}
            self.api.patch("Kustomization", one["metadata"]["name"], orphan, NAMESPACE)
        for one in self._applied:
            self.api.delete(one["kind"], one["metadata"]["name"], NAMESPACE)
        self._applied = []

    def _kustomizations(self) -> list[Object]:
        return [one for one in self._applied if one["kind"] == "Kustomization"]

    def _now(self, one: Object) -> Object:
        now = self.api.get(one["kind"], one["metadata"]["name"], NAMESPACE)
        assert now, f"Flux: {one['kind']} {one['metadata']['name']} is gone"
        return now

    def _reconcile(self, commit: str, seconds: float) -> None:
        """Ask for the commit as a webhook would, and wait for its artifact."""
        for one in self._applied:
            if one["kind"] == "GitRepository":
                self._request(one)

                def fetched(one: Object = one) -> None:
                    artifact = self._now(one).get("status", {}).get("artifact") or {}
                    if not str(artifact.get("revision", "")).endswith(commit):
                        raise NotYetError(str(self._now(one).get("status")))

                wait_for(f"Flux: GitRepository at {commit[:9]}", fetched, seconds)
        for one in self._kustomizations():
            self._request(one)

    def _request(self, one: Object) -> None:
        change = {"metadata": {"annotations": {_REQUESTED: str(time.time_ns())}}}
        self.api.patch(one["kind"], one["metadata"]["name"], change, NAMESPACE)

    def _wait(self, one: Object, commit: str, seconds: float, *, ready: bool) -> None:
        def look() -> None:
            self.planes.processes.assert_running()
            status = self._now(one).get("status", {})
            conditions = {c["type"]: c for c in status.get("conditions", [])}
            at = status.get("lastAppliedRevision" if ready else "lastAttemptedRevision") or ""
            # Unknown while it is at work.
            ended = ("True",) if ready else ("True", "False")
            if not at.endswith(commit) or conditions.get("Ready", {}).get("status") not in ended:
                raise NotYetError(f"revision {at}, {conditions.get('Ready')}")

        what = "Ready" if ready else "attempted"
        wait_for(
            f"Flux: Kustomization {one['metadata']['name']} {what} at {commit[:9]}", look, seconds
        )


class FluxByNamespace(Flux):
    """As docs/sync.md has it under "Tenancy": a Kustomization for each namespace."""

    files = ("repository.yaml", "namespaces.yaml")

    def connect(self, repository: Repository) -> None:
        """Write what ``rayjobs sync flux`` writes, which each push then writes anew."""
        repository.write_kustomizations()
        super().connect(repository)

    def applied(self, commit: str, seconds: float = 180) -> None:
        """Until the one that brings the others is Ready, and each has attempted the commit."""
        self._reconcile(commit, seconds)
        (whole,) = self._kustomizations()
        self._wait(whole, commit, seconds, ready=True)
        for one in self.api.all_of("Kustomization", NAMESPACE):
            self._wait(one, commit, seconds, ready=False)
