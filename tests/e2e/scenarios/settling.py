"""Scenario 3: after a sync all is in step and stays so, without a further sync or write."""

from __future__ import annotations

import time
from typing import Any

from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.members import job, said, wait_for_copies
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for

SECONDS, QUIET_SECONDS = 60, 10
KINDS = ("RayJob", "PropagationPolicy", "PersistentVolumeClaim", "Secret", "Namespace")


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
