"""The life of one pod on the node."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.node.environment import ContainerConfigError, environment, expanded
from tests.e2e.node.network import Bridge
from tests.e2e.node.pod import Pod
from tests.e2e.node.sandbox import Image, Sandbox
from tests.e2e.node.security import rights
from tests.e2e.node.status import ContainerStatus, PodStatus, now
from tests.e2e.node.volumes import make_volumes, mounts
from tests.e2e.session.api import Api, ApiError, Object

_RETRY = 1.0
"""Seconds between two looks for a Secret that is missing."""
_BACK_OFF = (10.0, 300.0)
"""Seconds before the first restart, doubled with each, and the most; a kubelet's."""


@dataclass(frozen=True)
class Host:
    """What all pods of a node share."""

    api: Api
    state: Path
    image: Image
    bridge: Bridge
    say: Callable[[str], None]


class RunningPod:
    """A pod whose containers are started, restarted and watched until it ends."""

    def __init__(self, pod: Pod, host: Host) -> None:
        self.pod, self._host = pod, host
        make_volumes(pod, host.state)
        self._sandbox = Sandbox(pod.name, pod.directory(host.state), host.bridge)
        self._ending = threading.Event()
        self._changing = threading.Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.status = PodStatus(
            pod,
            self._sandbox.address,
            now(),
            [ContainerStatus(container["name"]) for container in pod.init_containers],
            [ContainerStatus(container["name"]) for container in pod.containers],
        )
        self._life = threading.Thread(target=self._live, name=pod.name, daemon=True)
        self._life.start()

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs, or will run, any more."""
        return not self._life.is_alive()

    def know(self, hosts: str) -> None:
        """Let its containers see ``hosts`` as their hosts file."""
        if not self.ended:
            self._sandbox.know(hosts)

    def end(self) -> None:
        """End it at once: its state is thrown away, so that a grace period would only cost time."""
        self._ending.set()
        with self._changing:
            for process in self._processes.values():
                self._sandbox.kill(process)
        self._life.join()

    def _live(self) -> None:
        try:
            self._report()
            for container, status in zip(self.pod.init_containers, self.status.init, strict=True):
                if not self._run(container, status, init=True):
                    return
            workers = [
                threading.Thread(
                    target=self._run, args=pair, name=f"{self.pod.name}/{pair[1].name}"
                )
                for pair in zip(self.pod.containers, self.status.containers, strict=True)
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        finally:
            self._report()
            self._sandbox.close()

    def _run(self, container: Object, status: ContainerStatus, *, init: bool = False) -> bool:
        """Run a container until it is not started again; whether it ended well."""
        wait, most = _BACK_OFF
        while not self._ending.is_set():
            started = self._start(container, status)
            if started is None:
                return False
            process, variables = started
            status.runs()
            self._say(status, "started")
            self._report()
            if not init:
                self._wait_until_ready(container, status, process, variables)
            code = process.wait()
            # A shell's way to say which signal it was.
            code = code if code >= 0 else 128 - code
            status.ended(code)
            self._say(status, f"ended with {code}")
            self._report()
            if not self._again(code, init=init):
                return code == 0
            if self._ending.wait(wait):
                break
            status.waits("CrashLoopBackOff", f"back-off {wait:.0f}s restarting failed container")
            status.restarts += 1
            wait = min(wait * 2, most)
        return False

    def _again(self, code: int, *, init: bool) -> bool:
        policy = self.pod.restart_policy
        if self._ending.is_set() or policy == "Never" or (init and code == 0):
            return False
        return policy == "Always" or code != 0

    def _start(
        self, container: Object, status: ContainerStatus
    ) -> tuple[subprocess.Popen[bytes], dict[str, str]] | None:
        """The first process and its variables, once all is there; None if the pod has to end."""
        host, log = self._host, self._host.state / "logs"
        while not self._ending.is_set():
            try:
                variables = environment(self.pod, container, self.status.address, host.api)
                directories = mounts(self.pod, container, host.state, host.api)
                who = rights(self.pod, container)
                words = [*(container.get("command") or []), *(container.get("args") or [])]
                with self._changing:
                    if self._ending.is_set():
                        return None
                    process = self._processes[status.name] = self._sandbox.start(
                        [*who, *(expanded(word, variables) for word in words)],
                        variables,
                        host.image,
                        directories,
                        log / f"{self.pod.name}.{status.name}.log",
                    )
                return process, variables
            except ContainerConfigError as error:
                self._cannot_start(status, str(error))
            except ApiError as error:
                print(f"{self.pod.name}: {error}", file=sys.stderr, flush=True)
            self._ending.wait(_RETRY)
        return None

    def _cannot_start(self, status: ContainerStatus, message: str) -> None:
        said = {"waiting": {"reason": "CreateContainerConfigError", "message": message}}
        if status.state != said:
            status.waits("CreateContainerConfigError", message)
            self._say(status, message)
            self._report()

    def _wait_until_ready(
        self,
        container: Object,
        status: ContainerStatus,
        process: subprocess.Popen[bytes],
        variables: dict[str, str],
    ) -> None:
        """Ask the readiness probe until it succeeds once: nothing here becomes unready again."""
        probe = container.get("readinessProbe") or {}
        asked = probe.get("exec", {}).get("command")
        command = asked and [*rights(self.pod, container), *asked]
        period, seconds = probe.get("periodSeconds", 10), probe.get("timeoutSeconds", 1)
        variables = self._host.image.environment | variables
        said = None
        time_to_ask = time.monotonic() + probe.get("initialDelaySeconds", 0)
        while process.poll() is None:
            if time.monotonic() >= time_to_ask:
                failure = command and self._sandbox.run(process, command, variables, seconds)
                if not failure:
                    status.ready = True
                    self._say(status, "ready")
                    self._report()
                    return
                if failure != said:
                    said = failure
                    self._say(status, f"not ready: {failure}")
                time_to_ask = time.monotonic() + period
            self._ending.wait(0.2)

    def _say(self, status: ContainerStatus, what: str) -> None:
        self._host.say(f"{self.pod.namespace}/{self.pod.name}/{status.name}: {what}")

    def _report(self) -> None:
        with self._changing:
            document = self.status.document(self._host.bridge.gateway)
            try:
                self._host.api.patch_status("Pod", self.pod.name, document, self.pod.namespace)
            except ApiError as error:
                if error.status != 404:
                    print(f"{self.pod.name}: {error}", file=sys.stderr, flush=True)
