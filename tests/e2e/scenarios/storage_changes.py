"""Scenario 5: claims that grow, shrink and are named again; clusters that return; failed jobs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import job, rendered, said, uids, wait_for_copies
from tests.e2e.scenarios.placement import held_on
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import ApiError, Object
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

CLAIM = "PersistentVolumeClaim"
CLASS = "expandable"
ALL = {"mode": "all"}


def sized(name: str, size: int, claim: str, clusters: tuple[str, ...] = MEMBERS) -> dict[str, Any]:
    """A job that asks for a claim of a size in a storage class that lets claims grow."""
    resources = {
        "instanceResources": {"cpuCores": 1, "memoryGiB": 1},
        "instanceCount": 1,
        "volumeSizeGB": size,
        "storageClassName": CLASS,
    }
    return job(name, list(clusters), resources=resources, pvcName=claim, scheduling=ALL)


@pytest.fixture(autouse=True)
def _empty_repository(repository: Repository) -> Iterator[None]:
    repository.delete_jobs()
    yield
    repository.delete_jobs()


STORAGE_CLASS: Object = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": CLASS},
    "provisioner": "kubernetes.io/no-provisioner",
    "allowVolumeExpansion": True,
}


def provide_volume(planes: ControlPlanes, claim: str) -> None:
    """What a storage provisioner does: a volume in each member that a claim binds to."""
    for member in MEMBERS:
        planes[member].apply(
            STORAGE_CLASS,
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": f"volume-of-{claim}"},
                "spec": {
                    "capacity": {"storage": "10Gi"},
                    "accessModes": ["ReadWriteMany"],
                    "storageClassName": CLASS,
                    "persistentVolumeReclaimPolicy": "Retain",
                    "hostPath": {"path": f"/volumes/{claim}"},
                    "claimRef": {"namespace": "default", "name": claim},
                },
            },
        )


def wait_asks_for(planes: ControlPlanes, plane: str, claim: str, size: str) -> None:
    """Until a claim asks for a size."""

    def look() -> None:
        found = planes[plane].get(CLAIM, claim) or {}
        asked = found.get("spec", {}).get("resources", {}).get("requests", {}).get("storage")
        if asked != size:
            raise NotYetError(f"it asks for {asked}, {found.get('status')}")

    wait_for(f"{plane}: claim {claim} asks for {size}", look, 120)


def wait_bound(planes: ControlPlanes, plane: str, claim: str) -> None:
    """Until a claim is Bound; on Karmada, until its members' phases have come back."""

    def look() -> None:
        status = (planes[plane].get(CLAIM, claim) or {}).get("status", {})
        if status.get("phase") != "Bound":
            raise NotYetError(str(status))

    wait_for(f"{plane}: claim {claim} Bound", look, 120)


def test_a_bound_claim_grows(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    create_credentials(planes, "default")
    claim = f"grows-{engine.name.split()[0].lower()}"
    provide_volume(planes, claim)
    repository.write_job(sized("small-claim", 1, claim))
    engine.applied(repository.push())
    for plane in (*MEMBERS, "karmada"):
        wait_bound(planes, plane, claim)
    planes["karmada"].delete("StorageClass", CLASS)
    repository.write_job(sized("large-claim", 2, claim))
    commit = repository.push()
    grown = rendered(repository, f"default/storage/{claim}.yaml")[CLAIM]
    refusal = "only dynamically provisioned pvc can be resized"
    with pytest.raises(ApiError, match=refusal) as refused:
        planes["karmada"].apply(grown, dry_run=True)
    observed(f"without the class on Karmada: {refused.value.reason}")

    planes["karmada"].apply(STORAGE_CLASS)
    engine.applied(commit)
    for plane in ("karmada", *MEMBERS):
        wait_asks_for(planes, plane, claim, "2Gi")
    observed("with it a Bound claim of 1 GiB asks for 2 GiB on Karmada and in both members")


def test_a_claim_that_is_left_and_named_again_is_the_same(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    create_credentials(planes, "default")
    named = {"pvcName": "named-again", "scheduling": ALL}
    repository.write_job(job("first-user", list(MEMBERS), **named))
    engine.applied(repository.push())
    for member in MEMBERS:
        held_on(planes, member, CLAIM, "named-again", "default")
    before = uids(planes, CLAIM, "named-again", "default")
    repository.delete_job("first-user")
    engine.applied(repository.push())
    wait_gone(planes, "first-user", "default")
    assert uids(planes, CLAIM, "named-again", "default") == before
    repository.write_job(job("second-user", list(MEMBERS), **named))
    engine.applied(repository.push())
    wait_for_copies(planes, said(repository)["second-user"])
    assert uids(planes, CLAIM, "named-again", "default") == before
    observed("left by its last job and named again by another, the claim is the same object")


def test_a_cluster_that_returns_has_the_rotated_secret(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    """It leaves the union of the jobs' clusters; Karmada leaves what it brought, unmanaged."""
    namespace = "team-one"
    create_credentials(planes, namespace, secret_key="EXAMPLE-SECRET-KEY-OLD")
    both = job("on-both", list(MEMBERS), namespace=namespace, scheduling=ALL)
    repository.write_job(both)
    engine.applied(repository.push())
    wait_secret(planes, "member2", namespace, "EXAMPLE-SECRET-KEY-OLD")

    repository.delete_job("on-both")
    repository.write_job(job("on-one", ["member1"], namespace=namespace))
    engine.applied(repository.push())
    wait_gone(planes, "on-both", namespace)
    create_credentials(planes, namespace, secret_key="EXAMPLE-SECRET-KEY-NEW")
    wait_secret(planes, "member1", namespace, "EXAMPLE-SECRET-KEY-NEW")
    left = secret_key(planes, "member2", namespace)
    assert left == "EXAMPLE-SECRET-KEY-OLD"

    repository.write_job({**both, "jobName": "on-both-again"})
    engine.applied(repository.push())
    wait_secret(planes, "member2", namespace, "EXAMPLE-SECRET-KEY-NEW")
    held_on(planes, "member2", CLAIM, "results", namespace)
    observed(f"member2 left with {left} and returned with EXAMPLE-SECRET-KEY-NEW")


def secret_key(planes: ControlPlanes, member: str, namespace: str) -> str | None:
    """The key that a member's Secret holds."""
    found = planes[member].get("Secret", "s3-credentials", namespace)
    return base64.b64decode(found["data"]["secret-key"]).decode() if found else None


def wait_secret(planes: ControlPlanes, member: str, namespace: str, key: str) -> None:
    """Until a member's Secret holds a key."""

    def look() -> None:
        now = secret_key(planes, member, namespace)
        if now != key:
            raise NotYetError(f"it holds {now}")

    wait_for(f"Karmada: Secret {namespace}/s3-credentials in {member}", look, 120)


def test_a_failed_training_lets_the_next_job_sync(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    """Nothing runs the pods here, so that a deadline of 20 s ends the first job as Failed."""
    create_credentials(planes, "default")
    repository.write_job(job("fails", stoppingCondition={"maxRuntimeSeconds": 20}))
    engine.applied(repository.push())
    wait_status(planes, "member1", "fails", "Failed")
    wait_status(planes, "karmada", "fails", "Failed")
    repository.write_job(job("comes-next"))
    engine.applied(repository.push())
    wait_for_copies(planes, said(repository)["comes-next"])
    observed("a job that ended as Failed did not keep the next one from being synced")
