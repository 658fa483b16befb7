"""Jobs of a queue: Kueue holds them back in a member, and Karmada leaves what it decides alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_no_jobs
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import PLATFORM, job, platform
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import documents
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.kueue import end_kueue, queue, start_kueue
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import stays

MEMBER = "member1"
QUIET_SECONDS = 10
SCHEDULING = {
    "queueing": "kueue",
    "queue": "training",
    "priorities": [
        {"from": 1, "to": 499, "workloadPriorityClass": "low"},
        {"from": 500, "to": 1000, "workloadPriorityClass": "high"},
    ],
}


@pytest.fixture(scope="module")
def queued(
    planes: ControlPlanes, repository: Repository, engine: SyncEngine
) -> Iterator[Repository]:
    """A repository whose jobs wait in a queue with room for one of them."""
    interpreter = (ROOT / "sync/karmada/rayjob-interpreter.yaml").read_text(encoding="utf-8")
    planes["karmada"].apply(*documents(interpreter))
    create_credentials(planes, "default")
    try:
        start_kueue(planes, MEMBER)
        yield from with_queue(planes, repository, engine)
    finally:
        # Also where it did not start: without its webhooks' answers the member takes no RayJob.
        end_kueue(planes, MEMBER)


def with_queue(
    planes: ControlPlanes, repository: Repository, engine: SyncEngine
) -> Iterator[Repository]:
    """The repository, while the member has the queue and platform.yaml names it."""
    for number, name in enumerate(("low", "high"), start=1):
        kind = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "WorkloadPriorityClass"}
        planes[MEMBER].apply({**kind, "metadata": {"name": name}, "value": number})
    # A head, a worker, and the submitter with half a CPU.
    planes[MEMBER].apply(*queue("training", cpu=3))
    repository.delete_jobs()
    repository.write_platform(platform(scheduling=SCHEDULING))
    yield repository
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())
    # Only with Kueue does the member let go of them.
    wait_no_jobs(planes, MEMBER)


def test_a_queue_lets_one_job_run_and_the_next_when_it_is_gone(
    queued: Repository, engine: SyncEngine, planes: ControlPlanes, observed: Observed
) -> None:
    queued.write_job(job("first-1"))
    engine.applied(queued.push())
    wait_status(planes, MEMBER, "first-1", "Initializing", "Running")
    # It waits in the queue for longer, which is not what KubeRay counts.
    soon = {"maxWaitSeconds": QUIET_SECONDS // 2}
    for name, priority in (("waits-1", 100), ("urgent-1", 900)):
        queued.write_job(job(name, priority=priority, stoppingCondition=soon))
    commit = queued.push()
    engine.applied(commit)
    for name in ("waits-1", "urgent-1"):
        wait_status(planes, MEMBER, name, "Suspended")

    def suspended() -> list[bool]:
        found = [planes[MEMBER].get("RayJob", name) or {} for name in ("first-1", "waits-1")]
        # Left out where it is false.
        return [one["spec"].get("suspend", False) for one in found]

    assert stays("spec.suspend of both", suspended, QUIET_SECONDS) == [False, True]
    # Its health too: a job that waits has not failed.
    engine.synced(commit)
    observed(
        "a job of the queue runs, the next two are suspended, Karmada leaves both so and "
        f"{engine.name} says all is well"
    )

    queued.delete_job("first-1")
    engine.applied(queued.push())
    wait_status(planes, MEMBER, "urgent-1", "Initializing", "Running")
    wait_status(planes, MEMBER, "waits-1", "Suspended")
    observed(
        "once it is gone the one with the higher priority runs, and the other still waits, longer "
        "than its maxWaitSeconds"
    )
