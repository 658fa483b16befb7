"""docs/sync.md, "Tenancy": each namespace by itself, and as an account of its own."""

from __future__ import annotations

import shutil

from tests.e2e.scenarios.documentation import forget, take_away
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.page import Checkout, first_job, sections
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

MEMBER = "member1"
NEW = "rayjobs new {name} --from {like} --cluster member1"
AS_ITSELF = {"data": {"application.sync.impersonation.enabled": None}}


def render_and_push(checkout: Checkout, engine: SyncEngine) -> None:
    """Render, commit everything and push, and tell the sync engine of it."""
    checkout.run("rayjobs render")
    if engine.name == "Flux":
        checkout.run("rayjobs sync flux")
    checkout.run("git add --all && git commit --quiet --message Jobs && git push --quiet")
    engine.fetch()


def delete_jobs(checkout: Checkout, pattern: str) -> None:
    """Delete the folders of jobs whose names match."""
    for folder in (checkout.directory / "jobs").glob(f"*/{pattern}"):
        shutil.rmtree(folder)


def wait_running(planes: ControlPlanes, name: str, namespace: str) -> tuple[str, str]:
    """The uid and the Ray cluster of a RayJob in the member, once KubeRay has taken it up."""

    def look() -> tuple[str, str]:
        found = planes[MEMBER].get("RayJob", name, namespace) or {}
        cluster = found.get("status", {}).get("rayClusterName")
        if not cluster:
            raise NotYetError(str(found.get("status")))
        return found["metadata"]["uid"], cluster

    return wait_for(f"{MEMBER}: RayJob {namespace}/{name} taken up", look, 180)


def test_each_namespace_by_itself_and_as_an_account_of_its_own(
    engine: SyncEngine, planes: ControlPlanes, checkout: Checkout, observed: Observed
) -> None:
    forget(planes, engine)
    checkout.run_all(first_job(engine))
    before = wait_running(planes, "first-training", "team-text")
    if engine.name == "Flux":
        checkout.run_all(sections()["Tenancy"])
        observed("one Kustomization for all goes, one a namespace comes; the first job runs on")
        the_last_job_of_default_goes(planes, checkout, engine)
        observed("the last job of default goes with its Kustomization; its claim stays")
    assert wait_running(planes, "first-training", "team-text") == before

    checkout.run_all(sections()[f"Accounts with {engine.name}"])
    checkout.run(NEW.format(name="as-account", like="first-training"))
    checkout.run(NEW.format(name="not-bound", like="first-training") + " --namespace default")
    render_and_push(checkout, engine)
    wait_running(planes, "as-account", "team-text")
    words = refusal(planes, engine)
    assert planes["karmada"].get("RayJob", "not-bound", "default") is None
    delete_jobs(checkout, "as-account")
    render_and_push(checkout, engine)
    wait_gone(planes, "as-account", "team-text")
    assert wait_running(planes, "first-training", "team-text") == before
    observed(
        f"{engine.name} applies and prunes as the account of team-text; default, which is not "
        f"bound: {words[:200]!r}"
    )

    if engine.name == "Argo CD":
        planes["management"].patch("ConfigMap", "argocd-cm", AS_ITSELF, "argocd")
    take_away(engine, planes)
    # Not before: what an account may not delete any more stays, and so does what deletes it.
    for namespace in ("team-audio", "team-text"):
        planes["karmada"].delete("RoleBinding", "rayjobs", namespace)


def the_last_job_of_default_goes(
    planes: ControlPlanes, checkout: Checkout, engine: SyncEngine
) -> None:
    """default keeps no directory: its Kustomization has to go with it."""
    checkout.run(NEW.format(name="last-of-default", like="train-defects-1"))
    delete_jobs(checkout, "train-*")
    render_and_push(checkout, engine)
    wait_running(planes, "last-of-default", "default")
    claim = wait_for(f"{MEMBER}: its claim", lambda: claim_of_default(planes), 120)
    delete_jobs(checkout, "last-of-default")
    checkout.run("rayjobs render")
    found = checkout.run("rayjobs check --conformance off || true")
    assert "sync/stale" in found, found
    render_and_push(checkout, engine)
    wait_gone(planes, "last-of-default", "default")
    assert planes["management"].get("Kustomization", "rayjobs-default", "flux-system") is None
    assert claim_of_default(planes) == claim


def claim_of_default(planes: ControlPlanes) -> str:
    """The uid of the claim that the last job of default writes to, in the member."""
    found = planes[MEMBER].get("PersistentVolumeClaim", "vision-results", "default")
    if found is None:
        raise NotYetError("there is none")
    return str(found["metadata"]["uid"])


def refusal(planes: ControlPlanes, engine: SyncEngine) -> str:
    """What the sync engine says of default, whose account is bound to no role."""

    def look() -> str:
        words = said_of_default(planes, engine)
        if "forbidden" not in words:
            raise NotYetError(words)
        return words

    return wait_for(f"{engine.name}: default refused", look, 180)


def said_of_default(planes: ControlPlanes, engine: SyncEngine) -> str:
    """What the object that syncs default says of its last sync."""
    api = planes["management"]
    if engine.name == "Flux":
        found = api.get("Kustomization", "rayjobs-default", "flux-system") or {}
        conditions = found.get("status", {}).get("conditions", [])
        return "; ".join(one["message"] for one in conditions if one["type"] == "Ready")
    found = api.get("Application", "rayjobs-default", "argocd") or {}
    operation = found.get("status", {}).get("operationState", {})
    objects = operation.get("syncResult", {}).get("resources", [])
    return "; ".join(str(one.get("message")) for one in (operation, *objects))
