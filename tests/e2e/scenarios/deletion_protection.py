"""Namespaces, claims and Secrets that Karmada refuses to delete, until somebody means it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from generator.render.namespace import PROTECTED
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.members import PLATFORM, job, said, uids, wait_for_copies
from tests.e2e.scenarios.page import Checkout, sections
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import Api, ApiError
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

NAMESPACE = "team-text"
CLAIM = "PersistentVolumeClaim"
KEPT = {CLAIM: "text-results", "Secret": "s3-credentials", "Namespace": NAMESPACE}
"""By kind, what docs/sync.md deletes."""
REFUSAL = "This resource is protected, please make sure to remove the label"
(LABEL,) = PROTECTED


def delete_protected(api: Api, kind: str, name: str, namespace: str) -> None:
    """Delete an object as docs/sync.md says to; nothing where there is none."""
    api.patch_if_there(kind, name, {"metadata": {"labels": {LABEL: None}}}, namespace)
    api.delete(kind, name, namespace)


def test_what_holds_results_is_deleted_on_purpose_alone(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    checkout: Checkout,
    observed: Observed,
) -> None:
    karmada = planes["karmada"]
    create_credentials(planes, NAMESPACE)
    named: dict[str, Any] = {"namespace": NAMESPACE, "pvcName": KEPT[CLAIM]}
    repository.delete_jobs()
    repository.write_job(job("protected-1", list(MEMBERS), scheduling={"mode": "all"}, **named))
    engine.synced(repository.push())
    wait_for_copies(planes, said(repository)["protected-1"])
    before = {kind: uids(planes, kind, name, NAMESPACE) for kind, name in KEPT.items()}
    assert [set(of_kind) for of_kind in before.values()] == [set(MEMBERS)] * len(KEPT)
    for kind, name in KEPT.items():
        with pytest.raises(ApiError, match=REFUSAL):
            karmada.delete(kind, name, NAMESPACE)
    observed(f"namespace, claim and Secret: {REFUSAL!r}")

    out_of_git = yaml.safe_load(PLATFORM)
    out_of_git["namespaces"].remove(NAMESPACE)
    repository.write_platform(yaml.safe_dump(out_of_git))
    repository.delete_jobs()
    repository.write_job(job("elsewhere"))
    engine.applied(repository.push())
    wait_gone(planes, "protected-1", NAMESPACE)
    assert {kind: uids(planes, kind, name, NAMESPACE) for kind, name in KEPT.items()} == before

    checkout.run_all(sections()["Delete a claim"])
    wait_let_go(planes["member1"], CLAIM, KEPT[CLAIM])
    planes["member1"].delete(CLAIM, KEPT[CLAIM], NAMESPACE)
    wait_left(planes, CLAIM, KEPT[CLAIM], ["member2"])
    assert uids(planes, CLAIM, KEPT[CLAIM], NAMESPACE)["member2"] == before[CLAIM]["member2"]
    observed("a claim without its label goes from Karmada; its copies go where they are deleted")

    checkout.run_all(sections()["Delete a namespace"])
    wait_left(planes, "Namespace", NAMESPACE, [])
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())
    observed("by the commands of docs/sync.md the namespace goes, in both members too")


def wait_let_go(member: Api, kind: str, name: str) -> None:
    """Until Karmada has let go of a member's copy; one deleted before is made anew."""

    def look() -> None:
        labels = (member.get(kind, name, NAMESPACE) or {})["metadata"]["labels"]
        if "karmada.io/managed" in labels:
            raise NotYetError(str(labels))

    wait_for(f"{member.name}: {kind} {name} let go by Karmada", look, 60)


def wait_left(planes: ControlPlanes, kind: str, name: str, where: list[str]) -> None:
    """Until an object is left on the planes named, and nowhere else."""

    def look() -> None:
        left = [
            plane
            for plane in ("karmada", *MEMBERS)
            if planes[plane].get(kind, name, NAMESPACE) is not None
        ]
        if left != where:
            raise NotYetError(f"on {left}")

    wait_for(f"{kind} {name} on {where or 'nothing'} alone", look, 120)
