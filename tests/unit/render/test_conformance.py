"""Both conformance checkers give the same verdict, on what is rendered and on mutations of it."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.check.outcome import checked
from generator.render.build import build
from generator.render.conformance import EmbeddedChecker, KubeconformChecker
from generator.render.objects import Manifest
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import Report, members, minimal_job, write_job


@pytest.fixture(scope="module")
def kubeconform() -> KubeconformChecker:
    program = shutil.which("kubeconform") or shutil.which(
        "kubeconform", path=str(ROOT / ".tools" / "bin")
    )
    if program is None:
        assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", "kubeconform is required here"
        pytest.skip("kubeconform is not installed: `make tools` installs it (needs Go)")
    return KubeconformChecker(program)


@cache
def manifests() -> list[Manifest]:
    return list(build(checked(ROOT).fleet))


def refused(checker: Any, checked: list[Manifest]) -> set[str]:
    return {found.file.removeprefix("rendered/") for found in checker.check(checked)}


def nodes(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of an object that can be changed: its parent and its key."""
    for key, value in members(node):
        yield node, key
        yield from nodes(value)


VALUES: list[Any] = ["x", "", 7, -1, True, [], {}, ["a"], [{}], {"a": "b"}]
QUANTITIES = ["12x", "1 Gi", "-", "Gi", "1e", "٣", "1Gi\n", "1.5.2", "+4Gi", "1e3", ".5", 0, -1]
REQUIRED = {"apiVersion", "kind", "metadata", "name", "namespace", "spec", "rayStartParams"}
REQUIRED |= {"template", "containers", "groupName", "maxReplicas", "minReplicas", "key"}
REQUIRED |= {"resourceSelectors", "mountPath", "affinityName"}
REQUIRED |= {"overall", "clusterName", "hard", "overrideRules", "overriders", "path", "operator"}
REQUIRED |= {"secretKey", "remoteRef", "secretStoreRef"}
QUANTITY = {"cpu", "memory", "storage", "nvidia.com/gpu", "amd.com/gpu"}
QUANTITY |= {f"requests.{name}" for name in QUANTITY}
ENUMERATED = {"replicaSchedulingType", "conflictResolution", "spreadByField", "accessModes"}
ENUMERATED |= {"creationPolicy", "deletionPolicy", "operator"}


@st.composite
def mutants(draw: st.DrawFn) -> Manifest:
    """A manifest that is rendered here, with one place of one object changed."""
    original = draw(st.sampled_from(manifests()))
    objects = copy.deepcopy(original.objects)
    places = list(nodes(draw(st.sampled_from(objects))))
    changes = {
        "type": places,
        "unknown": [(parent, key) for parent, key in places if isinstance(parent, dict)],
        "remove": [(parent, key) for parent, key in places if key in REQUIRED],
        "quantity": [(parent, key) for parent, key in places if key in QUANTITY],
        "enum": [(parent, key) for parent, key in places if key in ENUMERATED],
    }
    change = draw(st.sampled_from([name for name, found in changes.items() if found]))
    parent, key = draw(st.sampled_from(changes[change]))
    if change == "remove":
        del parent[key]
    elif change == "unknown":
        parent[draw(st.sampled_from(["unknownField", "replica", "Name"]))] = "x"
    elif change == "quantity":
        parent[key] = draw(st.sampled_from(QUANTITIES))
    elif change == "enum":
        parent[key] = draw(st.sampled_from(["Sometimes", "divided", "", ["ReadWrite"], [""]]))
    elif key not in ("apiVersion", "kind"):
        parent[key] = draw(st.sampled_from(VALUES))
    return Manifest(original.path, original.source, objects)


def numbered(made: list[Manifest]) -> list[Manifest]:
    """The same with paths that tell them apart."""
    return [Manifest(str(index), m.source, m.objects) for index, m in enumerate(made)]


def test_what_is_rendered_conforms(kubeconform: KubeconformChecker) -> None:
    assert refused(EmbeddedChecker(), manifests()) == set()
    assert refused(kubeconform, manifests()) == set()


# Few runs of many: what takes the time is kubeconform's start, which reads the schemas anew.
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(made=st.lists(mutants(), min_size=30, max_size=60).map(numbered))
def test_both_checkers_agree_on_mutations(
    kubeconform: KubeconformChecker, made: list[Manifest]
) -> None:
    assert refused(EmbeddedChecker(), made) == refused(kubeconform, made)


