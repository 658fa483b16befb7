"""Scenario 5, its end: Karmada is lost and built anew from Git, with jobs that had finished.

The last module of an engine: what was on Karmada before is gone after it.
"""

from __future__ import annotations

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import copies_of, job, said, wait_for_copies
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.karmada import rebuild_karmada
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, stays, wait_for


def test_a_karmada_that_is_built_anew_runs_nothing_again_where_members_stayed(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    create_credentials(planes, "default")
    repository.delete_jobs()
    repository.write_job(job("finished-before", stoppingCondition={"maxRuntimeSeconds": 20}))
    repository.write_job(job("goes-on"))
    engine.applied(repository.push())
    wait_status(planes, "member1", "finished-before", "Failed")
    wait_for_copies(planes, said(repository)["goes-on"])
    before = runs(planes)

    rebuild_karmada(planes)
    create_credentials(planes, "default")
    engine.restore()

    def back() -> None:
        missing = [name for name in before if planes["karmada"].get("RayJob", name) is None]
        if missing:
            raise NotYetError(f"not on Karmada yet: {', '.join(missing)}")

    wait_for(f"{engine.name}: both RayJobs on the new Karmada", back, 400)
    stays("the members' RayJobs", lambda: runs(planes), 30)
    assert runs(planes) == before
    words = applied(planes)
    observed(f"the members' RayJobs are the same objects and run nothing again; Karmada: {words}")

    # A member that lost its objects, of which this is one.
    planes["member1"].delete("RayJob", "finished-before")

    def again() -> None:
        now = copies_of(planes, "finished-before", "default")
        if not now or now[0].ray_job["metadata"]["uid"] == before["finished-before"][0]:
            raise NotYetError("it has not come back")
        if not now[0].ray_job.get("status", {}).get("rayClusterName"):
            raise NotYetError("it is back and runs nothing yet")

    wait_for("Karmada: RayJob finished-before in member1 again", again, 120)
    observed("a finished RayJob that a member lost comes back, and its training runs again")


def runs(planes: ControlPlanes) -> dict[str, tuple[str, str, str]]:
    """By job its uid, start and Ray cluster in the member: another run has others."""
    found = {}
    for name in ("finished-before", "goes-on"):
        (copy,) = copies_of(planes, name, "default")
        status = copy.ray_job["status"]
        found[name] = (
            copy.ray_job["metadata"]["uid"],
            status.get("startTime", ""),
            status.get("rayClusterName", ""),
        )
    return found


def applied(planes: ControlPlanes) -> str:
    """What the new Karmada says of a RayJob that a member had before it."""

    def look() -> str:
        binding = planes["karmada"].get("ResourceBinding", "goes-on-rayjob") or {}
        found = {
            one["type"]: f"{one['status']} {one.get('reason', '')}: {one.get('message', '')}"
            for one in binding.get("status", {}).get("conditions", [])
        }
        if "FullyApplied" not in found:
            raise NotYetError(str(found))
        return str(found["FullyApplied"])

    return wait_for("Karmada: ResourceBinding goes-on-rayjob", look, 120)
