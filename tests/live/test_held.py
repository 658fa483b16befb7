"""Who holds an object, by what stands on it and on its binding: status and doctor agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.holders import (
    BINDINGS,
    CLAIM,
    EVERYTHING,
    JOB,
    NAMESPACE,
    SECRET,
    binding,
    examined,
    hold,
    own,
    problems,
    render,
)
from tests.live.recorded import Recorded

CLAIMS = "/api/v1/persistentvolumeclaims"


def test_where_others_require_the_job(repository: Path, karmada: Recorded, kubeconfig: str) -> None:
    root = render(repository)
    hold(karmada, root, own(JOB), "south", requiredBy=[{"clusters": [{"name": "west"}]}])
    assert problems(root, kubeconfig) == [
        ("elsewhere", "it is on west, where rendered/ does not place it")
    ]
    (found,) = examined(root, kubeconfig)
    assert found["about"] == [
        "RayJob team-text/train-a (on south, west; rendered/: one of north, south)"
    ]


def test_the_name_on_the_binding_alone(
    repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    root = render(repository)
    hold(karmada, root, {}, "south")
    karmada.lists[BINDINGS] = [binding(JOB, EVERYTHING, "south")]
    ((_, message),) = problems(root, kubeconfig)
    assert message.startswith("ClusterPropagationPolicy everything holds the job")
    (found,) = examined(root, kubeconfig)
    assert found["message"].startswith("ClusterPropagationPolicy everything holds 1 object")


@pytest.mark.parametrize(
    ("labels", "is_foreign"),
    [(EVERYTHING["labels"], True), (own(JOB)["labels"], False), ({}, False)],
)
def test_of_two_names_the_one_with_its_label(
    labels: dict[str, str], is_foreign: bool, repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    """Annotations stay where the label was taken away."""
    root = render(repository)
    both = [
        {"labels": labels, "annotations": own(of)["annotations"] | EVERYTHING["annotations"]}
        for of in (JOB, SECRET)
    ]
    hold(karmada, root, both[0], "south")
    karmada.hold(BINDINGS, binding(SECRET, both[1], "north", "south"))
    things = "ClusterPropagationPolicy everything holds the job, Secret s3-credentials"
    assert [things in message for _, message in problems(root, kubeconfig)] == (
        [True] if is_foreign else []
    )
    (found,) = examined(root, kubeconfig)
    assert ("holds 2 objects" in found["message"]) == is_foreign


def test_doctor_reads_the_name_on_the_claim_too(
    repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    """Karmada writes it there first, and on the binding then."""
    root = render(repository)
    karmada.hold(CLAIMS, {"metadata": {"name": "results", "namespace": NAMESPACE, **EVERYTHING}})
    karmada.hold(BINDINGS, binding(CLAIM, own(CLAIM), "north"))
    (found,) = examined(root, kubeconfig)
    assert found["message"].startswith("ClusterPropagationPolicy everything holds 1 object")
