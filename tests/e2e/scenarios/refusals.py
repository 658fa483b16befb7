"""Scenario 4: what an engine refuses, we have refused first; what we render, the servers take."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import PLATFORM, job
from tests.e2e.scenarios.placement import jobs_of_every_mode
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import ApiError, Object, documents
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import ROOT

Alter = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Refusal:
    """A bad value: where it stands in our file, which rule says so, and who refuses the object.

    ``path`` leads to the field in params.json, or in platform.yaml where ``platform`` is set; the
    same ``value`` is put at ``places`` of the objects of ``kind``, and ``words`` are in what the
    server, Karmada's webhook or (for a RayJob that they all take) KubeRay's status says.
    """

    rule: str
    path: str
    value: Any
    kind: str
    places: tuple[str, ...]
    words: str
    platform: bool = False
    by_kuberay: bool = False


RAYJOB, CLAIM, POLICY = "RayJob", "PersistentVolumeClaim", "PropagationPolicy"
LIMITS = "spec.rayClusterSpec.workerGroupSpecs.0.template.spec.containers.0.resources.limits"

REFUSALS = {
    "name of 48 characters": Refusal(
        "schema/length", "jobName", "a" * 48, RAYJOB, ("metadata.name",),
        "47 characters", by_kuberay=True),
    "name that starts with a digit": Refusal(
        "schema/pattern", "jobName", "1-train", RAYJOB, ("metadata.name",),
        "DNS-1035", by_kuberay=True),
    "name with capitals": Refusal(
        "schema/pattern", "jobName", "Train", RAYJOB, ("metadata.name",), "RFC 1123"),
    "deadline of 0": Refusal(
        "schema/range", "stoppingCondition.maxRuntimeSeconds", 0, RAYJOB,
        ("spec.activeDeadlineSeconds",), "activeDeadlineSeconds", by_kuberay=True),
    "deadline that is no number": Refusal(
        "schema/type", "stoppingCondition.maxRuntimeSeconds", "3600", RAYJOB,
        ("spec.activeDeadlineSeconds",), "must be of type integer"),
    "time to read logs below 0": Refusal(
        "schema/range", "ray.ttlSecondsAfterFinished", -1, RAYJOB,
        ("spec.ttlSecondsAfterFinished",), "TTLSecondsAfterFinished", platform=True,
        by_kuberay=True),
    "label value with a space": Refusal(
        "schema/pattern", "algorithm.algorithmName", "my algorithm", RAYJOB,
        ("metadata.labels.algorithm",), "metadata.labels"),
    "label value of 64 characters": Refusal(
        "schema/length", "algorithm.algorithmName", "a" * 64, RAYJOB,
        ("metadata.labels.algorithm",), "metadata.labels"),
    "memory that is no quantity": Refusal(
        "schema/type", "resources.instanceResources.memoryGiB", "lots", RAYJOB,
        (f"{LIMITS}.memory",), "memory"),
    "claim of size 0": Refusal(
        "schema/range", "resources.volumeSizeGB", 0, CLAIM, ("spec.resources.requests.storage",),
        "must be greater than zero"),
    "claim name with capitals": Refusal(
        "schema/pattern", "pvcName", "Results", CLAIM, ("metadata.name",), "RFC 1123"),
    "claim name of 254 characters": Refusal(
        "schema/length", "pvcName", "a" * 254, CLAIM, ("metadata.name",), "253"),
    "storage class with a space": Refusal(
        "schema/pattern", "resources.storageClassName", "very fast", CLAIM,
        ("spec.storageClassName",), "storageClassName"),
    "access mode that does not exist": Refusal(
        "schema/value", "storage.accessMode", "ReadWriteAlways", CLAIM, ("spec.accessModes.0",),
        "accessModes", platform=True),
    "namespace with capitals": Refusal(
        "schema/pattern", "namespace", "Team", "Namespace", ("metadata.name",), "RFC 1123"),
    "namespace of 64 characters": Refusal(
        "schema/length", "namespace", "a" * 64, "Namespace", ("metadata.name",), "63"),
    "cluster name that is no text": Refusal(
        "schema/type", "targetClusters", [1], POLICY,
        ("spec.placement.clusterAffinity.clusterNames",), "of type string"),
    "scheduling mode that does not exist": Refusal(
        "schema/value", "scheduling.mode", "Somewhere", POLICY,
        ("spec.placement.replicaScheduling.replicaSchedulingType",), "Unsupported value"),
}  # fmt: skip


def put(document: Any, path: str, value: Any) -> None:
    """Set what stands at a dotted path; objects on the way are made, numbers are list indices."""
    *parents, last = path.split(".")
    for name in parents:
        if isinstance(document, list):
            document = document[int(name)]
        else:
            document = document.setdefault(name, {})
    if isinstance(document, list):
        document[int(last)] = value
    else:
        document[last] = value


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Object]:
    """An object of each kind as it is rendered, in a namespace that every server has."""
    root = tmp_path_factory.mktemp("small")
    write(root, job("small-1", scheduling={"mode": "all"}), "namespaces: [team]\n")
    outcome = pipeline.render(root)
    assert outcome.applied, [found.message for found in outcome.diagnostics]
    found: dict[str, Object] = {}
    for file in sorted((root / "rendered").rglob("*.yaml")):
        for one in documents(file.read_text(encoding="utf-8")):
            found.setdefault(one["kind"], one)
    return found


def write(root: Any, params: dict[str, Any], platform: str) -> None:
    """Write a repository of one job."""
    folder = root / "jobs" / "team" / "job"
    folder.mkdir(parents=True)
    (folder / "params.json").write_text(json.dumps(params), encoding="utf-8")
    (root / "platform.yaml").write_text(platform, encoding="utf-8")


@pytest.mark.parametrize("name", REFUSALS)
def test_what_an_engine_refuses_we_say_first(
    name: str,
    planes: ControlPlanes,
    objects: dict[str, Object],
    tmp_path: Any,
    observed: Observed,
) -> None:
    case = REFUSALS[name]
    params: dict[str, Any] = job("small-1")
    settings: dict[str, Any] = {}
    put(settings if case.platform else params, case.path, case.value)
    write(tmp_path, params, yaml.safe_dump(settings) if settings else "")
    ours = [found for found in pipeline.validate(tmp_path, []).diagnostics if found.is_error]
    assert case.rule in {found.rule.id for found in ours}, ours
    assert all(found.line for found in ours)

    bad = copy.deepcopy(objects[case.kind])
    for place in case.places:
        put(bad, place, case.value)
    said = by_kuberay(planes, bad) if case.by_kuberay else by_server(planes, bad)
    assert case.words in said, said
    who = "KubeRay" if case.by_kuberay else "Karmada's API server"
    observed(f"{who}: {said[:160]!r}; we: {case.rule} at line {ours[0].line}")


def by_server(planes: ControlPlanes, bad: Object) -> str:
    """How Karmada's API server, its webhook included, refuses an object."""
    with pytest.raises(ApiError) as refused:
        planes["karmada"].create(bad, dry_run=True)
    return refused.value.reason


