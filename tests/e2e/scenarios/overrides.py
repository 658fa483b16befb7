"""A job whose clusters differ starts with its node settings or not at all, and goes on without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import PLATFORM, job, platform, rendered, uids
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.flux import Flux
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for

POOLS: dict[str, str | None] = {member: f"pool-of-{member}" for member in MEMBERS}
NONE: dict[str, str | None] = dict.fromkeys(MEMBERS)


@pytest.fixture
def differing(repository: Repository, planes: ControlPlanes) -> Iterator[Repository]:
    """A repository without jobs whose clusters have nodes of different labels."""
    create_credentials(planes, "default")
    clusters = {name: {"pods": {"nodeSelector": {"pool": pool}}} for name, pool in POOLS.items()}
    repository.write_platform(platform(clusters=clusters))
    repository.delete_jobs()
    yield repository
    repository.delete_jobs()
    repository.write_platform(PLATFORM)


# Karmada waits, whichever engine has brought the job.
@pytest.mark.parametrize("engine", [Flux], ids=["flux"], indirect=True, scope="session")
def test_a_job_waits_for_its_override_policy(
    differing: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    differing.write_job(job("waiting", list(MEMBERS), scheduling={"mode": "all"}))
    differing.render()
    objects = rendered(differing, "default/waiting.yaml")
    karmada = planes["karmada"]
    karmada.apply(objects["RayJob"], objects["PropagationPolicy"])
    assert stays("RayJobs", lambda: pools(planes, "waiting"), 6) == {}
    karmada.apply(objects["OverridePolicy"])
    wait_for_pools(planes, "waiting", POOLS)
    observed("without its OverridePolicy it is placed nowhere, with it as each cluster asks for")
    for kind in ("RayJob", "PropagationPolicy", "OverridePolicy"):
        karmada.delete(kind, objects[kind]["metadata"]["name"])
    wait_for_pools(planes, "waiting", {})


def test_a_job_outlives_its_override_policy(
    engine: SyncEngine,
    differing: Repository,
    planes: ControlPlanes,
    observed: Observed,
) -> None:
    name, deadline = "differing", 5000
    one = job(name, list(MEMBERS), scheduling={"mode": "all"})
    differing.write_job(one)
    engine.applied(differing.push())
    wait_for_pools(planes, name, POOLS)
    first = uids(planes, "RayJob", name, "default")

    differing.write_platform(PLATFORM)
    engine.applied(differing.push())
    wait_for_pools(planes, name, NONE)
    assert planes["karmada"].get("OverridePolicy", f"{name}-override") is None
    differing.write_job({**one, "stoppingCondition": {"maxRuntimeSeconds": deadline}})
    engine.applied(differing.push())

    def changed() -> None:
        specs = specs_of(planes, name)
        found = {member: spec["activeDeadlineSeconds"] for member, spec in specs.items()}
        if found != dict.fromkeys(MEMBERS, deadline):
            raise NotYetError(str(found))

    wait_for(f"Karmada: RayJob {name} changed in both members", changed, 60)
    assert uids(planes, "RayJob", name, "default") == first
    observed("clusters that agree: the OverridePolicy goes, the same RayJobs stay and follow Git")


def wait_for_pools(planes: ControlPlanes, name: str, wanted: dict[str, str | None]) -> None:
    def look() -> None:
        if pools(planes, name) != wanted:
            raise NotYetError(str(pools(planes, name)))

    wait_for(f"Karmada: RayJob {name} in the members with {wanted}", look, 90)


def pools(planes: ControlPlanes, name: str) -> dict[str, str | None]:
    """By member with a copy of the job, the pool that its head asks for, if for any."""
    specs = specs_of(planes, name)
    heads = {
        member: spec["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
        for member, spec in specs.items()
    }
    return {member: head.get("nodeSelector", {}).get("pool") for member, head in heads.items()}


def specs_of(planes: ControlPlanes, name: str) -> dict[str, Object]:
    """By member with a copy of the job, the spec of its RayJob."""
    found = {member: planes[member].get("RayJob", name) for member in MEMBERS}
    return {member: one["spec"] for member, one in found.items() if one}
