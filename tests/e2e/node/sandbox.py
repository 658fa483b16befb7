"""A pod's namespaces, and processes in them."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.node.environment import ContainerConfigError
from tests.e2e.node.network import Bridge
from tests.e2e.node.security import IMAGE_GROUP, IMAGE_USER, knows_other_users

_PRIVATE = ("/home", "/tmp", "/mnt", "/root")
"""What each container has for itself: everything else is the machine's, and is not written to.

Nobody but root enters a ``/root``, where the image may lie.
"""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What a real pod sandbox's pause container does: hold the namespaces while containers come and go.
_PAUSE = """set -e
echo "$1" > /proc/sys/kernel/hostname
mount --bind "$2/hosts" /etc/hosts
if [ -e /etc/resolv.conf ]; then mount --bind "$2/resolv.conf" /etc/resolv.conf; fi
for volume in "$2"/memory/*; do
    if [ -d "$volume" ]; then mount -t tmpfs memory "$volume"; fi
done
echo up
exec sleep infinity
"""


@dataclass(frozen=True)
class Mount:
    """A directory of the node at a path in a container."""

    source: Path
    target: str
    read_only: bool = False


class Image:
    """What stands for every container image: ``bin/``, ``home/`` and the Python in ``venv/``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        python = (self.directory / "venv" / "bin" / "python").resolve()
        used = {self.directory, (self.directory / "venv").resolve(), python.parent.parent}
        self.hidden = sorted(
            path for path in used if any(path.is_relative_to(place) for place in _PRIVATE)
        )
        """What a container would not see any more, were it not mounted again."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that every container has."""
        return {
            "PATH": f"{self.directory}/bin:{_PATH}",
            "HOME": "/home/ray",
            "LANG": "C.UTF-8",
        }


class Sandbox:
    """The namespaces of one pod; they go with ``close``."""

    def __init__(self, name: str, directory: Path, bridge: Bridge) -> None:
        self._directory, self._bridge = directory, bridge
        self._closing, self._closed = threading.Lock(), False
        self.address = bridge.take()
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "hosts").touch()
        # Without a server names that are not in the hosts file fail at once.
        (directory / "resolv.conf").write_text("options timeout:1 attempts:1\n", encoding="utf-8")
        self._pause = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh", "-c", _PAUSE, "pause", name, directory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._pause.stdout
        if self._pause.stdout.readline() != "up\n":
            raise RuntimeError(f"the namespaces of {name} could not be made: is this run by root?")
        try:
            bridge.connect(self._pause.pid, self.address)
        except subprocess.CalledProcessError:
            self.close()
            raise

    def know(self, hosts: str) -> None:
        """Replace the text of the pod's hosts file, in place: containers have it mounted.

        Nothing where the pod has closed meanwhile, in the thread that runs it.
        """
        file = self._directory / "hosts"
        with self._closing:
            if not self._closed and file.read_text(encoding="utf-8") != hosts:
                file.write_text(hosts, encoding="utf-8")

    def start(
        self,
        arguments: list[str],
        environment: dict[str, str],
        image: Image,
        mounts: list[Mount],
        log: Path,
    ) -> subprocess.Popen[bytes]:
        """Start a container's first process, with a tree of its own that ends with it."""
        script = container_script(image, mounts)
        with log.open("ab") as output:
            return subprocess.Popen(
                [
                    *self._enter(self._pause.pid, "--net", "--mount", "--uts"),
                    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
                    *("bash", "-c", script, "container", *arguments),
                ],
                env={**image.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(
        self,
        container: subprocess.Popen[bytes],
        arguments: list[str],
        environment: dict[str, str],
        seconds: float,
    ) -> str | None:
        """Run a command inside ``container``, as an exec probe does: None, or how it failed."""
        first = _first_process(container)
        if first is None:
            return "it has no processes"
        entered = self._enter(first, "--net", "--mount", "--uts", "--pid")
        try:
            ran = subprocess.run(
                [*entered, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer in {seconds}s"
        return f"exit code {ran.returncode}: {ran.stdout.strip()}" if ran.returncode else None

    @staticmethod
    def kill(container: subprocess.Popen[bytes]) -> None:
        """Kill a container's processes; all are gone when waiting for it returns."""
        # The kernel lets the first process go last. Killing unshare would not wait for any.
        first = _first_process(container)
        if first is None:
            container.kill()
            return
        with suppress(ProcessLookupError):
            os.kill(first, signal.SIGKILL)

    def close(self) -> None:
        """End the namespaces, once no container runs in them."""
        self._pause.kill()
        self._pause.wait()
        if self._pause.stdout:
            self._pause.stdout.close()
        self._bridge.disconnect(self.address)
        with self._closing:
            self._closed = True
            shutil.rmtree(self._directory, ignore_errors=True)

    @staticmethod
    def _enter(pid: int, *namespaces: str) -> list[str]:
        return ["nsenter", *namespaces, "--target", str(pid), "--"]


def _first_process(container: subprocess.Popen[bytes]) -> int | None:
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    try:
        return int(children.read_text(encoding="ascii").split()[0])
    except (OSError, IndexError):
        return None


def container_script(image: Image, mounts: list[Mount]) -> str:
    """What a container's shell does before it becomes the container's own command.

    ContainerConfigError for a mount whose place would have to be made on the machine itself.
    """
    for mount in mounts:
        target = Path(os.path.normpath(mount.target))
        private = any(target.is_relative_to(place) for place in _PRIVATE)
        if not private and not target.is_dir():
            raise ContainerConfigError(f"the node has no {mount.target} to mount a volume at")
    kept = [Mount(path, str(path)) for path in image.hidden]
    wanted = [*kept, *mounts]
    lines = ["set -e", "mount -t tmpfs staging /mnt"]
    for number, mount in enumerate(wanted):
        lines += [
            f"mkdir /mnt/{number}",
            _words("mount", "--rbind", mount.source, f"/mnt/{number}"),
        ]
    # The staging place is private itself: it is moved to where it hides nothing.
    lines += ["mount -t tmpfs tmp /tmp", "chmod 1777 /tmp", "mkdir /tmp/.staging"]
    lines += ["mount --rbind /mnt /tmp/.staging", "umount --lazy /mnt", "mount -t tmpfs mnt /mnt"]
    lines += ["mount -t tmpfs -o mode=755 root /root"]
    lines += ["mount -t tmpfs home /home", "mkdir /home/ray"]
    copy = ["cp", "-r", f"{image.directory}/home/.", "/home/ray"]
    if knows_other_users():
        lines.append(f"chown {IMAGE_USER}:{IMAGE_GROUP} /home/ray")
        owner = [f"--reuid={IMAGE_USER}", f"--regid={IMAGE_GROUP}", "--clear-groups"]
        copy = ["setpriv", *owner, *copy]
    for number, mount in enumerate(wanted):
        lines += [
            _words("mkdir", "-p", mount.target),
            _words("mount", "--rbind", f"/tmp/.staging/{number}", mount.target),
        ]
        if mount.read_only:
            lines.append(_words("mount", "-o", "remount,bind,ro", mount.target))
    lines += ["umount --lazy /tmp/.staging", "rmdir /tmp/.staging"]
    lines += [_words(*copy), "cd /home/ray"]
    return "\n".join([*lines, 'exec "$@"', ""])


def _words(*words: str | Path) -> str:
    return shlex.join(map(str, words))
