"""Scenario 2: deleting a job's folder ends that job only, and its claim stays."""

from __future__ import annotations

import pytest

from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import copies_of, job, said, wait_for_copies
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

ALL = {"mode": "all"}


def wait_gone(planes: ControlPlanes, name: str, namespace: str) -> None:
    """Until a RayJob, its policies and its Ray clusters are on Karmada and in no member."""

    def look() -> None:
        left = [
            f"{kind} on {plane}"
            for plane in ("karmada", *MEMBERS)
            for kind, called in (
                ("RayJob", name),
                ("OverridePolicy", f"{name}-override"),
                ("PropagationPolicy", f"{name}-propagation"),
            )
            if (plane == "karmada" or kind == "RayJob")
            and planes[plane].get(kind, called, namespace) is not None
        ]
        left += [
            f"RayCluster {one['metadata']['name']} on {member}"
            for member in MEMBERS
            for one in planes[member].all_of("RayCluster", namespace)
            if one["metadata"]["name"].startswith(f"{name}-")
        ]
        if left:
            raise NotYetError(", ".join(left))

    wait_for(f"RayJob {namespace}/{name} gone", look, 180)


def wait_no_jobs(planes: ControlPlanes, *where: str) -> None:
    """Until no RayJob and no Ray cluster is left on the planes."""

    def look() -> None:
        left = [
            f"{kind} {one['metadata']['name']} on {plane}"
            for plane in where
            for kind in ("RayJob", "RayCluster")
            for one in planes[plane].all_of(kind)
        ]
        if left:
            raise NotYetError(", ".join(left[:5]))

    wait_for("no RayJob is left", look, 240)


def uids(planes: ControlPlanes, kind: str, name: str, namespace: str) -> dict[str, str]:
    """By member, the uid of an object: another uid is another object of the same name."""
    found = {member: planes[member].get(kind, name, namespace) for member in MEMBERS}
    return {member: one["metadata"]["uid"] for member, one in found.items() if one}


def test_a_deleted_job_goes_alone(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    create_credentials(planes, "default")
    for name in ("stays-1", "goes-1"):
        repository.write_job(job(name, list(MEMBERS), scheduling=ALL, pvcName="shared-results"))
    engine.applied(repository.push())
    wait_for_copies(planes, said(repository)["goes-1"])
    wait_for_copies(planes, said(repository)["stays-1"])
    claims = uids(planes, "PersistentVolumeClaim", "shared-results", "default")
    others = [copy.ray_job["status"] for copy in copies_of(planes, "stays-1", "default")]
    assert len(claims) == len(MEMBERS)

    repository.delete_job("goes-1")
    engine.applied(repository.push())
    wait_gone(planes, "goes-1", "default")
    assert uids(planes, "PersistentVolumeClaim", "shared-results", "default") == claims
    now = [copy.ray_job["status"] for copy in copies_of(planes, "stays-1", "default")]
    assert [one["rayClusterName"] for one in now] == [one["rayClusterName"] for one in others]
    observed("the deleted job is gone from Karmada and both members; claim and other job untouched")


@pytest.mark.parametrize("namespace", ["team-one", "default"])
def test_the_last_job_of_a_namespace_goes_too(
    namespace: str,
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    observed: Observed,
) -> None:
    """team-one is listed in platform.yaml; default is not and loses its directory."""
    create_credentials(planes, namespace)
    name = f"last-of-{namespace}"
    repository.delete_jobs()
    others = job("of-another", namespace="team-two", pvcName="others")
    create_credentials(planes, "team-two")
    repository.write_job(others)
    repository.write_job(job(name, list(MEMBERS), namespace=namespace, scheduling=ALL))
    engine.applied(repository.push())
    one = said(repository)[name]
    wait_for_copies(planes, one)
    wait_for_copies(planes, said(repository)["of-another"])
    claims = uids(planes, "PersistentVolumeClaim", "results", namespace)
    assert set(claims) == set(MEMBERS)

    repository.delete_job(name)
    engine.applied(repository.push())
    assert (repository.directory / "rendered" / namespace).exists() == (namespace == "team-one")
    wait_gone(planes, name, namespace)
    assert uids(planes, "PersistentVolumeClaim", "results", namespace) == claims
    assert planes["karmada"].get("Namespace", namespace) is not None
    observed(f"the last job of {namespace} is gone; claim and namespace are kept")


def test_an_emptied_tree_is_refused_before_it_can_be_pushed(
    repository: Repository, observed: Observed
) -> None:
    before = sorted((repository.directory / "rendered").rglob("*.yaml"))
    jobs, platform = repository.directory / "jobs", repository.directory / "platform.yaml"
    kept, text = repository.directory / "kept", platform.read_text()
    jobs.rename(kept)
    jobs.mkdir()
    platform.write_text("")
    try:
        for command in ("render", "check"):
            ran = repository.rayjobs(command)
            assert ran.returncode == 1
            assert "rendered/would-be-empty" in ran.stdout
        assert sorted((repository.directory / "rendered").rglob("*.yaml")) == before
        observed("render and check refuse to empty rendered/, and nothing was deleted")
    finally:
        jobs.rmdir()
        kept.rename(jobs)
        platform.write_text(text)
