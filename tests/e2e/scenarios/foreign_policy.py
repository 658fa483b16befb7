"""A policy that claimed first keeps a job: the commands name it, and what they advise works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.deletion_protection import delete_protected
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.members import job
from tests.e2e.scenarios.one_engine import WITH_ARGO_CD
from tests.e2e.scenarios.reader import Reader
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import Object, documents
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

# Karmada decides who holds an object, whichever engine has brought the policies.
pytestmark = WITH_ARGO_CD

NAMESPACE, NAME = "team-foreign", "foreign-1"
OBJECTS = {
    "PersistentVolumeClaim": "foreign-results",
    "RayJob": NAME,
    "Secret": "s3-credentials",
}
LABEL = "clusterpropagationpolicy.karmada.io/permanent-id"


def everything(*kinds: str, kept: bool = False) -> Object:
    """What places objects of these kinds in all members, where they stay if they are kept."""
    selectors = [
        {
            "apiVersion": "ray.io/v1" if kind == "RayJob" else "v1",
            "kind": kind,
            "namespace": NAMESPACE,
        }
        for kind in kinds
    ]
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "ClusterPropagationPolicy",
        "metadata": {"name": "everything"},
        "spec": {
            "preserveResourcesOnDeletion": kept,
            "resourceSelectors": selectors,
            "placement": {"clusterAffinity": {"clusterNames": [*MEMBERS]}},
        },
    }


@pytest.fixture(scope="module")
def claimed(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """A job of Git for member1 whose objects were on Karmada before the policies of rendered/."""
    karmada = planes["karmada"]
    karmada.apply(everything(*OBJECTS))
    create_credentials(planes, NAMESPACE)
    repository.write_job(job(NAME, namespace=NAMESPACE, pvcName="foreign-results"))
    repository.render()
    files = [f"{NAME}.yaml", "storage/foreign-results.yaml"]
    texts = [repository.directory / "rendered" / NAMESPACE / file for file in files]
    found = [one for text in texts for one in documents(text.read_text(encoding="utf-8"))]
    karmada.apply(*(one for one in found if one["kind"] in OBJECTS))
    for kind in OBJECTS:
        wait_held(planes, kind, "everything", *MEMBERS)
    engine.applied(repository.push())
    yield
    karmada.delete("ClusterPropagationPolicy", "everything")
    repository.delete_job(NAME)
    engine.applied(repository.push())
    wait_gone(planes, NAME, NAMESPACE)
    for kind in ("PersistentVolumeClaim", "Secret"):
        delete_protected(karmada, kind, OBJECTS[kind], NAMESPACE)
        for member in MEMBERS:
            planes[member].delete(kind, OBJECTS[kind], NAMESPACE)


def wait_held(planes: ControlPlanes, kind: str, policy: str, *members: str) -> None:
    """Until a policy holds an object, and the object is where that places it, and only there."""
    name = OBJECTS[kind]

    def look() -> None:
        binding = planes["karmada"].get("ResourceBinding", f"{name}-{kind}".lower(), NAMESPACE)
        annotations = (binding or {}).get("metadata", {}).get("annotations", {})
        names = {
            annotations.get("propagationpolicy.karmada.io/name"),
            annotations.get("clusterpropagationpolicy.karmada.io/name"),
        }
        there = [member for member in MEMBERS if planes[member].get(kind, name, NAMESPACE)]
        if names != {None, policy} or there != [*members]:
            raise NotYetError(f"{names} in {there}")

    wait_for(f"{kind} {name} held by {policy}", look, 60)


def wait_kept(planes: ControlPlanes, *kinds: str) -> None:
    """Until each member's Work of these objects says that they stay when they are placed no more.

    A Work that does not say so yet is deleted with its object.
    """
    wanted = {(kind, OBJECTS[kind]) for kind in kinds}

    def look() -> None:
        for member in MEMBERS:
            works = planes["karmada"].all_of("Work", f"karmada-es-{member}")
            kept = {
                (one["kind"], one["metadata"]["name"])
                for work in works
                if work["spec"].get("preserveResourcesOnDeletion")
                for one in work["spec"]["workload"]["manifests"]
                if one["metadata"].get("namespace") == NAMESPACE
            }
            if missing := wanted - kept:
                raise NotYetError(f"{member}: {missing}")

    wait_for("the Works keep their objects", look, 60)


def printed(repository: Repository, planes: ControlPlanes, *arguments: str) -> Any:
    kubeconfig = str(planes.kubeconfig("karmada"))
    ran = repository.rayjobs(*arguments, "--format", "json", "--kubeconfig", kubeconfig)
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout)


def holders(found: Any) -> list[dict[str, Any]]:
    return [one for one in found["findings"] if one["check"] == "karmada/holders"]


def test_the_commands_name_it(
    claimed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    kubeconfig = str(planes.kubeconfig("karmada"))
    table = repository.rayjobs("status", "-n", NAMESPACE, "--kubeconfig", kubeconfig).stdout
    observed(table.splitlines()[-1])
    assert "ClusterPropagationPolicy everything holds the job" in table
    (found,) = printed(repository, planes, "status", f"{NAMESPACE}/{NAME}")["jobs"]
    assert (found["sync"], found["clusters"]) == ("synced", [*MEMBERS])
    (problem,) = [one for one in found["problems"] if one["id"] == "foreign-policy"]
    observed(f"{problem['message']} | {problem['hint']}")
    assert "it is on member1, member2; rendered/ places it on member1" in problem["message"]
    (finding,) = holders(printed(repository, planes, "doctor"))
    observed(f"{finding['outcome']}: {finding['message']}")
    assert finding["outcome"] == "problem"
    assert {words.split(" (")[0] for words in finding["about"]} == {
        f"{kind} {NAMESPACE}/{name}" for kind, name in OBJECTS.items()
    }


def test_who_may_not_read_secrets_is_told_of_them(
    claimed: None, repository: Repository, planes: ControlPlanes, reader: Reader
) -> None:
    reader.bind_on_karmada()
    kubeconfig = str(planes.kubeconfig_of_reader("karmada"))

    def look() -> None:
        ran = repository.rayjobs("doctor", "--format", "json", "--kubeconfig", kubeconfig)
        (finding,) = holders(json.loads(ran.stdout))
        if len(finding["about"]) != len(OBJECTS):
            raise NotYetError(finding["message"])

    wait_for("the reader may", look, 30)


def test_what_they_advise_works(
    claimed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    """The label is taken away, then the policy is narrowed, then deleted: a kind each."""
    karmada = planes["karmada"]
    before = planes["member1"].get("RayJob", NAME, NAMESPACE) or {}
    karmada.patch("RayJob", NAME, {"metadata": {"labels": {LABEL: None}}}, NAMESPACE)
    wait_held(planes, "RayJob", f"{NAME}-propagation", "member1")
    after = planes["member1"].get("RayJob", NAME, NAMESPACE) or {}
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    observed("without the label the policy of rendered/ has it; the copy of member1 went on")
    karmada.apply(everything(*OBJECTS, kept=True))
    wait_kept(planes, "PersistentVolumeClaim", "Secret")
    karmada.apply(everything("RayJob", "Secret", kept=True))
    wait_held(planes, "PersistentVolumeClaim", "foreign-results-propagation", *MEMBERS)
    karmada.delete("ClusterPropagationPolicy", "everything")
    wait_held(planes, "Secret", "s3-credentials-propagation", *MEMBERS)
    (found,) = printed(repository, planes, "status", f"{NAMESPACE}/{NAME}")["jobs"]
    assert found["clusters"] == ["member1"]
    assert not {one["id"] for one in found["problems"]} & {"foreign-policy", "elsewhere"}
    about = [
        words for one in holders(printed(repository, planes, "doctor")) for words in one["about"]
    ]
    assert not [words for words in about if NAMESPACE in words]
