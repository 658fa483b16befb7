"""Whole numbers that Kubernetes reads as int32: ours end where that does, or before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.fields.kubernetes import MAX_INT32
from generator.model.job.resources import MOST_RETRIES
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job

GROUP = "spec.rayClusterSpec.workerGroupSpecs.0"

# The file and the field that give a number, the largest it takes, and the fields it ends in.
BOUNDED: list[tuple[str, str, int, set[str]]] = [
    ("job", "resources.instanceCount", MAX_INT32, {f"{GROUP}.replicas", f"{GROUP}.maxReplicas"}),
    ("job", "stoppingCondition.maxRuntimeSeconds", MAX_INT32, {"spec.activeDeadlineSeconds"}),
    ("job", "stoppingCondition.maxWaitSeconds", MAX_INT32, {"spec.preRunningDeadlineSeconds"}),
    ("job", "scheduling.backoffLimit", MOST_RETRIES, {"spec.backoffLimit"}),
    ("platform", "ray.maxWorkers", MAX_INT32, {f"{GROUP}.maxReplicas"}),
    ("platform", "ray.ttlSecondsAfterFinished", MAX_INT32, {"spec.ttlSecondsAfterFinished"}),
    ("platform", "limits.maxRuntimeSeconds.default", MAX_INT32, {"spec.activeDeadlineSeconds"}),
    ("platform", "limits.maxWaitSeconds.default", MAX_INT32, {"spec.preRunningDeadlineSeconds"}),
]
ALWAYS = {
    f"{GROUP}.minReplicas",
    "spec.placement.spreadConstraints.0.maxGroups",
    "spec.placement.spreadConstraints.0.minGroups",
}
"""Fields that are 1 whatever is asked for."""


def whole_numbers(node: Any, path: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, int) and not isinstance(node, bool):
        yield path.removeprefix("."), node
    members = node.items() if isinstance(node, dict) else ()
    for key, value in enumerate(node) if isinstance(node, list) else members:
        yield from whole_numbers(value, f"{path}.{key}")


def rendered_numbers(root: Path) -> list[tuple[str, int]]:
    return [
        found
        for file in sorted((root / "rendered").rglob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        for found in whole_numbers(document)
    ]


def write(root: Path, kind: str, path: str, value: int) -> str:
    """A job and a platform.yaml of which one has the value; gives the name of that one's file."""
    documents: dict[str, Any] = {"job": minimal_job(), "platform": {}}
    *around, name = path.split(".")
    node = documents[kind]
    for part in around:
        node = node.setdefault(part, {})
    node[name] = value
    file = write_job(root, documents["job"])
    (root / "platform.yaml").write_text(json.dumps(documents["platform"], indent=1))
    return file if kind == "job" else "platform.yaml"


@pytest.mark.parametrize(("kind", "path", "most", "fields"), BOUNDED)
def test_the_largest_is_rendered_and_one_more_is_refused(
    repository: Path, report: Report, kind: str, path: str, most: int, fields: set[str]
) -> None:
    assert most <= MAX_INT32
    write(repository, kind, path, most)
    assert not [d for d in report("render")["diagnostics"] if d["severity"] == "error"]
    assert {field for field, value in rendered_numbers(repository) if value == most} == fields
    checked = report("check", "--conformance", "embedded")["diagnostics"]
    assert not [d for d in checked if d["severity"] == "error"]
    for beyond in (most + 1, 2**32, 2**63):
        file = write(repository, kind, path, beyond)
        ran = rayjobs("validate", "--root", repository)
        assert ran.returncode == 1
        lines = (repository / file).read_text().splitlines()
        line = next(number for number, text in enumerate(lines, 1) if str(beyond) in text)
        column = lines[line - 1].index(str(beyond)) + 1
        assert f"{file}:{line}:{column}: error[schema/range]: " in ran.stdout


def test_no_other_number_is_rendered() -> None:
    """A field that is new has to be bounded too: it gets a row above."""
    known = ALWAYS.union(*(fields for *_, fields in BOUNDED))
    assert {field for field, _ in rendered_numbers(ROOT)} == known
    assert {value for field, value in rendered_numbers(ROOT) if field in ALWAYS} == {1}
