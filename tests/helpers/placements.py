"""What tests of placements share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.helpers.jobs import USES_GPUS, minimal_job

CLUSTERS = ["gpu-b", "gpu-a", "gpu-c"]


FILE = "rendered/default/train-1.yaml"


AFFINITY = {"clusterAffinity": {"clusterNames": CLUSTERS}}


DUPLICATED = {"replicaScheduling": {"replicaSchedulingType": "Duplicated"}}


STAYS = [
    {"key": "cluster.karmada.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "cluster.karmada.io/unreachable", "operator": "Exists", "effect": "NoExecute"},
]
"""Taints of a cluster that fails, which a job tolerates that stays there."""


REST = {**DUPLICATED, "clusterTolerations": STAYS}


PLACEMENTS: dict[str | None, dict[str, Any]] = {
    None: {
        **AFFINITY,
        "replicaScheduling": {"replicaSchedulingType": "Divided"},
        "clusterTolerations": STAYS,
    },
    "all": {**AFFINITY, **REST},
    "one-of": {
        **AFFINITY,
        "spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}],
        **REST,
    },
    "ordered": {
        "clusterAffinities": [
            {"affinityName": "preference-1", "clusterNames": ["gpu-b"]},
            {"affinityName": "preference-2", "clusterNames": ["gpu-a"]},
            {"affinityName": "preference-3", "clusterNames": ["gpu-c"]},
        ],
        **REST,
    },
}


def gpu_job(mode: str | None, clusters: list[str] = CLUSTERS, gpus: int = 4) -> dict[str, Any]:
    """A job of two workers with ``gpus`` GPUs each."""
    job = minimal_job(targetClusters=clusters, **(USES_GPUS if gpus else {}))
    job["resources"]["instanceCount"] = 2
    job["resources"]["instanceResources"]["gpuCount"] = gpus
    if mode:
        job["scheduling"] = {"mode": mode}
    return job


def policy(root: Path, file: str = FILE) -> Any:
    documents = YAML(typ="safe", pure=True).load_all((root / file).read_text(encoding="utf-8"))
    (found,) = (d for d in documents if d["kind"] == "PropagationPolicy")
    return found
