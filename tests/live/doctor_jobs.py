"""The repository of the scenario ``live_doctor``, whose recording offline tests read."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenarios.members import job, platform

GPUS = {
    "instanceResources": {"cpuCores": 1, "memoryGiB": 1, "gpuCount": 1},
    "instanceCount": 1,
    "volumeSizeGB": 1,
}
CLUSTERS: dict[str, dict[str, Any]] = {
    "member1": {"cpuCores": 32, "memoryGiB": 512, "gpus": 8, "labels": {"site": "north"}},
    "member2": {"gpus": 2},
    "cluster-gpu-9": {"gpus": 8},
}
"""What platform.yaml says; NODES is what is there."""
NODES = {
    "member1": {"cpu": "63500m", "memory": "549755813888", "pods": "110", "nvidia.com/gpu": "8"},
    "member2": {"cpu": "16", "memory": "64Gi", "pods": "110", "amd.com/gpu": "2"},
}
"""By member, what its one node can give; 4 cores of member1 are taken."""
PLATFORM = platform(
    clusters=CLUSTERS, namespaces=["team-text", "team-doctor"], storage={}, credentials={}
)
"""With nothing of what this repository's samples need: the recording stays as it is."""
PUSHED: tuple[dict[str, Any], ...] = (
    job("away-1", ["cluster-gpu-9"]),
    job("done-1", ["member1"]),
    job("gpus-1", ["member1", "member2"], resources=GPUS),
    job("other-1", ["member2"], namespace="team-doctor"),
)
"""``other-1`` has no Secret in its namespace."""
NOT_PUSHED = job("unpushed-1", ["member1"])
