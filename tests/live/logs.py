"""What tests of logs share."""

from __future__ import annotations

from typing import Any

NAME, RAY_CLUSTER = "train-1", "train-1-x7k2p"


RAYJOBS = "/apis/ray.io/v1/namespaces/team/rayjobs"


BINDINGS = "/apis/work.karmada.io/v1alpha2/namespaces/team/resourcebindings"


PODS = "/api/v1/namespaces/team/pods"


RUNNING = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}


def ray_job(name: str = NAME, namespace: str = "team") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ttlSecondsAfterFinished": 600},
    }


def binding(**said: dict[str, Any] | None) -> dict[str, Any]:
    """Of a job on clusters, with what KubeRay says of it on each."""
    ray_cluster = {"rayClusterName": RAY_CLUSTER}
    return {
        "metadata": {"name": f"{NAME}-rayjob", "namespace": "team"},
        "spec": {
            "resource": {"kind": "RayJob", "name": NAME, "namespace": "team"},
            "clusters": [{"name": name} for name in said],
        },
        "status": {
            "conditions": [{"type": "Scheduled", "status": "True", "reason": "Success"}],
            "aggregatedStatus": [
                {"clusterName": name, "applied": True, "status": {**ray_cluster, **status}}
                for name, status in said.items()
                if status is not None
            ],
        },
    }


def pod(
    name: str,
    phase: str = "Running",
    *,
    container: str = "ray-job-submitter",
    made: str = "2026-11-01T10:00:00Z",
    state: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    begun = {"running": {}} if phase == "Running" else {"terminated": {"exitCode": 0}}
    return {
        "metadata": {
            "name": name,
            "namespace": "team",
            "labels": labels,
            "creationTimestamp": made,
        },
        "spec": {"containers": [{"name": "proxy"}, {"name": container}]},
        "status": {
            "phase": phase,
            "containerStatuses": [
                {"name": "proxy", "state": {"running": {}}},
                {"name": container, "state": state or begun},
            ],
        },
    }
