"""Both conformance checkers give the same verdict, on what is rendered and on mutations of it."""

from __future__ import annotations

import copy
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.manifests.build import build
from generator.manifests.objects import Manifest
from generator.output.conformance import EmbeddedChecker, KubeconformChecker
from generator.pipeline import load
from tests.conftest import ROOT, members, minimal_job, rayjobs, write_job


@pytest.fixture(scope="module")
def kubeconform() -> KubeconformChecker:
    program = shutil.which("kubeconform") or shutil.which(
        "kubeconform", path=str(ROOT / ".tools" / "bin")
    )
    if program is None:
        assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", "kubeconform is required here"
        pytest.skip("kubeconform is not installed: `make tools` installs it (needs Go)")
    return KubeconformChecker(program)


def manifests() -> list[Manifest]:
    return list(build(load(ROOT).fleet))


def refused(checker: Any, checked: list[Manifest]) -> set[str]:
    return {found.file.removeprefix("rendered/") for found in checker.check(checked)}


def nodes(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of an object that can be changed: its parent and its key."""
    for key, value in members(node):
        yield node, key
        yield from nodes(value)


def mutants(number: int) -> list[Manifest]:
    """Manifests with one place changed: type, value, an unknown or a missing field."""
    source, made = random.Random(11), []
    originals = manifests()
    values: list[Any] = ["x", 7, True, [], {}, "-1", "4Gi", ["a"], {"a": "b"}, -1, "12x"]
    for index in range(number):
        original = source.choice(originals)
        objects = copy.deepcopy(original.objects)
        parent, key = source.choice(list(nodes(source.choice(objects))))
        change = source.choice(["value", "value", "drop", "unknown"])
        if change == "drop" or (change == "unknown" and isinstance(parent, list)):
            del parent[key]
        elif change == "unknown":
            parent["unknownField"] = "x"
        elif key not in ("apiVersion", "kind"):
            parent[key] = source.choice(values)
        made.append(Manifest(f"{index}/{original.path}", original.source, objects))
    return made


def test_what_is_rendered_conforms(kubeconform: KubeconformChecker) -> None:
    assert refused(EmbeddedChecker(), manifests()) == set()
    assert refused(kubeconform, manifests()) == set()


def test_both_checkers_agree_on_mutations(kubeconform: KubeconformChecker) -> None:
    made = mutants(1500)
    embedded, other = refused(EmbeddedChecker(), made), refused(kubeconform, made)
    assert embedded == other
    assert 500 < len(embedded) < len(made)


def test_the_embedded_checker_says_where() -> None:
    (manifest,) = (m for m in manifests() if m.path.endswith("train-topics-1.yaml"))
    job: Any = copy.deepcopy(manifest.objects[0])
    job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]["replicas"] = "3"
    (found,) = EmbeddedChecker().check([Manifest(manifest.path, manifest.source, (job,))])
    assert found.rule == "conformance/invalid"
    assert "/spec/rayClusterSpec/workerGroupSpecs/0/replicas" in found.message


@pytest.mark.parametrize("choice", ["embedded", "off"])
def test_check_with_what_is_in_the_package(repository: Path, choice: str) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    ran = rayjobs("check", "--root", repository, "--conformance", choice)
    assert ran.returncode == 0, ran.stdout


def test_kubeconform_that_is_not_there(repository: Path) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    run = ("check", "--root", repository, "--conformance")
    nowhere = {"PATH": str(repository)}
    ran = rayjobs(*run, "kubeconform", environment=nowhere)
    assert ran.returncode == 1
    assert "conformance/checker" in ran.stdout
    assert rayjobs(*run, "auto", environment=nowhere).returncode == 0


def test_kubeconform_that_fails(repository: Path) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    program = repository / "kubeconform"
    program.write_text('#!/bin/sh\necho \'{"resources":[],"summary":{"valid":0}}\'\n')
    program.chmod(0o755)
    environment = {"PATH": f"{repository}:{os.environ['PATH']}"}
    ran = rayjobs("check", "--root", repository, environment=environment)
    assert ran.returncode == 1
    assert "looked at 0 of 3 objects" in ran.stdout
