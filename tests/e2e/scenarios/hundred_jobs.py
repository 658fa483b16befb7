"""Scenario 6: a hundred jobs in one push; ``make scale`` runs it with 1,000 and 5,000."""

from __future__ import annotations

import os
import time

from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import job
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

COUNT = int(os.environ.get("RAYJOBS_SCALE", "100"))


def test_many_jobs_in_one_push(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    repository.delete_jobs()
    # Two namespaces, on one member each: an Application or Kustomization a namespace sees half.
    for number in range(COUNT):
        member, namespace = MEMBERS[number % 2], ("team-one", "team-two")[number % 2]
        repository.write_job(job(f"scale-{number:05}", [member], namespace=namespace))
    for namespace in ("team-one", "team-two"):
        create_credentials(planes, namespace)
    commit = repository.push()
    started = time.monotonic()

    def look() -> None:
        held = [count(planes, member) for member in MEMBERS]
        if sum(held) < COUNT:
            raise NotYetError(f"{held} of {COUNT} RayJobs are in the members")

    engine.applied(commit, 120 + COUNT * 3)
    applied = time.monotonic() - started
    wait_for(f"{engine.name}: {COUNT} RayJobs in the members", look, 120 + COUNT * 3)
    observed(
        f"{COUNT} jobs through {engine.name}: applied to Karmada after {applied:.0f} s, "
        f"all RayJobs in the members after {time.monotonic() - started:.0f} s"
    )


def count(planes: ControlPlanes, member: str) -> int:
    """How many RayJobs of this scenario a member holds."""
    found = planes[member].all_of("RayJob")
    return sum(one["metadata"]["name"].startswith("scale-") for one in found)
