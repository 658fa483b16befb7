"""Scenario 3: after a sync all is in step and stays so, without a further sync or write."""

from __future__ import annotations

import time
from typing import Any

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import job, said, wait_for_copies
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import documents
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for

SECONDS, QUIET_SECONDS = 60, 10
KINDS = (
    "RayJob",
    "OverridePolicy",
    "PropagationPolicy",
    "PersistentVolumeClaim",
    "Secret",
    "Namespace",
)


def written(planes: ControlPlanes) -> dict[str, str]:
    """The resourceVersion of everything on Karmada that a sync engine may write."""
    return {
        f"{kind} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}": one["metadata"][
            "resourceVersion"
        ]
        for kind in KINDS
        for one in planes["karmada"].all_of(kind)
    }


def test_the_engine_settles_and_stays_settled(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    for mode in ("all", "one-of", "ordered"):
        repository.write_job(job(f"settle-{mode}", list(MEMBERS), scheduling={"mode": mode}))
    engine.synced(repository.push())
    for name, one in said(repository).items():
        if name.startswith("settle-"):
            wait_for_copies(planes, one)

    def state() -> dict[str, Any]:
        return {"engine": engine.state(), "karmada": written(planes)}

    def quiet() -> None:
        """Members still report of jobs that have just begun, which Karmada writes down."""
        before = state()
        time.sleep(QUIET_SECONDS)
        now = state()
        if now != before:
            old, new = before["karmada"], now["karmada"]
            changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
            raise NotYetError(f"changed: {', '.join(changed) or now['engine']}")

    wait_for(f"{engine.name} and Karmada quiet", quiet, 240)
    kept = stays(f"{engine.name} and Karmada", state, SECONDS)
    observed(
        f"{engine.name} in step with health right; for {SECONDS} s no sync and no write to "
        f"{len(kept['karmada'])} objects on Karmada"
    )


def test_a_member_owns_whether_a_job_is_suspended(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    """As Kueue does in a member: it suspends a job until its queue admits it."""
    create_credentials(planes, "default")
    shipped = ROOT / "sync" / "karmada" / "rayjob-interpreter.yaml"
    planes["karmada"].apply(*documents(shipped.read_text(encoding="utf-8")))
    repository.write_job(job("queued-1"))
    engine.synced(repository.push())
    wait_for_copies(planes, said(repository)["queued-1"])
    member = planes[MEMBERS[0]]

    member.patch("RayJob", "queued-1", {"spec": {"suspend": True}})
    wait_status(planes, MEMBERS[0], "queued-1", "Suspended")
    # Something else of it changes in Git meanwhile, and is brought to the member.
    repository.write_job(job("queued-1", stoppingCondition={"maxRuntimeSeconds": 7100}))
    engine.applied(repository.push())

    def changed() -> None:
        spec = (member.get("RayJob", "queued-1") or {})["spec"]
        if spec["activeDeadlineSeconds"] != 7100:
            raise NotYetError("the change has not arrived")

    wait_for(f"{MEMBERS[0]}: RayJob queued-1 changed", changed, 120)
    stays(
        "spec.suspend",
        lambda: (member.get("RayJob", "queued-1") or {})["spec"]["suspend"],
        QUIET_SECONDS,
    )
    wait_status(planes, MEMBERS[0], "queued-1", "Suspended")
    member.patch("RayJob", "queued-1", {"spec": {"suspend": False}})
    wait_status(planes, MEMBERS[0], "queued-1", "Initializing", "Running")
    repository.delete_job("queued-1")
    engine.applied(repository.push())
    observed("suspended in the member it stays so while Git changes it, and goes on when let go")
