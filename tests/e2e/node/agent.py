"""The node: it looks at the cluster's pods again and again, and makes them so."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from tests.e2e.node.claims import provision
from tests.e2e.node.log_server import PORT, LogServer
from tests.e2e.node.network import Bridge, hosts_file, service_names
from tests.e2e.node.placement import reason_to_wait
from tests.e2e.node.pod import Pod
from tests.e2e.node.running_pod import Host, RunningPod
from tests.e2e.node.sandbox import Image
from tests.e2e.node.status import now, unplaced
from tests.e2e.session.api import Api, ApiError, Object

NAME = "process-node"
CAPACITY = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "256Gi", "pods": "110"}
"""What the node says it has.  Processes are not limited: what pods ask for is only counted."""
_PERIOD = 0.5
"""Seconds between two looks.  Listing is cheap at this size, and has no state that can be lost."""


class Agent:
    """The one node of a cluster; ``run`` returns when ``stop`` is set."""

    def __init__(
        self,
        api: Api,
        state: Path,
        image: Image,
        subnet: str,
        names: dict[str, str],
        capacity: dict[str, str],
    ) -> None:
        self._names, self._capacity = names, CAPACITY | capacity
        self._start = time.monotonic()
        self._pods: dict[str, RunningPod] = {}
        self._unplaced: dict[str, str] = {}
        state = state.resolve()
        (state / "logs").mkdir(parents=True, exist_ok=True)
        self._host = Host(api, state, image, Bridge(subnet), self._say)
        self._logs = LogServer(self._host.bridge.gateway, state, self._find)
        self.stop = threading.Event()

    def run(self) -> None:
        """Be the node until stopped, then end every process."""
        try:
            registered = False
            while not self.stop.is_set():
                try:
                    registered = registered or self._register()
                    self._look()
                except ApiError as error:
                    # The API server may come later than the node, and go before it.
                    print(f"node: {error}", file=sys.stderr, flush=True)
                self._logs.look()
                self.stop.wait(_PERIOD)
        finally:
            for running in self._pods.values():
                running.end()
            self._logs.end()
            self._host.bridge.remove()

    def _register(self) -> bool:
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "KubeletReady",
            "message": "pods run as processes",
            "lastTransitionTime": now(),
        }
        addresses = [{"type": "InternalIP", "address": self._host.bridge.gateway}]
        labels = {"kubernetes.io/hostname": NAME}
        self._host.api.apply(
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NAME, "labels": labels}}
        )
        self._host.api.patch_status(
            "Node",
            NAME,
            {
                "capacity": self._capacity,
                "allocatable": self._capacity,
                "conditions": [ready],
                "addresses": addresses,
                "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
            },
        )
        return True

    def _look(self) -> None:
        api = self._host.api
        pods = [Pod(document) for document in api.all_of("Pod")]
        if any(pod.claims and not pod.node for pod in pods):
            claims = api.all_of("PersistentVolumeClaim")
            provision(claims, self._host.state, api)
        else:
            claims = []
        for pod in pods:
            if pod.deleting and pod.node in (None, NAME):
                self._end(pod.uid)
                api.delete("Pod", pod.name, pod.namespace, now=True)
            elif pod.node is None:
                self._place(pod, pods, claims)
            elif pod.node == NAME and pod.uid not in self._pods and pod.phase == "Pending":
                self._pods[pod.uid] = RunningPod(pod, self._host)
        for uid in self._pods.keys() - {pod.uid for pod in pods}:
            self._end(uid)
        self._tell_names()

    def _place(self, pod: Pod, pods: list[Pod], claims: list[Object]) -> None:
        placed = [other for other in pods if other.node == NAME]
        reason = reason_to_wait(pod, placed, claims, self._capacity)
        if reason is None:
            pod.document["spec"]["nodeName"] = NAME
            self._host.api.create(
                {
                    "apiVersion": "v1",
                    "kind": "Binding",
                    "metadata": {"name": pod.name, "namespace": pod.namespace},
                    "target": {"apiVersion": "v1", "kind": "Node", "name": NAME},
                }
            )
        elif self._unplaced.get(pod.uid) != reason:
            self._unplaced[pod.uid] = reason
            self._say(f"{pod.namespace}/{pod.name}: {reason}")
            self._host.api.patch_status("Pod", pod.name, unplaced(reason), pod.namespace)

    def _end(self, uid: str) -> None:
        running = self._pods.pop(uid, None)
        if running:
            running.end()
            self._say(f"{running.pod.namespace}/{running.pod.name}: gone")

    def _find(self, namespace: str, name: str) -> RunningPod | None:
        """The pod whose log is asked for."""
        # Of several with a name the last: the others have ended.
        pods = [one.pod for one in list(self._pods.values())]
        uids = [one.uid for one in pods if (one.namespace, one.name) == (namespace, name)]
        return self._pods.get(uids[-1]) if uids else None

    def _tell_names(self) -> None:
        running = [pod for pod in self._pods.values() if not pod.ended]
        if not running:
            return
        services = self._host.api.all_of("Service")
        found = service_names(
            services, [(r.pod, r.status.address, r.status.ready) for r in running]
        )
        own = {r.pod.name: r.status.address for r in running}
        hosts = hosts_file({**self._names, **found, **own})
        for pod in running:
            pod.know(hosts)

    def _say(self, what: str) -> None:
        print(f"{time.monotonic() - self._start:7.1f}s {what}", flush=True)
