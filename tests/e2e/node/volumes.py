"""A pod's volumes as directories of the node."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.e2e.node.environment import KINDS, ContainerConfigError
from tests.e2e.node.pod import Pod
from tests.e2e.node.sandbox import Mount
from tests.e2e.node.security import give_to_group
from tests.e2e.session.api import Api, Object


def claim_directory(state: Path, namespace: str, claim: str) -> Path:
    """Where the data of a claim lie; they stay when pods and the claim go."""
    return state / "claims" / namespace / claim


def make_volumes(pod: Pod, state: Path) -> None:
    """Make what lives and dies with the pod, and let its group own what it may write to.

    Before its namespaces, which mount memory.
    """
    for volume in pod.document["spec"].get("volumes") or []:
        if claim := volume.get("persistentVolumeClaim"):
            give_to_group(pod, claim_directory(state, pod.namespace, claim["claimName"]))
            continue
        directory = _own(pod, volume, state)
        directory.mkdir(parents=True, exist_ok=True)
        if "emptyDir" in volume:
            directory.chmod(0o777)
            give_to_group(pod, directory)


def mounts(pod: Pod, container: Object, state: Path, api: Api) -> list[Mount]:
    """What ``container`` mounts, with the files of Secrets and ConfigMaps written.

    ContainerConfigError where one of those is missing.
    """
    volumes = {volume["name"]: volume for volume in pod.document["spec"].get("volumes") or []}
    found = []
    for mount in container.get("volumeMounts") or []:
        source = _source(pod, volumes[mount["name"]], state, api) / mount.get("subPath", "")
        if not source.exists():
            source.mkdir(parents=True)
        found.append(Mount(source, mount["mountPath"], mount.get("readOnly", False)))
    return found


def _source(pod: Pod, volume: Object, state: Path, api: Api) -> Path:
    claim = volume.get("persistentVolumeClaim")
    if claim:
        return claim_directory(state, pod.namespace, claim["claimName"])
    directory = _own(pod, volume, state)
    for kind, named in (("secret", "secretName"), ("configMap", "name")):
        if kind in volume:
            name = volume[kind][named]
            found = api.get(KINDS[kind], name, pod.namespace)
            if found is None:
                raise ContainerConfigError(f'{kind.lower()} "{name}" not found')
            for key, text in (found.get("data") or {}).items():
                value = base64.b64decode(text) if kind == "secret" else text.encode()
                (directory / key).write_bytes(value)
    return directory


def _own(pod: Pod, volume: Object, state: Path) -> Path:
    memory = (volume.get("emptyDir") or {}).get("medium") == "Memory"
    return pod.directory(state) / ("memory" if memory else "volumes") / str(volume["name"])
