"""What security contexts ask for: whose processes a container's are, and whose files a volume's.

A read-only root file system and seccomp profiles are not imitated: a container has no root file
system of its own here.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.node.environment import ContainerConfigError
from tests.e2e.node.pod import Pod
from tests.e2e.session.api import Object

IMAGE_USER, IMAGE_GROUP = 1000, 100
"""Who owns ``/home/ray`` in Ray's images: ``ray``, of the group ``users``."""
_SET_GROUP_ID, _DIRECTORY, _FILE = 0o2000, 0o770, 0o660


def knows_other_users() -> bool:
    """Whether there are users besides root: not where a session runs without root's rights."""
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[2]) for line in lines) > IMAGE_USER


def rights(pod: Pod, container: Object) -> list[str]:
    """The words before a container's command that give its process what the contexts say.

    They are those of util-linux's setpriv; none where nothing is said.  ContainerConfigError, with
    a kubelet's words, where it must not run as root and would.
    """
    of_pod: Object = pod.document["spec"].get("securityContext") or {}
    context = {**of_pod, **(container.get("securityContext") or {})}
    user: int = context.get("runAsUser", 0)
    if context.get("runAsNonRoot") and user == 0:
        raise ContainerConfigError("container has runAsNonRoot and image will run as root")
    group: int = context.get("runAsGroup", IMAGE_GROUP if user == IMAGE_USER else 0)
    groups = [*of_pod.get("supplementalGroups", ()), *_fs_group(pod)]
    options = []
    if user or group or groups:
        more = f"--groups={','.join(map(str, groups))}" if groups else "--clear-groups"
        options += [f"--reuid={user}", f"--regid={group}", more]
    if context.get("allowPrivilegeEscalation") is False:
        options.append("--no-new-privs")
    if dropped := (context.get("capabilities") or {}).get("drop"):
        names = ",".join(f"-{name.lower().removeprefix('cap_')}" for name in dropped)
        options += [f"--inh-caps={names}", f"--bounding-set={names}"]
    return ["setpriv", *options, "--"] if options else []


def _fs_group(pod: Pod) -> list[int]:
    context = pod.document["spec"].get("securityContext") or {}
    return [context["fsGroup"]] if "fsGroup" in context else []


def give_to_group(pod: Pod, volume: Path) -> None:
    """Let the pod's ``fsGroup`` own a volume, as a kubelet does before the containers start.

    Its pkg/volume/volume_linux.go: the group may read and write every file, and what is made in a
    directory belongs to the group too.
    """
    context: Object = pod.document["spec"].get("securityContext") or {}
    for group in _fs_group(pod):
        top = volume.stat()
        wanted = _SET_GROUP_ID | _DIRECTORY
        has_it = top.st_gid == group and top.st_mode & wanted == wanted
        if has_it and context.get("fsGroupChangePolicy") == "OnRootMismatch":
            return
        for directory, _, files in os.walk(volume):
            _give(Path(directory), group, wanted)
            for file in files:
                _give(Path(directory, file), group, _FILE)


def _give(path: Path, group: int, mode: int) -> None:
    os.chown(path, -1, group, follow_symlinks=False)
    if not path.is_symlink():
        path.chmod(path.stat().st_mode | mode)
