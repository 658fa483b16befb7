"""Scenario 6: a hundred jobs in one push; ``make scale`` runs it with 1,000 and 5,000."""

from __future__ import annotations

import time

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import PLATFORM, job, platform
from tests.e2e.scenarios.recordings import SCALE, Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

COUNT = SCALE or 100
_OTHERS = [f"team-{number}" for number in range(3, COUNT // 500 + 1)]
NAMESPACES = ["team-one", "team-two", *_OTHERS]
"""Of 500 jobs each, where there are more: what an Application lists has to fit into etcd."""


def test_many_jobs_in_one_push(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    repository.delete_jobs()
    repository.write_platform(platform(namespaces=["default", *NAMESPACES]))
    for number in range(COUNT):
        member, namespace = MEMBERS[number % 2], NAMESPACES[number % len(NAMESPACES)]
        repository.write_job(job(f"scale-{number:05}", [member], namespace=namespace))
    for namespace in NAMESPACES:
        create_credentials(planes, namespace)
    commit = repository.push()
    started = time.monotonic()

    def look() -> None:
        held = [planes[member].count("RayJob") for member in MEMBERS]
        # More, where those of an earlier scenario are not gone yet.
        if sum(held) != COUNT:
            raise NotYetError(f"{held} of {COUNT} RayJobs are in the members")

    engine.applied(commit, 120 + COUNT * 3)
    applied = time.monotonic() - started
    wait_for(f"{engine.name}: {COUNT} RayJobs in the members", look, 120 + COUNT * 3)
    observed(
        f"{COUNT} jobs through {engine.name}: applied to Karmada after {applied:.0f} s, "
        f"all RayJobs in the members after {time.monotonic() - started:.0f} s"
    )
    repository.write_platform(PLATFORM)