def changed(path: str, index: int, *place: Any, **change: Any) -> Manifest:
    """The rendered manifest ``path`` with ``change`` at ``place``; None removes a key."""
    (original,) = (m for m in manifests() if m.path == path)
    objects = copy.deepcopy(original.objects)
    node: Any = objects[index]
    for step in place:
        node = node[step]
    for key, value in change.items():
        if value is None:
            del node[key]
        else:
            node[key] = value
    return Manifest(path, original.source, objects)


JOB, CLAIM = "default/train-defects-1.yaml", "default/storage/vision-results.yaml"
WORKERS = ("spec", "rayClusterSpec", "workerGroupSpecs", 0)
LIMITS = (*WORKERS, "template", "spec", "containers", 0, "resources", "limits")
BAD = {
    "wrong type": changed(JOB, 0, *WORKERS, replicas="3"),
    "unknown field": changed(JOB, 0, *WORKERS, replica=3),
    "unknown field at the top": changed(JOB, 0, status={}),
    "missing name": changed(JOB, 0, "metadata", name=None),
    "missing template": changed(JOB, 0, *WORKERS, template=None),
    "missing kind": changed(JOB, 0, kind=None),
    "another version": changed(JOB, 0, apiVersion="ray.io/v1beta9"),
    "bad quantity": changed(JOB, 0, *LIMITS, memory="16 GB"),
    "bad policy": changed(JOB, 1, "spec", "placement", replicaScheduling={"x": 1}),
    "bad division": changed(
        JOB, 1, "spec", "placement", "replicaScheduling", replicaSchedulingType="Shared"
    ),
    "missing selectors": changed(JOB, 1, "spec", resourceSelectors=None),
    "bad access mode": changed(CLAIM, 0, "spec", accessModes=["ReadWrite"]),
    "bad storage": changed(CLAIM, 0, "spec", "resources", "requests", storage="20G i"),
    "bad namespace": changed("team-text/namespace.yaml", 0, "metadata", annotations={"a": 1}),
}


def test_both_checkers_refuse_what_an_api_server_refuses(kubeconform: KubeconformChecker) -> None:
    made = [Manifest(name, manifest.source, manifest.objects) for name, manifest in BAD.items()]
    assert refused(EmbeddedChecker(), made) == set(BAD)
    assert refused(kubeconform, made) == set(BAD)


def test_the_embedded_checker_says_where() -> None:
    (manifest,) = (m for m in manifests() if m.path.endswith("train-topics-1.yaml"))
    job: Any = copy.deepcopy(manifest.objects[0])
    job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]["replicas"] = "3"
    (found,) = EmbeddedChecker().check([Manifest(manifest.path, manifest.source, (job,))])
    assert found.rule.id == "conformance/invalid"
    assert "/spec/rayClusterSpec/workerGroupSpecs/0/replicas" in found.message


@pytest.mark.parametrize("choice", ["embedded", "off"])
def test_check_with_what_is_in_the_package(repository: Path, report: Report, choice: str) -> None:
    write_job(repository, minimal_job())
    report("render")
    file = "rendered/default/train-1.yaml"
    assert report("check", "--conformance", choice)["diagnostics"] == []
    # Damage by hand is found whatever checks conformance: what counts is what would be rendered.
    damaged = (repository / file).read_text(encoding="utf-8").replace("replicas: 1", "replicas: x")
    (repository / file).write_text(damaged, encoding="utf-8")
    (found,) = report("check", "--conformance", choice)["diagnostics"]
    assert (found["rule"], found["severity"], found["file"]) == ("rendered/stale", "error", file)
    (repository / file).unlink()
    (found,) = report("check", "--conformance", choice)["diagnostics"]
    assert (found["rule"], found["file"]) == ("rendered/stale", file)


def test_kubeconform_that_is_not_there(repository: Path) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    run = ("check", "--root", repository, "--conformance")
    nowhere = {"PATH": str(repository)}
    ran = rayjobs(*run, "kubeconform", "--format", "json", environment=nowhere)
    assert (ran.returncode, ran.stderr) == (1, "")
    (found,) = json.loads(ran.stdout)["diagnostics"]
    assert (found["rule"], found["severity"]) == ("conformance/checker", "error")
    assert "--kubeconform" in found["hint"]
    assert rayjobs(*run, "auto", environment=nowhere).returncode == 0


def test_kubeconform_that_fails(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    program = tmp_path_factory.mktemp("bin") / "kubeconform"
    program.write_text('#!/bin/sh\necho \'{"resources":[],"summary":{"valid":0}}\'\n')
    program.chmod(0o755)
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    ran = rayjobs("check", "--root", repository, environment=environment)
    assert ran.returncode == 1
    assert "looked at 0 of 5 objects" in ran.stdout
