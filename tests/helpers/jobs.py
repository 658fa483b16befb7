"""Small jobs, and writing them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def minimal_job(name: str = "train-1", **changes: Any) -> dict[str, Any]:
    """A small job that has no findings, with ``changes`` of its top-level fields."""
    channel = {"endpoint": "https://minio.local", "bucket": "data"}
    return {
        "jobName": name,
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": {
            "instanceResources": {"cpuCores": 4, "memoryGiB": 16},
            "instanceCount": 1,
            "volumeSizeGB": 1,
        },
        "inputDataConfig": [
            {"channelName": "train", **channel, "prefix": "iris/train.csv"},
            {"channelName": "validation", **channel, "prefix": "iris/validation.csv"},
        ],
        "targetClusters": ["c1"],
        **changes,
    }


USES_GPUS: dict[str, Any] = {
    "headImage": "registry.example/team/xgboost:v1",
    "workerImage": "registry.example/team/xgboost:v1",
    "stoppingCondition": {"maxRuntimeSeconds": 7200},
}
"""What a job with GPUs needs to have no findings: a script that reads DEVICE, and an end."""


def write_job(root: Path, job: dict[str, Any], directory: str | None = None) -> str:
    """Write a job below ``root/jobs``; gives its file relative to the root."""
    file = f"jobs/{directory or 'team/' + str(job['jobName'])}/params.json"
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(json.dumps(job, indent=2) + "\n", encoding="utf-8")
    return file


def members(node: Any) -> list[tuple[Any, Any]]:
    """What is directly in a document's object or list: keys or indexes, with values."""
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []


Report = Callable[..., dict[str, Any]]
