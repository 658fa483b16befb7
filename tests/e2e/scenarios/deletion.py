"""Scenario 2: deleting a job's folder ends that job only, and its claim stays."""

from __future__ import annotations

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.members import copies_of, job, said, uids, wait_for_copies
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine

ALL = {"mode": "all"}


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
