"""Scenario 1: every sample and every scheduling mode runs where the summary says, as rendered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import (
    PLATFORM,
    assert_as_rendered,
    assert_as_said,
    copies_of,
    job,
    platform,
    rendered,
    said,
    samples,
    wait_for_copies,
)
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

MODES = ["all", "one-of", "ordered"]
SETTINGS: dict[str, Any] = {
    "clusters": {
        "member1": {
            "labels": {"site": "member1"},
            "pods": {"nodeSelector": {"pool": "training"}, "tolerations": [{"key": "training"}]},
        },
        "member2": {
            "labels": {"site": "member2"},
            "gpuResourceName": "amd.com/gpu",
            "gpuPods": {"tolerations": [{"key": "amd.com/gpu", "effect": "NoSchedule"}]},
        },
    },
    "metadata": {"tenantLabel": "example.com/tenant"},
}
"""What platform.yaml says here besides; the members' labels are those of the session."""
URGENT = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "urgent"},
    "value": 1000,
}
"""Without it a member refuses the pods."""


def jobs_of_every_mode() -> list[dict[str, Any]]:
    """A job for each way of placing it, on one cluster and on both, with GPUs."""
    resources = {
        "instanceResources": {"cpuCores": 2, "memoryGiB": 3, "gpuCount": 1},
        "instanceCount": 2,
        "volumeSizeGB": 1,
    }
    found = [job("mode-absent", list(MEMBERS), resources=resources)]
    for mode in MODES:
        scheduling = {"mode": mode}
        found += [
            job(f"mode-{mode}", list(MEMBERS), resources=resources, scheduling=scheduling),
            job(f"mode-{mode}-single", ["member2"], resources=resources, scheduling=scheduling),
        ]
    # The order of preference, not the alphabet, decides.
    turned = list(reversed(MEMBERS))
    found.append(job("mode-ordered-turned", turned, scheduling={"mode": "ordered"}))
    # The label decides, though all would be preferred or on both.
    labels = {"clusterLabels": {"site": "member2"}}
    for mode in MODES:
        chosen = {**labels, "mode": mode}
        found.append(job(f"labels-{mode}", list(MEMBERS), resources=resources, scheduling=chosen))
    tolerant = {"mode": "all", "clusterTolerations": [{"key": "x"}], "backoffLimit": 1}
    found.append(job("tolerant", list(MEMBERS), scheduling=tolerant, priority=950))
    return found


@pytest.fixture(scope="module")
def pushed(repository: Repository, planes: ControlPlanes) -> Iterator[str]:
    """A push of all of them, with the credentials Secret made as the documentation says."""
    for member in MEMBERS:
        planes[member].apply(URGENT)
    repository.write_platform(platform(**SETTINGS))
    repository.delete_jobs()
    for tenant, found in samples().items():
        for sample in found:
            repository.write_job(sample, tenant)
    for one in jobs_of_every_mode():
        repository.write_job(one)
    yield repository.push()
    repository.delete_jobs()
    repository.write_platform(PLATFORM)


def test_every_job_runs_where_the_summary_says(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    for namespace in ("default", "team-text"):
        create_credentials(planes, namespace)
    engine.applied(pushed)
    everything = said(repository)
    assert len(everything) == len(jobs_of_every_mode()) + sum(map(len, samples().values()))
    for one in everything.values():
        copies = wait_for_copies(planes, one)
        assert_as_said(one, copies)
        objects = rendered(repository, f"{one.namespace}/{one.name}.yaml")
        for copy in copies:
            assert_as_rendered(copy, objects)
        places = ", ".join(copy.member for copy in copies)
        pods = sum(len(copy.pods) for copy in copies)
        observed(f"{one.name}: said {one.words!r}; held on {places}, {pods} pods, {one.gpus} GPUs")
    for name, member in (
        ("mode-ordered", "member1"),
        ("mode-ordered-turned", "member2"),
        *((f"labels-{mode}", "member2") for mode in MODES),
    ):
        (copy,) = copies_of(planes, name, "default")
        assert copy.member == member


def test_claims_and_credentials_are_on_every_cluster_of_their_jobs(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    for file in sorted((repository.directory / "rendered").glob("*/storage/*.yaml")):
        namespace = file.parts[-3]
        objects = rendered(repository, f"{namespace}/storage/{file.name}")
        claim, policy = objects["PersistentVolumeClaim"], objects["PropagationPolicy"]
        clusters = policy["spec"]["placement"]["clusterAffinity"]["clusterNames"]
        name = claim["metadata"]["name"]
        for cluster in clusters:
            held = held_on(planes, cluster, "PersistentVolumeClaim", name, namespace)
            assert held["spec"]["resources"] == claim["spec"]["resources"]
            assert held["spec"]["accessModes"] == claim["spec"]["accessModes"]
        observed(f"claim {namespace}/{name} on {', '.join(clusters)}")
    for namespace in ("default", "team-text"):
        for cluster in MEMBERS:
            held_on(planes, cluster, "Secret", "s3-credentials", namespace)
        observed(f"Secret {namespace}/s3-credentials on {', '.join(MEMBERS)}")


def held_on(
    planes: ControlPlanes, cluster: str, kind: str, name: str, namespace: str
) -> dict[str, Any]:
    """An object in a member, once Karmada has brought it."""

    def look() -> dict[str, Any]:
        found = planes[cluster].get(kind, name, namespace)
        if found is None:
            raise NotYetError("it is not there")
        return found

    return wait_for(f"Karmada: {kind} {namespace}/{name} in {cluster}", look, 120)


def test_a_suspended_job_runs_nothing_until_git_resumes_it(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    repository.write_job(job("suspended", ["member1"], scheduling={"suspended": True}))
    engine.applied(repository.push())

    def suspended() -> None:
        status = (planes["member1"].get("RayJob", "suspended") or {}).get("status", {})
        if status.get("jobDeploymentStatus") != "Suspended":
            raise NotYetError(str(status))

    wait_for("KubeRay: RayJob suspended is Suspended", suspended, 120)
    names = [one["metadata"]["name"] for one in planes["member1"].all_of("RayCluster", "default")]
    assert not [name for name in names if name.startswith("suspended-")]
    repository.write_job(job("suspended", ["member1"], scheduling={"suspended": False}))
    engine.applied(repository.push())
    (copy,) = wait_for_copies(planes, said(repository)["suspended"])
    observed(f"suspended: no Ray cluster; resumed by Git: {len(copy.pods)} pods")
