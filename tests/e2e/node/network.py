"""One bridge for the pods of a member, their addresses, and the names that they know."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterable, Mapping

from tests.e2e.node.pod import Pod
from tests.e2e.session.api import Object

_NOWHERE = subprocess.DEVNULL
_TRIES = 50


class Bridge:
    """The bridge of one subnet, ``A.B.C.0/24``; the node itself is ``A.B.C.1``."""

    def __init__(self, subnet: str) -> None:
        self._subnet = subnet
        self._taken: set[int] = set()
        self._lock = threading.Lock()
        # The name of an interface has at most 15 characters.
        self.name = "pods-" + "".join(f"{int(part):02x}" for part in subnet.split("."))
        # A node that was killed has left its own.
        subprocess.run(["ip", "link", "delete", self.name], check=False, stderr=_NOWHERE)
        ip("link", "add", self.name, "type", "bridge")
        ip("address", "add", f"{self.gateway}/24", "dev", self.name)
        ip("link", "set", self.name, "up")

    @property
    def gateway(self) -> str:
        """The node's own address, which pods reach it by."""
        return f"{self._subnet}.1"

    def take(self) -> str:
        """An address that no pod has."""
        with self._lock:
            last = min(set(range(2, 255)) - self._taken)
            self._taken.add(last)
        return f"{self._subnet}.{last}"

    def connect(self, pid: int, address: str) -> None:
        """Give the network namespace of process ``pid`` an interface with ``address``."""
        end = self._end(address)
        self._add(end, pid)
        ip("link", "set", end, "master", self.name, "up")
        inside = ["nsenter", "--net", "--target", str(pid), "ip"]
        for arguments in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            # xgboost and Ray find their own address by a route to anywhere.
            ("route", "add", "default", "via", self.gateway),
        ):
            subprocess.run([*inside, *arguments], check=True)

    def _add(self, end: str, pid: int) -> None:
        """Make a pair of interfaces.

        One of the name may be there still: of a node that was killed, or of the address's last pod,
        which the kernel removes some time after the pod's namespace.
        """
        pair = ("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
        for _ in range(_TRIES):
            try:
                ip(*pair)
            except subprocess.CalledProcessError:
                subprocess.run(["ip", "link", "delete", end], check=False, stderr=_NOWHERE)
                time.sleep(0.1)
            else:
                return
        ip(*pair)

    def disconnect(self, address: str) -> None:
        """Remove the pod's interface and let another pod have the address.

        The kernel does it too, but some time after the namespace's last process has ended.
        """
        subprocess.run(["ip", "link", "delete", self._end(address)], check=False, stderr=_NOWHERE)
        with self._lock:
            self._taken.discard(int(address.rpartition(".")[2]))

    def _end(self, address: str) -> str:
        return f"{self.name.removeprefix('pods-')}-{address.rpartition('.')[2]}"

    def remove(self) -> None:
        """Remove the bridge, once all pods are disconnected."""
        ip("link", "delete", self.name)


def ip(*arguments: str) -> None:
    """Run iproute2's ``ip``; subprocess.CalledProcessError when it refuses."""
    subprocess.run(["ip", *arguments], check=True)


def service_names(
    services: Iterable[Object], pods: Iterable[tuple[Pod, str, bool]]
) -> dict[str, str]:
    """The address of each Service's first pod by the Service's names, for a hosts file.

    ``pods`` are those that run, with their addresses and whether they are ready.
    """
    running = list(pods)
    names: dict[str, str] = {}
    for service in services:
        name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
        selector = service["spec"].get("selector")
        unready = service["spec"].get("publishNotReadyAddresses", False)
        for pod, address, ready in running:
            chosen = pod.namespace == namespace and _selects(selector, pod.labels)
            if chosen and (ready or unready):
                full = f"{name}.{namespace}"
                names |= dict.fromkeys((f"{full}.svc.cluster.local", f"{full}.svc", full), address)
                break
    return names


def _selects(selector: Mapping[str, str] | None, labels: Mapping[str, str]) -> bool:
    # A Service without a selector selects nothing, not everything.
    return bool(selector) and (selector or {}).items() <= labels.items()


def hosts_file(names: Mapping[str, str]) -> str:
    """The text of a hosts file."""
    rows = [f"{address} {name}" for name, address in names.items()]
    return "\n".join(["127.0.0.1 localhost", *rows]) + "\n"
