"""The jobs of the scenario ``live_status``, whose recording offline tests read."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenarios.members import job

GPUS = {
    "instanceResources": {"cpuCores": 1, "memoryGiB": 1, "gpuCount": 1},
    "instanceCount": 1,
    "volumeSizeGB": 1,
}
PUSHED: tuple[dict[str, Any], ...] = (
    job("both-1", ["member1", "member2"]),
    job("conflict-1"),
    job("failed-1"),
    job("gpus-1", resources=GPUS),
    job("image-1"),
    job("nowhere-1", ["cluster-gpu-9"]),
    job("running-1"),
    job("succeeded-1"),
    job("suspended-1", scheduling={"suspended": True}),
    job("waiting-1", ["member2"]),
)
"""``waiting-1`` waits for the first of its pods, of which no scheduler has taken note."""

NOT_PUSHED = job("unpushed-1")
CHANGED = job("waiting-1", ["member2"], stoppingCondition={"maxRuntimeSeconds": 600})
"""What Git says of a job after Karmada was last given it."""
