"""The status that a node reports of a pod."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.e2e.node.pod import Pod
from tests.e2e.session.api import Object


def now() -> str:
    """The time as Kubernetes writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass
class ContainerStatus:
    """Where a container is."""

    name: str
    ready: bool = False
    restarts: int = 0
    state: Object = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last: Object = field(default_factory=dict)

    def waits(self, reason: str, message: str) -> None:
        """It does not run, and will be started again."""
        self.ready = False
        self._keep_last()
        self.state = {"waiting": {"reason": reason, "message": message}}

    def runs(self) -> None:
        """Its first process was started."""
        self._keep_last()
        self.state = {"running": {"startedAt": now()}}

    def ended(self, code: int) -> None:
        """Its first process has ended, with a shell's exit code."""
        self.ready = False
        started = self.state.get("running", {}).get("startedAt", now())
        self.state = {
            "terminated": {
                "exitCode": code,
                "reason": "Error" if code else "Completed",
                "startedAt": started,
                "finishedAt": now(),
            }
        }

    @property
    def exit_code(self) -> int | None:
        """How it ended, while it is not started again."""
        ended: Object = self.state.get("terminated", {})
        return ended.get("exitCode")

    def _keep_last(self) -> None:
        if "terminated" in self.state:
            self.last = self.state

    def document(self, image: str) -> Object:
        """The entry in the pod's containerStatuses."""
        return {
            "name": self.name,
            "image": image,
            "imageID": "process",
            "ready": self.ready,
            "started": "running" in self.state,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last,
        }


@dataclass
class PodStatus:
    """Where a pod is: its containers in the order of its spec."""

    pod: Pod
    address: str
    started: str
    init: list[ContainerStatus]
    containers: list[ContainerStatus]

    @property
    def ready(self) -> bool:
        """Whether Services may send to it."""
        return all(container.ready for container in self.containers)

    @property
    def phase(self) -> str:
        """Its phase, as a kubelet decides it."""
        if any(container.exit_code for container in self.init):
            return "Failed"
        codes = [container.exit_code for container in self.containers]
        if all(code is not None for code in codes):
            return "Failed" if any(codes) else "Succeeded"
        begun = any("waiting" not in c.state or c.restarts for c in self.containers)
        return "Running" if begun else "Pending"

    def document(self, node_address: str) -> Object:
        """The status to report."""
        initialized = all(container.exit_code == 0 for container in self.init)
        images = {c["name"]: c["image"] for c in self.pod.init_containers + self.pod.containers}
        conditions = {
            "PodScheduled": True,
            "Initialized": initialized,
            "ContainersReady": self.ready,
            "Ready": self.ready,
        }
        return {
            "phase": self.phase,
            "hostIP": node_address,
            "podIP": self.address,
            "podIPs": [{"ip": self.address}],
            "startTime": self.started,
            "conditions": [
                {"type": kind, "status": str(met), "lastTransitionTime": now()}
                for kind, met in conditions.items()
            ],
            "initContainerStatuses": [c.document(images[c.name]) for c in self.init],
            "containerStatuses": [c.document(images[c.name]) for c in self.containers],
        }


def unplaced(message: str) -> Object:
    """The status of a pod that no node takes."""
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastTransitionTime": now(),
    }
    return {"phase": "Pending", "conditions": [condition]}