def by_kuberay(planes: ControlPlanes, bad: Object) -> str:
    """What KubeRay writes of a RayJob that Karmada and a member's API server take."""
    planes["karmada"].create(bad, dry_run=True)
    member = planes[MEMBERS[0]]
    member.create(bad)
    name, namespace = bad["metadata"]["name"], bad["metadata"]["namespace"]

    try:
        status = wait_status(
            planes, MEMBERS[0], name, "ValidationFailed", namespace=namespace, seconds=60
        )
        return f"ValidationFailed: {status.get('reason')}: {status.get('message')}"
    finally:
        member.delete("RayJob", name, namespace)


def test_karmada_takes_everything_that_is_rendered(
    planes: ControlPlanes, tmp_path: Any, observed: Observed
) -> None:
    """A server-side dry run with Karmada's webhooks, of the committed tree and of every mode."""
    files = sorted((ROOT / "rendered").rglob("*.yaml"))
    repository = tmp_path / "repository"
    for one in jobs_of_every_mode():
        folder = repository / "jobs" / "team" / one["jobName"]
        folder.mkdir(parents=True)
        (folder / "params.json").write_text(json.dumps(one), encoding="utf-8")
    (repository / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    outcome = pipeline.render(repository)
    assert outcome.applied, [found.message for found in outcome.diagnostics]
    files += sorted((repository / "rendered").rglob("*.yaml"))
    for namespace in ("team-audio", "team-text", "team-one", "team-two"):
        planes["karmada"].apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
    found = [one for file in files for one in documents(file.read_text(encoding="utf-8"))]
    planes["karmada"].apply(*found, dry_run=True)
    observed(f"a server-side dry run takes all {len(found)} objects of {len(files)} files")
