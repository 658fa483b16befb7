"""``rayjobs status``: what Karmada and members say of jobs, with statuses that no kubelet gives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import PLATFORM
from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.recording import record
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.scenarios.site import started
from tests.e2e.session.api import PATHS, Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for
from tests.live.recorded import PROXY
from tests.live.status_jobs import CHANGED, NOT_PUSHED, PUSHED

# What Karmada says of a job is the same whichever engine has brought it.
pytestmark = WITH_FLUX

FOREIGN = {
    "apiVersion": "ray.io/v1",
    "kind": "RayJob",
    "metadata": {"name": "conflict-1", "namespace": "default"},
    "spec": {"entrypoint": "true", "suspend": True, "shutdownAfterJobFinishes": True},
}
"""A RayJob that a member has already, without anything that would run."""
TIMES = {"startTime": "2026-11-01T10:00:00Z", "endTime": "2026-11-01T10:30:00Z"}
COMPLETE = {"jobDeploymentStatus": "Complete", "jobStatus": "SUCCEEDED", **TIMES}
STATUSES: dict[tuple[str, str], dict[str, Any]] = {
    ("both-1", "member1"): COMPLETE,
    ("failed-1", "member1"): {
        "jobDeploymentStatus": "Failed",
        "jobStatus": "FAILED",
        "reason": "AppFailed",
        "message": "Job entrypoint command failed with exit code 1",
        **TIMES,
    },
    ("succeeded-1", "member1"): COMPLETE,
}
"""By job and member, what KubeRay would write once pods ran."""
UNSCHEDULABLE = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        }
    ]
}
NO_IMAGE = {
    "conditions": [{"type": "PodScheduled", "status": "True"}],
    "containerStatuses": [
        {
            "name": "ray-head",
            "image": "registry.example/none:v1",
            "imageID": "",
            "ready": False,
            "restartCount": 0,
            "state": {
                "waiting": {
                    "reason": "ImagePullBackOff",
                    "message": 'Back-off pulling image "registry.example/none:v1"',
                }
            },
        }
    ],
}


@pytest.fixture(scope="module")
def pushed(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """The jobs on Karmada, with what kubelets, schedulers and Ray would have said of them."""
    # The namespace of a member has to be there before the object in it.
    create_credentials(planes, "default")
    ray_cluster = {"headGroupSpec": {"rayStartParams": {}, "template": {"spec": {"containers": [
        {"name": "ray-head", "image": "none"}]}}}}  # fmt: skip
    planes["member1"].apply(
        {**FOREIGN, "spec": {**FOREIGN["spec"], "rayClusterSpec": ray_cluster}}  # type: ignore[dict-item]
    )
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    for one in PUSHED:
        repository.write_job(one)
    engine.applied(repository.push())
    for (name, member), status in STATUSES.items():
        write_status(planes, name, member, status)
    write_pods(planes, "gpus-1", "worker", UNSCHEDULABLE)
    write_pods(planes, "image-1", "head", NO_IMAGE)
    running = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}
    write_status(planes, "running-1", "member1", {**running, "startTime": TIMES["startTime"]})
    wait_said(planes, "suspended-1", "member1", "jobDeploymentStatus", "Suspended")
    wait_refused(planes)
    yield
    planes["member1"].delete("RayJob", "conflict-1")
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())


def wait_refused(planes: ControlPlanes) -> None:
    """Until Karmada has said that it leaves the member's own RayJob alone."""

    def look() -> None:
        (item,) = said_of(planes, "conflict-1") or [{}]
        if not item.get("appliedMessage"):
            raise NotYetError(str(item))

    wait_for("Karmada: conflict-1 is not applied", look, 60)


def said_of(planes: ControlPlanes, name: str) -> list[Object]:
    """What Karmada's binding of a job says of each member."""
    binding = planes["karmada"].get("ResourceBinding", f"{name}-rayjob") or {}
    items: list[Object] = binding.get("status", {}).get("aggregatedStatus", [])
    return items


def write_status(planes: ControlPlanes, name: str, member: str, status: dict[str, Any]) -> None:
    """Write a RayJob's status in a member, once KubeRay has begun, until Karmada has taken it."""
    wait_said(planes, name, member, "jobDeploymentStatus", "Initializing")
    path = f"{PATHS['RayJob'].format('default')}/{name}/status"

    def write() -> None:
        planes[member].request("PATCH", path, {"status": status}, "application/merge-patch+json")
        if not is_said(planes, name, member, "jobDeploymentStatus", status["jobDeploymentStatus"]):
            raise NotYetError(str(said_of(planes, name)))

    wait_for(f"Karmada: {name} in {member} {status['jobDeploymentStatus']}", write, 60)


def is_said(planes: ControlPlanes, name: str, member: str, key: str, value: str) -> bool:
    """Whether Karmada says this of a copy."""
    return any(
        one["clusterName"] == member and (one.get("status") or {}).get(key) == value
        for one in said_of(planes, name)
    )


def wait_said(planes: ControlPlanes, name: str, member: str, key: str, value: str) -> None:
    """Until Karmada says this of a copy."""

    def look() -> None:
        if not is_said(planes, name, member, key, value):
            raise NotYetError(str(said_of(planes, name)))

    wait_for(f"Karmada: {name} in {member} {value}", look, 120)


