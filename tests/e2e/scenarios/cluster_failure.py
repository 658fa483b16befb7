"""A member's API server stops, with Karmada's failover on and all that it needs.

That failover is Karmada's, whichever engine has brought the jobs: one engine is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import job, said, uids, wait_for_copies
from tests.e2e.scenarios.one_engine import WITH_ARGO_CD
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import ApiError, documents
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.karmada import NOTICED_SOON
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for

pytestmark = WITH_ARGO_CD

CONTROLLERS, WEBHOOK = "karmada-controller-manager", "karmada-webhook"
FAILOVER = ("--feature-gates=Failover=true", "--enable-no-execute-taint-eviction=true")
ENDED_SOON = "--graceful-eviction-timeout=25s"
"""Karmada waits ten minutes before it ends a copy on a cluster that is away.

That is here when the member is back: what fails before is tried again after ever longer waits.
"""
(SHOWN,) = re.findall(
    r"```yaml\n(apiVersion: .*?)```",
    (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
(TAINTED,) = documents(SHOWN)
"""The ClusterTaintPolicy of docs/scheduling.md, "When a cluster fails"."""
AWAY, OTHER = MEMBERS
MODES = {
    "stays": "one-of",
    "on-each": "all",
    "moves": "one-of",
    "moves-in-order": "ordered",
    "moves-ended": "one-of",
}
MOVED = {name for name in MODES if name.startswith("moves")}


@pytest.fixture
def failover(planes: ControlPlanes) -> Iterator[None]:
    """Karmada with its failover; without it again afterwards, and with both members."""
    planes.processes.restart(CONTROLLERS, *FAILOVER, *NOTICED_SOON, ENDED_SOON)
    planes.processes.restart(WEBHOOK, "--allow-no-execute-taint-policy=true")

    def taken() -> None:
        try:
            planes["karmada"].apply(TAINTED)
        except ApiError as refused:
            raise NotYetError(refused.reason) from None

    wait_for("karmada-webhook takes a ClusterTaintPolicy with NoExecute", taken, 60)
    yield
    come_back(planes)
    planes["karmada"].delete("ClusterTaintPolicy", TAINTED["metadata"]["name"])
    planes.processes.restart(WEBHOOK)
    planes.processes.restart(CONTROLLERS)


def come_back(planes: ControlPlanes) -> None:
    """Start the member's API server, and wait until Karmada has no taint left for it."""
    planes.processes.restart(f"kube-apiserver-{AWAY}")
    planes[AWAY].wait_ready(planes.processes.assert_running)
    wait_for_taints(planes, set())


def wait_for_taints(planes: ControlPlanes, effects: set[str]) -> None:
    def look() -> None:
        cluster = planes["karmada"].get("Cluster", AWAY) or {}
        found = {one["effect"] for one in cluster["spec"].get("taints", ())}
        if found != effects:
            raise NotYetError(str(cluster))

    wait_for(f"Karmada: Cluster {AWAY} with taints of {effects}", look, 90)


def test_a_job_stays_or_moves_as_it_says(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    failover: None,
    observed: Observed,
) -> None:
    del failover
    create_credentials(planes, "default")
    repository.delete_jobs()
    for name, mode in MODES.items():
        scheduling = {"mode": mode, **({"onClusterFailure": "move"} if name in MOVED else {})}
        limit = {"stoppingCondition": {"maxRuntimeSeconds": 10}} if name == "moves-ended" else {}
        repository.write_job(job(name, list(MEMBERS), scheduling=scheduling, **limit))
    engine.applied(repository.push())
    for name in MODES.keys() - {"moves-ended"}:
        wait_for_copies(planes, said(repository)[name])
    wait_status(planes, AWAY, "moves-ended", "Failed")
    before = {name: uids(planes, "RayJob", name, "default") for name in MODES}
    assert all(AWAY in found for found in before.values())

    planes.processes.end(f"kube-apiserver-{AWAY}")
    wait_for_taints(planes, {"NoSchedule", "NoExecute"})

    def elsewhere() -> dict[str, str]:
        found = {name: planes[OTHER].get("RayJob", name) for name in MODES}
        return {name: one["metadata"]["uid"] for name, one in found.items() if one}

    def moved() -> None:
        if elsewhere().keys() != {*MOVED, "on-each"}:
            raise NotYetError(str(elsewhere()))

    wait_for(f"Karmada: jobs that move in {OTHER}", moved, 60)
    started = stays(f"RayJobs of {OTHER}", elsewhere, 5)
    assert started["on-each"] == before["on-each"][OTHER]
    observed(f"{AWAY} away: in {OTHER} are {', '.join(sorted(started))}")

    come_back(planes)

    def settled() -> None:
        now = {name: uids(planes, "RayJob", name, "default") for name in MODES}
        if now != {
            "stays": before["stays"],
            "on-each": before["on-each"],
            **{name: {OTHER: started[name]} for name in MOVED},
        }:
            raise NotYetError(str(now))

    wait_for("Karmada: each RayJob once, as it was started", settled, 90)
    stays("RayJobs", lambda: {n: uids(planes, "RayJob", n, "default") for n in MODES}, 5)
    settled()
    observed(f"{AWAY} back: what moved is ended there, what stayed is the same RayJob")
