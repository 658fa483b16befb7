"""A repository and a control plane whose members say of its jobs what a test wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from generator.check import pipeline
from generator.karmada.amounts import iso
from tests.helpers.commits import commit
from tests.helpers.jobs import minimal_job, write_job
from tests.live.recorded import Recorded

RAYJOBS = "/apis/ray.io/v1/rayjobs"
BINDINGS = "/apis/work.karmada.io/v1alpha2/resourcebindings"
CLUSTERS = "/apis/cluster.karmada.io/v1alpha1/clusters"


def days_ago(days: float) -> str:
    """A time as Kubernetes writes it."""
    return iso(datetime.now(UTC) - timedelta(days=days)) or ""


def ended(days: float, job: str = "SUCCEEDED") -> dict[str, Any]:
    """KubeRay's status of a copy that ended so long ago."""
    how = "Complete" if job == "SUCCEEDED" else "Failed"
    times = {"startTime": days_ago(days + 1), "endTime": days_ago(days)}
    return {"jobDeploymentStatus": how, "jobStatus": job, **times}


RUNNING = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING", "startTime": days_ago(90)}


def repository_of(root: Path, *jobs: dict[str, Any]) -> None:
    """Write jobs of the tenant team, render and commit them."""
    for job in jobs:
        write_job(root, job)
    assert not pipeline.render(root).failed
    commit(root)


def on(*clusters: str, name: str = "train-1", **changes: Any) -> dict[str, Any]:
    """A job that has a copy on each of these."""
    placed = {"targetClusters": list(clusters), "scheduling": {"mode": "all"}}
    return minimal_job(name, **{**placed, **changes})


def member(name: str, *, is_ready: bool = True) -> dict[str, Any]:
    """Karmada's Cluster."""
    condition = {"type": "Ready", "status": "True" if is_ready else "Unknown"}
    return {"metadata": {"name": name}, "status": {"conditions": [condition]}}


def hold_job(
    karmada: Recorded, root: Path, name: str, copies: dict[str, dict[str, Any] | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have Karmada know a job of rendered/: its RayJob and its binding, which are given back.

    ``copies`` are KubeRay's statuses by cluster; None where Karmada has heard nothing.
    """
    text = (root / f"rendered/default/{name}.yaml").read_text(encoding="utf-8")
    ray_job = next(one for one in yaml.safe_load_all(text) if one["kind"] == "RayJob")
    ray_job["metadata"] |= {"namespace": "default", "creationTimestamp": days_ago(100)}
    binding = {
        "metadata": {"name": f"{name}-rayjob", "namespace": "default"},
        "spec": {
            "resource": {"kind": "RayJob", "namespace": "default", "name": name},
            "clusters": [{"name": cluster} for cluster in copies],
        },
        "status": {
            "conditions": [{"type": "Scheduled", "status": "True", "reason": "Success"}],
            "aggregatedStatus": [
                {"clusterName": cluster, "applied": True, "status": status}
                for cluster, status in copies.items()
                if status is not None
            ],
        },
    }
    karmada.hold(RAYJOBS, ray_job)
    karmada.hold(BINDINGS, binding)
    return ray_job, binding


def unplaced(name: str, namespace: str, message: str) -> dict[str, Any]:
    """The binding of a job for which no cluster has room."""
    said = {"type": "Scheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {
        "metadata": {"name": f"{name}-rayjob", "namespace": namespace},
        "spec": {"resource": {"kind": "RayJob", "name": name, "namespace": namespace}},
        "status": {"conditions": [said]},
    }
