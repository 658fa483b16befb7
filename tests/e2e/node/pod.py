"""A pod as the API server gives it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.session.api import Object


@dataclass(frozen=True)
class Pod:
    """What the node asks of a pod's document."""

    document: Object

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.document["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.document["metadata"]["namespace"])

    @property
    def uid(self) -> str:
        """What tells it from an earlier pod of the same name."""
        return str(self.document["metadata"]["uid"])

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return self.document["metadata"].get("labels") or {}

    @property
    def deleting(self) -> bool:
        """Whether somebody has deleted it, and the node has to end it."""
        return "deletionTimestamp" in self.document["metadata"]

    @property
    def node(self) -> str | None:
        """The node that it was placed on."""
        name = self.document["spec"].get("nodeName")
        return None if name is None else str(name)

    @property
    def phase(self) -> str:
        """Its phase as the API server knows it."""
        return str(self.document.get("status", {}).get("phase", "Pending"))

    @property
    def restart_policy(self) -> str:
        """Always, OnFailure or Never."""
        return str(self.document["spec"].get("restartPolicy", "Always"))

    @property
    def init_containers(self) -> list[Object]:
        """What runs first, one after the other."""
        return self.document["spec"].get("initContainers") or []

    @property
    def containers(self) -> list[Object]:
        """What runs together."""
        found: list[Object] = self.document["spec"]["containers"]
        return found

    @property
    def claims(self) -> list[str]:
        """The names of the claims among its volumes."""
        volumes = self.document["spec"].get("volumes") or []
        sources = [volume.get("persistentVolumeClaim") for volume in volumes]
        return [str(source["claimName"]) for source in sources if source]

    def directory(self, state: Path) -> Path:
        """Where the node keeps what belongs to this pod alone."""
        return state / "pods" / self.uid
