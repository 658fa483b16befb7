"""A member stops answering, is unjoined while it is silent, and comes back: what is said of jobs.

What Karmada says of members is the same whichever engine has brought the jobs: one is enough.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import PLATFORM, job
from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.karmada import NOTICED_SOON, join, wait_joined
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

pytestmark = WITH_FLUX

CONTROLLERS = "karmada-controller-manager"
OTHER, AWAY = MEMBERS
IN_ORDER = {"mode": "ordered"}
JOBS = ("away-both", "away-ended", "away-moves", "away-only")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

Ask: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(repository: Repository, planes: ControlPlanes) -> Ask:
    """Run a command on the repository."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return repository.rayjobs(*arguments, "--kubeconfig", str(planes.kubeconfig("karmada")))

    return run


@pytest.fixture
def pushed(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """Jobs on the member; at the end it is joined, and nothing of them is left."""
    create_credentials(planes, "default")
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    repository.write_job(job("away-both", [*MEMBERS], scheduling={"mode": "all"}))
    ends = {"stoppingCondition": {"maxRuntimeSeconds": 5}}
    repository.write_job(job("away-ended", [AWAY, OTHER], scheduling=IN_ORDER, **ends))
    repository.write_job(job("away-moves", [AWAY, OTHER], scheduling=IN_ORDER))
    repository.write_job(job("away-only", [AWAY]))
    engine.applied(repository.push())
    planes.processes.restart(CONTROLLERS, *NOTICED_SOON)
    yield
    planes.processes.restart(CONTROLLERS)
    repository.delete_jobs()
    engine.applied(repository.push())
    for name in JOBS:  # Karmada has forgotten those that it moved
        planes[AWAY].delete("RayJob", name)


def until(ask: Ask, arguments: tuple[str, ...], *words: str) -> str:
    """What a command prints once it has all the words."""

    def look() -> str:
        printed = ask(*arguments).stdout
        if missing := [one for one in words if not re.search(one, printed)]:
            raise NotYetError(f"{missing} in {printed}")
        return printed

    return wait_for(f"rayjobs {' '.join(arguments)}", look, 90)


def copies(ask: Ask) -> dict[tuple[str, str], dict[str, Any]]:
    """By job and member, what the JSON of ``status`` has."""
    return {
        (one["name"], copy["cluster"]): copy
        for one in json.loads(ask("status", "--format", "json").stdout)["jobs"]
        for copy in one["copies"]
    }


def test_a_member_that_is_away_and_leaves_and_is_back(
    pushed: None, ask: Ask, planes: ControlPlanes, observed: Observed
) -> None:
    wait_status(planes, "karmada", "away-ended", "Failed")
    for name in ("away-both", "away-moves", "away-only"):
        wait_status(planes, AWAY, name, "Initializing")
    until(ask, ("status", "away-only"), "away-only: Initializing\n")
    assert "answer" not in ask("status").stdout

    planes.processes.end(f"kube-apiserver-{AWAY}")
    silent = rf"{AWAY} does not answer since {TIME}; this is what it last said"
    table = until(ask, ("status",), silent)
    rows = {line.split()[0].removeprefix("default/"): line for line in table.splitlines()[1:]}
    for name in ("away-both", "away-moves", "away-only"):
        assert re.search(rf" Initializing\? .*{silent}$", rows[name])
    assert " Failed " in rows["away-ended"]
    assert "answer" not in rows["away-ended"]
    observed(re.sub(" +", " ", rows["away-only"]))
    assert ask("status", "away-only").returncode == 1
    found = copies(ask)
    assert found["away-only", AWAY]["current"] is False
    assert found["away-only", AWAY]["silentSince"] in table
    assert found["away-both", OTHER]["current"] is True
    assert found["away-ended", AWAY]["current"] is True
    until(ask, ("clusters",), rf"{AWAY} +no ", rf"not ready since {TIME}: ClusterNotReachable")
    logs = ask("logs", "away-only")
    assert logs.returncode == 3
    assert "the member may not answer Karmada: `rayjobs clusters` says" in logs.stderr

    planes["karmada"].delete("Cluster", AWAY)
    # Claims and Secrets, which stay there, keep a silent cluster from going.
    until(
        ask,
        ("clusters",),
        rf"{AWAY} +leaving ",
        rf"{AWAY}: it has been leaving Karmada since {TIME}, and nothing is placed there; ",
        rf"jobs that may have been placed on {OTHER} instead: [^;]*default/away-moves",
        r"jobs that may have (?:been placed|run again) on [^;]*: [^;]*default/away-ended",
    )
    assert ask("clusters").returncode == 1
    moved = (
        rf"may have (?:been placed|run again) on {OTHER}.*; if so, its old copy on {AWAY} may go on"
    )
    only = rf"away-only .* no cluster fits: {AWAY} is leaving Karmada"
    status = until(ask, ("status",), rf"away-ended .*{moved}", rf"away-moves .*{moved}", only)
    observed(next(line for line in status.splitlines() if "away-ended" in line))

    planes.processes.restart(f"kube-apiserver-{AWAY}")
    planes[AWAY].wait_ready(planes.processes.assert_running)

    def gone() -> None:
        if found := planes["karmada"].get("Cluster", AWAY):
            raise NotYetError(str(found["metadata"]))

    wait_for(f"Karmada: Cluster {AWAY} gone", gone, 90)
    join(planes, AWAY)
    wait_joined(planes, AWAY)
    until(ask, ("status", "away-only"), "away-only: Initializing\n")
    assert all(one["current"] for one in copies(ask).values())
    assert "leaving" not in ask("status").stdout
    observed(f"{AWAY} is back: nothing is said of it any more")
