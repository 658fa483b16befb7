"""``rayjobs doctor`` of what a member would lose, and of what would run there again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.live.doctor import findings, told
from tests.live.recorded import PROXY, Recorded

NAMESPACES = "/api/v1/namespaces"
DEPLOYMENTS = "/apis/apps/v1/deployments"
DELETES = "DELETE_RAYJOB_CR_AFTER_JOB_FINISHES"
MANAGED = {"karmada.io/managed": "true"}


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}}


def deployment(
    *env: dict[str, Any],
    name: str = "kuberay-operator",
    labels: dict[str, str] | None = None,
    container: str = "kuberay-operator",
    image: str = "quay.io/kuberay/operator:v1.6.0",
    **fields: Any,
) -> dict[str, Any]:
    own = {"name": container, "image": image, "env": list(env), **fields}
    template = {"metadata": {"labels": labels or {}}, "spec": {"containers": [own]}}
    metadata = {"name": name, "namespace": "ray", "labels": labels or {}}
    return {"metadata": metadata, "spec": {"template": template}}


def held(recording: Recorded, path: str, *objects: dict[str, Any]) -> None:
    """Have member1 hold these alone, and member2 none."""
    for member, those in (("member1", objects), ("member2", ())):
        recording.lists[PROXY.format(member) + path] = list(those)


def test_a_namespace_that_karmada_made_would_go(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    held(recording, NAMESPACES, namespace("team-doctor", **MANAGED), namespace("default"))
    recording.lists[PROXY.format("member2") + NAMESPACES] = [
        namespace("default"),
        namespace("team-doctor", **MANAGED),
        namespace("of-others", **MANAGED),
    ]
    first, second = findings(described, "--kubeconfig", kubeconfig)["members/namespaces"]
    assert first["outcome"] == "ok", "no claim of team-doctor is in member1"
    assert second["outcome"] == "warning"
    assert second["message"] == (
        "member2: Karmada made 1 namespace, and deletes what it made, claims and all, once "
        "member2 leaves: team-doctor"
    )
    assert "kubectl label namespace NAME karmada.io/managed-" in second["hint"]
    assert second["about"] == ["team-doctor"]


def test_a_namespace_that_was_there_before_stays(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    both = namespace("team-doctor"), namespace("default")
    for member in ("member1", "member2"):
        recording.lists[PROXY.format(member) + NAMESPACES] = [*both]
    found = told(findings(described, "--kubeconfig", kubeconfig), "members/namespaces")
    assert [outcome for outcome, _ in found] == ["ok", "ok"]


def test_a_claim_that_its_jobs_have_left_counts(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    held(recording, NAMESPACES, namespace("team-before", **MANAGED))
    claim = {"kind": "PersistentVolumeClaim", "namespace": "team-before", "name": "results"}
    binding = {
        "metadata": {"name": "results-persistentvolumeclaim", "namespace": "team-before"},
        "spec": {"resource": claim, "clusters": [{"name": "member1"}]},
    }
    bindings = "/apis/work.karmada.io/v1alpha2/resourcebindings"
    recording.lists[bindings] = [*recording.lists[bindings], binding]
    first = findings(described, "--kubeconfig", kubeconfig)["members/namespaces"][0]
    assert (first["outcome"], first["about"]) == ("warning", ["team-before"])


VARIABLE = {"name": DELETES, "value": "true"}
ELSEWHERE = {"name": DELETES, "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}
CHART = {"app.kubernetes.io/name": "kuberay-operator"}
KUSTOMIZATION = {
    "app.kubernetes.io/name": "kuberay",
    "app.kubernetes.io/component": "kuberay-operator",
}
RENAMED: dict[str, Any] = {"name": "ray", "container": "manager", "image": "mirror.example/ray:1"}


@pytest.mark.parametrize(
    ("found", "outcome", "words"),
    [
        (deployment(VARIABLE), "problem", "ray/kuberay-operator deletes RayJobs"),
        (deployment({**VARIABLE, "value": "True"}), "problem", "for ever"),
        (deployment(VARIABLE, **RENAMED, labels=CHART), "problem", "ray/ray deletes RayJobs"),
        (deployment(VARIABLE, **RENAMED, labels=KUSTOMIZATION), "problem", "ray/ray deletes"),
        (
            deployment(name="ray", container="manager", image="x.example/kuberay/operator:1"),
            "ok",
            "ray/ray keeps",
        ),
        (
            deployment(name="ray", container="manager", image="x.example/kuberay-operator:1"),
            "ok",
            "ray/ray keeps",
        ),
        (deployment({**VARIABLE, "value": "$(OF_ALL)"}), "warning", "not looked at"),
        (deployment(VARIABLE, {**VARIABLE, "value": "false"}), "ok", "keeps RayJobs"),
        (deployment({**VARIABLE, "value": "false"}), "ok", "keeps RayJobs"),
        (deployment({**VARIABLE, "value": "1"}), "ok", "keeps RayJobs"),
        (deployment({"name": DELETES}), "ok", "keeps RayJobs"),
        (deployment(), "ok", "keeps RayJobs"),
        (deployment(ELSEWHERE), "warning", "not looked at"),
        (deployment(envFrom=[{"configMapRef": {"name": "c"}}]), "warning", "not looked at"),
        (
            deployment({**VARIABLE, "value": "no"}, envFrom=[{"configMapRef": {"name": "c"}}]),
            "ok",
            "keeps RayJobs",
        ),
        (deployment(VARIABLE, **RENAMED), "problem", "ray/ray deletes"),
        (deployment(**RENAMED), "warning", "no Deployment of KubeRay's operator"),
    ],
)
def test_an_operator_that_deletes_what_has_ended(
    described: Path,
    recording: Recorded,
    kubeconfig: str,
    found: dict[str, Any],
    outcome: str,
    words: str,
) -> None:
    held(recording, DEPLOYMENTS, found, deployment(**RENAMED))
    first, second = told(findings(described, "--kubeconfig", kubeconfig), "members/operator")
    assert first[0] == outcome
    assert first[1].removeprefix("not looked at: ").startswith("member1: ")
    assert words in first[1]
    assert second == ("warning", "member2: no Deployment of KubeRay's operator was found")


@pytest.mark.parametrize(
    ("check", "path"), [("members/operator", DEPLOYMENTS), ("members/namespaces", NAMESPACES)]
)
def test_what_may_not_be_read_is_said(
    described: Path, recording: Recorded, kubeconfig: str, check: str, path: str
) -> None:
    held(recording, path)
    recording.statuses[PROXY.format("member1") + path] = [403]
    first, second = findings(described, "--kubeconfig", kubeconfig)[check]
    assert first["outcome"] == "warning"
    assert first["message"].startswith(f"not looked at: member1 refuses {path}")
    assert "sync/members/reader-role.yaml" in first["hint"]
    assert second["message"].startswith("member2: ")


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        (5, "spec is no object"),
        ({"template": {"spec": {"containers": "x"}}}, "spec.template.spec.containers is no list"),
        ({"template": {"spec": {"containers": [{"env": [{"value": 1}]}]}}}, "env.0.value is no"),
        ({"template": {"metadata": {"labels": {"a": 1}}}}, "labels.a is no text"),
    ],
)
def test_what_is_no_deployment_ends_no_check(
    described: Path, recording: Recorded, kubeconfig: str, spec: Any, place: str
) -> None:
    held(recording, DEPLOYMENTS, {"metadata": {"name": "a"}, "spec": spec})
    first, second = told(findings(described, "--kubeconfig", kubeconfig), "members/operator")
    assert first[0] == "warning"
    assert place in first[1]
    assert second[1].startswith("member2: ")
