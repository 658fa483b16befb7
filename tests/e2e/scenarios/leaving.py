"""A member leaves Karmada: what stays in it, and which jobs start elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import PLATFORM, job, platform
from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.karmada import join, wait_joined
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

# What Karmada does to a member is the same whichever engine has brought the jobs.
pytestmark = WITH_FLUX

LEAVES, STAYS = MEMBERS
BEFORE, FREED, MADE = NAMESPACES = ("leaving-before", "leaving-freed", "leaving-made")
"""There before Karmada; made by Karmada, and its label taken off; made by Karmada."""
ENDS = {"stoppingCondition": {"maxRuntimeSeconds": 5}}
ONE, ORDERED = {"mode": "one-of"}, {"mode": "ordered"}


@pytest.fixture
def pushed(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """Jobs in each namespace, all on the member that leaves; it is joined again at the end."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": BEFORE}}
    planes[LEAVES].apply(namespace)
    for name in NAMESPACES:
        create_credentials(planes, name)
    repository.delete_jobs()
    repository.write_platform(platform(namespaces=[*NAMESPACES], storage={}, credentials={}))
    both = [*MEMBERS]
    for one in (
        job("archived-1", both, namespace=BEFORE, scheduling=ONE, **ENDS),
        job("ended-1", both, namespace=FREED, scheduling=ONE, **ENDS),
        job("moved-1", both, namespace=FREED, scheduling=ORDERED, **ENDS),
        job("runs-1", both, namespace=MADE, scheduling=ORDERED),
        job("only-1", [LEAVES], namespace=FREED),
    ):
        repository.write_job(one)
    engine.applied(repository.push())
    yield
    if planes["karmada"].get("Cluster", LEAVES) is None:
        join(planes, LEAVES)
        wait_joined(planes, LEAVES)
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())


def would_be_lost(repository: Repository, planes: ControlPlanes) -> list[str]:
    """The namespaces of this scenario that ``rayjobs doctor`` warns of in the member."""
    kubeconfig = str(planes.kubeconfig("karmada"))
    ran = repository.rayjobs("doctor", "--format", "json", "--kubeconfig", kubeconfig)
    (found,) = (
        one
        for one in json.loads(ran.stdout)["findings"]
        if one["check"] == "members/namespaces" and one["message"].startswith(f"{LEAVES}: ")
    )
    assert found["outcome"] == "warning"
    return [name for name in found["about"] if name in NAMESPACES]


def claims(planes: ControlPlanes) -> dict[str, str]:
    """By namespace, the claim of the member that leaves."""
    found = {
        name: planes[LEAVES].get("PersistentVolumeClaim", "results", name) for name in NAMESPACES
    }
    return {name: one["metadata"]["uid"] for name, one in found.items() if one}


def all_claims(planes: ControlPlanes) -> dict[str, str]:
    """As :func:`claims`, once each namespace has one."""
    found = claims(planes)
    if found.keys() != {*NAMESPACES}:
        raise NotYetError(str(found))
    return found


def test_results_stay_and_what_had_ended_is_archived_first(
    pushed: None,
    repository: Repository,
    planes: ControlPlanes,
    engine: SyncEngine,
    observed: Observed,
) -> None:
    for name, namespace in (("archived-1", BEFORE), ("ended-1", FREED), ("moved-1", FREED)):
        wait_status(planes, "karmada", name, "Failed", namespace=namespace)
    for name, namespace in (("runs-1", MADE), ("only-1", FREED)):
        wait_status(planes, LEAVES, name, "Initializing", namespace=namespace)
    before = all_claims(planes)

    assert would_be_lost(repository, planes) == [FREED, MADE]
    label = ("label", "namespace", FREED, "karmada.io/managed-")
    kubectl = (planes.engines.binary("kubectl"), "--kubeconfig", planes.kubeconfig(LEAVES))
    subprocess.run([*kubectl, *label], check=True, capture_output=True)
    assert would_be_lost(repository, planes) == [MADE]

    kubeconfig = str(planes.kubeconfig("karmada"))
    which = ("--finished-for", "0h", "--namespace", BEFORE)
    ran = repository.rayjobs("archive", *which, "--delete", "--kubeconfig", kubeconfig)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    repository.write_job(job("moved-1", [STAYS], namespace=FREED, scheduling=ORDERED, **ENDS))
    engine.applied(repository.push())
    wait_gone(planes, "archived-1", BEFORE)
    wait_status(planes, STAYS, "moved-1", "Failed", namespace=FREED)
    assert planes[LEAVES].get("RayJob", "moved-1", FREED) is None
    observed(f"moved-1 had ended, lost {LEAVES} as a target, and trained again in {STAYS}")

    planes["karmada"].delete("Cluster", LEAVES)
    wait_for(f"Karmada: Cluster {LEAVES} gone", lambda: look_gone(planes, "Cluster", LEAVES), 90)
    wait_for(f"{LEAVES}: {MADE} gone", lambda: look_gone(planes, "Namespace", MADE), 60)
    assert claims(planes) == {name: before[name] for name in (BEFORE, FREED)}
    assert planes[LEAVES].all_of("RayJob") == []
    observed(f"{LEAVES} keeps {BEFORE} and {FREED} with their claims; {MADE} and all RayJobs went")

    wait_status(planes, STAYS, "ended-1", "Failed", namespace=FREED)
    wait_status(planes, STAYS, "runs-1", "Initializing", namespace=MADE)
    for name, namespace in (("archived-1", BEFORE), ("only-1", FREED)):
        assert planes[STAYS].get("RayJob", name, namespace) is None
    observed(f"ended-1 trained again in {STAYS}, runs-1 starts anew there, only-1 runs nowhere")

    join(planes, LEAVES)
    wait_joined(planes, LEAVES)
    wait_status(planes, LEAVES, "only-1", "Initializing", namespace=FREED)
    for name, namespace in (("ended-1", FREED), ("runs-1", MADE)):
        assert planes[LEAVES].get("RayJob", name, namespace) is None
    now = wait_for(f"{LEAVES}: a claim in {MADE}", lambda: all_claims(planes), 60)
    assert now == {**before, MADE: now[MADE]}
    assert now[MADE] != before[MADE]
    observed(f"joined again, {LEAVES} has its old claims of {BEFORE} and {FREED}")


def look_gone(planes: ControlPlanes, kind: str, name: str) -> None:
    plane = "karmada" if kind == "Cluster" else LEAVES
    if (found := planes[plane].get(kind, name)) is not None:
        raise NotYetError(str(found.get("status")))
