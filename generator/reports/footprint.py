"""What a job takes, read back from the manifest that was rendered before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from generator.check.outcome import JobSummary
from generator.source.json_document import JSON
from generator.source.yaml_document import decode_yaml_documents

T = TypeVar("T")

_LARGEST = 256 * 1024
"""Bytes: KubeRay takes less, and what was rendered may since have been edited."""
_CPU_AND_MEMORY = ("cpu", "memory")
_COUNT = re.compile(r"[0-9]{1,12}")
_GIBIBYTES = re.compile(r"([0-9]{1,12})Gi")


@dataclass(frozen=True, slots=True)
class Footprint:
    """Clusters of a job, on how many of them all of it runs, and what all copies take."""

    clusters: tuple[str, ...]
    copies: int
    gpus: int
    cpu_cores: int
    memory_gib: int


class _UnknownError(Exception):
    """The manifest is not as it is rendered."""


def footprint(job: JobSummary) -> Footprint:
    """What a job will take."""
    return Footprint(tuple(job.clusters), job.copies, job.gpus, job.cpu_cores, job.memory_gib)


def is_job(manifest: bytes) -> bool:
    """Whether a rendered file is a job's."""
    return b"\nkind: RayJob\n" in manifest


def footprint_in(manifest: bytes) -> Footprint | None:
    """What the job of a rendered file takes; None where the file is not as it is rendered."""
    if len(manifest) > _LARGEST:
        return None
    documents = list(decode_yaml_documents(manifest.decode("utf-8", "backslashreplace")))
    if any(document.problems for document in documents):
        return None
    by_kind = {str(_member(document.value, "kind")): document.value for document in documents}
    try:
        clusters, copies = _placed(by_kind.get("PropagationPolicy"))
        cpu, memory, gpus = _one_copy(by_kind.get("RayJob"))
    except _UnknownError:
        return None
    return Footprint(clusters, copies, gpus * copies, cpu * copies, memory * copies)


def _placed(policy: JSON) -> tuple[tuple[str, ...], int]:
    """Clusters and copies: a constraint or an order of preference lets one cluster run it.

    Which clusters had the labels that a job asked for, its manifest does not tell.
    """
    placement = _member(_member(policy, "spec"), "placement")
    affinities = _member(placement, "clusterAffinities")
    named = affinities if isinstance(affinities, list) else [_member(placement, "clusterAffinity")]
    if any(_member(affinity, "labelSelector") is not None for affinity in named):
        raise _UnknownError
    names = (name for one in named for name in _typed(_member(one, "clusterNames"), list))
    clusters = tuple(_typed(name, str) for name in names)
    is_single = isinstance(affinities, list) or _member(placement, "spreadConstraints") is not None
    return clusters, 1 if is_single else len(clusters)


def _one_copy(job: JSON) -> tuple[int, int, int]:
    """Cores, GiB and GPUs of one copy."""
    cluster = _member(_member(job, "spec"), "rayClusterSpec")
    cpu, memory, _ = _pod(_member(cluster, "headGroupSpec"))
    gpus = 0
    for group in _typed(_member(cluster, "workerGroupSpecs"), list):
        replicas = _member(group, "replicas")
        if not isinstance(replicas, int) or not 0 <= replicas < 2**31:
            raise _UnknownError
        of_pod = _pod(group)
        cpu, memory = cpu + replicas * of_pod[0], memory + replicas * of_pod[1]
        gpus += replicas * of_pod[2]
    return cpu, memory, gpus


def _pod(group: JSON) -> tuple[int, int, int]:
    """Cores, GiB and GPUs that a pod of the group asks for; a GPU's name is the platform's."""
    pod = _member(_member(group, "template"), "spec")
    container = next(iter(_typed(_member(pod, "containers"), list)), None)
    requests = _typed(_member(_member(container, "resources"), "requests"), dict)
    gpus = sum(
        _number(_COUNT, amount) for name, amount in requests.items() if name not in _CPU_AND_MEMORY
    )
    cpu = _number(_COUNT, requests.get("cpu"))
    return cpu, _number(_GIBIBYTES, requests.get("memory")), gpus


def _member(node: JSON, key: str) -> JSON:
    return node.get(key) if isinstance(node, dict) else None


def _typed(node: JSON, kind: type[T]) -> T:
    if not isinstance(node, kind):
        raise _UnknownError
    return node


def _number(pattern: re.Pattern[str], amount: JSON) -> int:
    found = pattern.fullmatch(amount) if isinstance(amount, str) else None
    if found is None:
        raise _UnknownError
    return int(found.group(found.lastindex or 0))
