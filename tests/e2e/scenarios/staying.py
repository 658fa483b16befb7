"""What a change of placement does to a job that runs once; either engine syncs its policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import PLATFORM, job, platform, uids
from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for

pytestmark = WITH_FLUX

Placement: TypeAlias = tuple[list[str], dict[str, Any]]
FIRST, SECOND = MEMBERS
BOTH = [FIRST, SECOND]
ONE_OF, ORDERED = {"mode": "one-of"}, {"mode": "ordered"}
STAY: dict[str, tuple[Placement, Placement]] = {
    "stay-more": (([SECOND], ONE_OF), (BOTH, ONE_OF)),
    "stay-labels": ((BOTH, {**ONE_OF, "clusterLabels": {"site": SECOND}}), (BOTH, ONE_OF)),
    "stay-unordered": (([SECOND, FIRST], ORDERED), (BOTH, ONE_OF)),
    "stay-tolerant": (
        ([SECOND], ONE_OF),
        (BOTH, {**ONE_OF, "clusterTolerations": [{"key": "maintenance"}]}),
    ),
}
"""Jobs that run on the second member, though the first comes before it by name."""
MOVE: dict[str, tuple[Placement, Placement]] = {
    "move-ordered": (([SECOND], ONE_OF), (BOTH, ORDERED)),
    "move-reordered": (([SECOND, FIRST], ORDERED), (BOTH, ORDERED)),
}
_SECONDS = 10


@pytest.fixture
def written(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """The jobs as they are placed first; in the end none, and clusters without their labels."""
    create_credentials(planes, "default")
    label(planes, {member: member for member in MEMBERS})
    described = {member: {"labels": {"site": member}} for member in MEMBERS}
    repository.write_platform(platform(clusters=described))
    write(repository, 0)
    engine.applied(repository.push())
    yield
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())
    label(planes, dict.fromkeys(MEMBERS))


def label(planes: ControlPlanes, sites: dict[str, Any]) -> None:
    for member, site in sites.items():
        planes["karmada"].patch("Cluster", member, {"metadata": {"labels": {"site": site}}})


def write(repository: Repository, which: int) -> None:
    """The jobs as they are placed first, or second."""
    for name, placements in {**STAY, **MOVE}.items():
        clusters, scheduling = placements[which]
        repository.write_job(job(name, clusters, scheduling=scheduling))


def copies(planes: ControlPlanes, names: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {name: uids(planes, "RayJob", name, "default") for name in names}


def wait_on(planes: ControlPlanes, member: str, names: dict[str, Any]) -> None:
    def look() -> None:
        elsewhere = {n: on for n, on in copies(planes, names).items() if [*on] != [member]}
        if elsewhere:
            raise NotYetError(str(elsewhere))

    wait_for(f"on {member}: {', '.join(names)}", look, 60)


def test_a_job_stays_until_its_order_names_another_cluster_first(
    written: None,
    repository: Repository,
    planes: ControlPlanes,
    engine: SyncEngine,
    observed: Observed,
) -> None:
    wait_on(planes, SECOND, {**STAY, **MOVE})
    before = copies(planes, STAY)

    write(repository, 1)
    engine.applied(repository.push())
    wait_on(planes, FIRST, MOVE)
    for estimation in ({}, {"estimation": "components"}, {}):
        repository.write_platform(platform(scheduling=estimation))
        engine.applied(repository.push())
        assert stays("the RayJobs", lambda: copies(planes, STAY), _SECONDS) == before
    observed(f"{', '.join(STAY)} are the same RayJobs on {SECOND}; {', '.join(MOVE)} began anew")