def write_pods(planes: ControlPlanes, name: str, kind: str, status: dict[str, Any]) -> None:
    """Write the status of the pods of a job's Ray cluster, once there are any of a kind."""
    member = planes["member1"]

    def look() -> list[str]:
        cluster = (member.get("RayJob", name) or {}).get("status", {}).get("rayClusterName", "none")
        labels = f"ray.io/cluster={cluster},ray.io/node-type={kind}"
        found = [one["metadata"]["name"] for one in member.all_of("Pod", "default", labels)]
        if not found:
            raise NotYetError("no pods")
        return found

    for pod in wait_for(f"member1: pods of {name}", look, 60):
        path = f"{PATHS['Pod'].format('default')}/{pod}/status"
        kind_of_patch = "application/merge-patch+json"
        member.request("PATCH", path, {"status": {"phase": "Pending", **status}}, kind_of_patch)


def run(
    repository: Repository, planes: ControlPlanes, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """``rayjobs status`` with the kubeconfig of Karmada, and of Karmada alone."""
    kubeconfig = str(planes.kubeconfig("karmada"))
    return repository.rayjobs("status", "--kubeconfig", kubeconfig, *arguments)


def problems(ran: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """By job, the kinds of problems that were printed as JSON."""
    assert ran.stdout, ran.stderr
    return {
        one["name"]: [problem["id"] for problem in one["problems"]]
        for one in json.loads(ran.stdout)["jobs"]
    }


def test_every_job_is_told_as_it_is(
    pushed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    repository.write_job(NOT_PUSHED)
    repository.write_job(CHANGED)
    repository.render()
    record_answers(planes)
    table = run(repository, planes)
    assert table.returncode == 0, table.stderr
    for line in table.stdout.splitlines():
        observed(line)
    states = {
        one["name"]: (one["sync"], one["state"])
        for one in json.loads(run(repository, planes, "--format", "json").stdout)["jobs"]
        if one["namespace"] == "default"
    }
    assert states == {
        "both-1": ("synced", "1 Initializing, 1 Succeeded"),
        "conflict-1": ("synced", "Not applied"),
        "failed-1": ("synced", "Failed"),
        "gpus-1": ("synced", "Initializing"),
        "image-1": ("synced", "Initializing"),
        "nowhere-1": ("synced", "No cluster"),
        "running-1": ("synced", "Running"),
        "succeeded-1": ("synced", "Succeeded"),
        "suspended-1": ("synced", "Suspended"),
        "unpushed-1": ("not on Karmada", None),
        "waiting-1": ("differs", "Initializing"),
    }


def record_answers(planes: ControlPlanes) -> None:
    """What the command asks for, as the API servers answer it now."""
    karmada = planes["karmada"]
    lists: dict[str, list[Object]] = {}
    for path in (
        "/apis/ray.io/v1/rayjobs",
        "/apis/work.karmada.io/v1alpha2/resourcebindings",
        "/apis/cluster.karmada.io/v1alpha1/clusters",
        *(
            PROXY.format(member) + f"/api/v1/namespaces/default/{kind}"
            for member in ("member1", "member2")
            for kind in ("pods", "events")
        ),
    ):
        # Through Karmada's proxy, as the command does.
        lists[path] = karmada.request("GET", path)["items"]
    bindings = lists["/apis/work.karmada.io/v1alpha2/resourcebindings"]
    bindings[:] = [one for one in bindings if one["spec"]["resource"]["kind"] == "RayJob"]
    for member in ("member1", "member2"):
        events = lists[PROXY.format(member) + "/api/v1/namespaces/default/events"]
        events[:] = [one for one in events if one["type"] == "Warning"]
    record("status", lists)


def test_named_jobs_are_explained_from_their_members(
    pushed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    names = [one["jobName"] for one in PUSHED]
    ran = run(repository, planes, *names, "--format", "json")
    assert ran.returncode == 1, ran.stderr
    assert problems(ran) == {
        "both-1": ["unscheduled"],
        "conflict-1": ["conflict"],
        "failed-1": ["training-failed"],
        "gpus-1": ["pending-gpus"],
        "image-1": ["image-pull"],
        "nowhere-1": ["no-cluster-fits"],
        "running-1": [],
        "succeeded-1": [],
        "suspended-1": ["suspended"],
        "waiting-1": ["differs", "unscheduled"],
    }
    for name in ("nowhere-1", "gpus-1", "conflict-1"):
        text = run(repository, planes, name)
        assert text.returncode == 0, text.stderr
        for line in text.stdout.splitlines():
            observed(line)


def test_a_watch_ends_with_its_job(
    pushed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    command = [sys.executable, "-m", "generator", "status", "both-1", "--watch"]
    command += ["--kubeconfig", str(planes.kubeconfig("karmada"))]
    with started(command, repository.directory) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        assert "default/both-1: 1 Initializing, 1 Succeeded" in first
        running = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}
        write_status(planes, "both-1", "member2", {**running, "startTime": TIMES["startTime"]})
        while "1 Running, 1 Succeeded" not in (line := watching.stdout.readline()):
            assert line, "the watch ended"
        path = f"{PATHS['RayJob'].format('default')}/both-1/status"
        patch = {"status": COMPLETE}
        planes["member2"].request("PATCH", path, patch, "application/merge-patch+json")
        rest, _ = watching.communicate(timeout=60)
        assert watching.returncode == 0
        assert "default/both-1: Succeeded on member1, member2" in rest
    for line in (first, *rest.splitlines()):
        observed(line.rstrip())
