"""Members that are leaving Karmada, and jobs of which they have copies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from generator.karmada.job_state import JobState, Run

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SINCE = "2026-11-01T10:00:00Z"


def cluster(name: str, *taints: str, **metadata: Any) -> dict[str, Any]:
    """A member that takes jobs."""
    return {
        "metadata": {"name": name, **metadata},
        "spec": {"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "apiEnablements": [{"groupVersion": "ray.io/v1", "resources": [{"kind": "RayJob"}]}],
        },
    }


def leaving(name: str) -> dict[str, Any]:
    return cluster(name, deletionTimestamp=SINCE)


def silent(name: str) -> dict[str, Any]:
    """A member that leaves and does not answer."""
    one = leaving(name)
    one["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    return one


def one_of(*names: str) -> dict[str, Any]:
    return most(1, *names)


def ordered(*names: str) -> dict[str, Any]:
    groups = (
        {"affinityName": f"preference-{number}", "clusterNames": [name]}
        for number, name in enumerate(names, start=1)
    )
    return {"clusterAffinities": list(groups)}


def every(*names: str) -> dict[str, Any]:
    return {"clusterAffinity": {"clusterNames": list(names)}}


def most(number: int, *names: str) -> dict[str, Any]:
    spread = {"spreadByField": "cluster", "minGroups": 1, "maxGroups": number}
    return {**every(*names), "spreadConstraints": [spread]}


def state(placement: dict[str, Any], *placed: str, said: str = "Complete", **more: Any) -> JobState:
    resource = {"metadata": {"name": "train-1", "namespace": "team"}, "spec": more.pop("spec", {})}
    runs = tuple(Run(name, True, "", said, "SUCCEEDED") for name in placed)
    clusters = tuple(sorted(placed))
    return JobState(
        "team", "train-1", resource, scheduled=True, clusters=clusters, placement=placement,
        runs=runs, **more,
    )  # fmt: skip


def by_name(*clusters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in clusters}
