"""Which cluster Karmada takes for a job that runs once while the first is full.

No sync engine takes part: what they bring is applied to Karmada.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.scenarios.members import job, platform, rendered, said
from tests.e2e.scenarios.one_engine import WITH_ARGO_CD
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.waiting import NotYetError, wait_for

# Only its place among the scenarios: without an engine it would come after those that run pods.
pytestmark = [
    WITH_ARGO_CD,
    pytest.mark.usefixtures("engine"),
]

GPU = "room.example/gpu"
"""Of these no other scenario has jobs."""
EACH = 8
"""GPUs of each member."""
CLUSTERS = {member: {"gpus": EACH, "gpuResourceName": GPU} for member in MEMBERS}
ESTIMATION = {
    "karmada-controller-manager": "MultiplePodTemplatesScheduling=true",
    "karmada-scheduler": "MultiplePodTemplatesScheduling=true,SchedulingOvercommitProtection=true,"
    "CustomizedClusterResourceModeling=false",
}
"""The feature gates of docs/scheduling.md."""
TAKEN: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "has-all", "namespace": "default"},
    "spec": {
        "nodeName": "room",
        "containers": [
            {"name": "taken", "image": "none", "resources": {"limits": {GPU: str(EACH)}}}
        ],
    },
}
"""A pod that has all GPUs of the first member."""


def gpu_job(name: str, mode: str, gpus: int = 1) -> dict[str, Any]:
    resources = {
        "instanceResources": {"cpuCores": 1, "memoryGiB": 1, "gpuCount": gpus},
        "instanceCount": 1,
        "volumeSizeGB": 1,
    }
    return job(name, list(MEMBERS), resources=resources, scheduling={"mode": mode})


@pytest.fixture(scope="module")
def full(planes: ControlPlanes, directory: Path, git_server: Path) -> Iterator[Repository]:
    """A repository, and members with a node each: that of the first has no GPU left."""
    for member in MEMBERS:
        planes[member].apply(
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "room"}},
        )
        # Whatever other scenarios have left in the members is small beside it.
        has = {"cpu": "9000", "memory": "90Ti", "pods": "9000", GPU: str(EACH)}
        planes[member].patch_status("Node", "room", {"allocatable": has, "capacity": has})
    planes["member1"].create(TAKEN)
    wait_taken(planes, member1=EACH, member2=0)
    repository = Repository(directory / "repositories" / "room", git_server, "room")
    repository.delete_jobs()
    yield repository
    planes["member1"].delete("Pod", "has-all", now=True)
    for member in MEMBERS:
        planes[member].delete("Node", "room")


def wait_taken(planes: ControlPlanes, **gpus: int) -> None:
    """Until Karmada has counted so many GPUs of each member as taken, waiting pods included."""

    def look() -> None:
        for member, number in gpus.items():
            cluster = planes["karmada"].get("Cluster", member) or {}
            summary = cluster.get("status", {}).get("resourceSummary") or {}
            taken = [summary.get(which, {}).get(GPU, "0") for which in ("allocated", "allocating")]
            has = summary.get("allocatable", {}).get(GPU)
            if has != str(EACH) or sum(map(int, taken)) != number:
                raise NotYetError(f"{member}: {summary}")

    wait_for("karmada: GPUs of the members", look, 60)


def put(planes: ControlPlanes, repository: Repository, *jobs: dict[str, Any]) -> None:
    """Render the jobs and apply each to Karmada, its policy first."""
    for one in jobs:
        repository.write_job(one)
    repository.render()
    for one in jobs:
        objects = rendered(repository, f"default/{one['jobName']}.yaml")
        planes["karmada"].apply(objects["PropagationPolicy"], objects["RayJob"])


def take_away(planes: ControlPlanes, *names: str) -> None:
    for name in names:
        planes["karmada"].delete("RayJob", name)
        planes["karmada"].delete("PropagationPolicy", f"{name}-propagation")


def placed(planes: ControlPlanes, name: str) -> tuple[list[str], str]:
    """The clusters that a job is placed on, once the scheduler has looked, and what it said."""

    def look() -> tuple[list[str], str]:
        binding = planes["karmada"].get("ResourceBinding", f"{name}-rayjob") or {}
        conditions = binding.get("status", {}).get("conditions") or []
        message = next((one["message"] for one in conditions if one["type"] == "Scheduled"), None)
        if message is None:
            raise NotYetError(str(conditions))
        return [one["name"] for one in binding["spec"].get("clusters") or []], message

    return wait_for(f"karmada-scheduler: {name}", look, 60)


def test_a_full_cluster_is_taken_all_the_same(
    full: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    full.write_platform(platform(clusters=CLUSTERS))
    jobs = [gpu_job(f"full-{mode}", mode) for mode in ("one-of", "ordered")]
    put(planes, full, *jobs)
    words = {name: one.words for name, one in said(full).items()}
    for one in jobs:
        name = one["jobName"]
        assert words[name].startswith("runs once, on member1, the first ")
        clusters, _ = placed(planes, name)
        assert clusters == ["member1"]
        observed(f"{name}: said {words[name]!r}; placed on {clusters}, which has no GPU left")
    take_away(planes, *(one["jobName"] for one in jobs))
    full.delete_jobs()
    wait_taken(planes, member1=EACH, member2=0)


@pytest.fixture
def estimating(planes: ControlPlanes) -> Iterator[None]:
    """Karmada looks for room."""
    for name, gates in ESTIMATION.items():
        planes.processes.restart(name, f"--feature-gates={gates}")
    yield
    for name in ESTIMATION:
        planes.processes.restart(name)


def test_with_estimation_a_cluster_with_room_is_taken_and_waited_for(
    full: Repository, planes: ControlPlanes, estimating: None, observed: Observed
) -> None:
    full.write_platform(platform(clusters=CLUSTERS, scheduling={"estimation": "components"}))
    jobs = [gpu_job(f"room-{mode}", mode) for mode in ("one-of", "ordered")]
    # Both have to be counted before this one is looked at.
    waits = gpu_job("room-waits", "one-of", EACH - 1)
    put(planes, full, *jobs)
    for one in jobs:
        clusters, _ = placed(planes, one["jobName"])
        assert clusters == ["member2"]
        observed(f"{one['jobName']}: placed on {clusters}")
    put(planes, full, waits)
    clusters, message = placed(planes, "room-waits")
    assert clusters == []
    kubeconfig = str(planes.kubeconfig("karmada"))
    status = full.rayjobs("status", "room-waits", "--kubeconfig", kubeconfig)
    assert f"no cluster has room: {message}" in status.stdout
    observed(f"room-waits: {message}")
    planes["member1"].delete("Pod", "has-all", now=True)

    def look() -> list[str]:
        clusters, message = placed(planes, "room-waits")
        if not clusters:
            raise NotYetError(message)
        return clusters

    assert wait_for("karmada-scheduler: room-waits", look, 60) == ["member1"]
    observed("room-waits: placed once there was room")
    take_away(planes, "room-waits", *(one["jobName"] for one in jobs))
    wait_taken(planes, member1=0, member2=0)
