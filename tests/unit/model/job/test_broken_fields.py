"""Breaking any one field gives one diagnostic, at the line and column of that value."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from generator.model.job.schema import job_from
from generator.source.json_document import decode
from generator.source.locate import locate
from tests.helpers.documents import EVERY_FIELD
from tests.helpers.jobs import Report, members, minimal_job, write_job

Case = tuple[tuple[Any, ...], Any]
NOT_RENDERED = {"reason", "contentType", "$schema", "csvColumns", "featureNames"}
_WRONG_TYPE = {str: 7, int: "7", float: "0.5", bool: [], list: "x", dict: 7}


def cases(node: Any, path: tuple[Any, ...] = ()) -> list[Case]:
    """Every value of the sample with one of another type, and every text with a bad one."""
    found: list[Case] = []
    if path and path[0] == "customHyperparameters" and len(path) == 2:
        found = [(path, None), (path, "a$b"), (path, [])]
    elif path and path[-1] == "id":
        found = [(path, True), (path, None)]
    elif path:
        found = [(path, _WRONG_TYPE[type(node)]), (path, None)]
        if isinstance(node, str) and not NOT_RENDERED & set(path):
            found.append((path, "a`b$"))
        if type(node) in (int, float):
            found.append((path, 10**50))
    return found + [case for key, value in members(node) for case in cases(value, (*path, key))]


def valid(case: Case) -> bool:
    path, value = case
    return value is None and path[-1] == "early_stopping_rounds"


def broken(path: tuple[Any, ...], value: Any) -> tuple[str, int, int]:
    """The text of the sample with one value replaced, and the line and column of that value."""
    document = copy.deepcopy(EVERY_FIELD)
    parent: Any = document
    for part in path[:-1]:
        parent = parent[part]
    mark = "@mark@"
    parent[path[-1]] = mark
    before, _, after = json.dumps(document, indent=2).partition(json.dumps(mark))
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return before + json.dumps(value) + after, line, column


@pytest.mark.parametrize("case", [c for c in cases(EVERY_FIELD) if not valid(c)], ids=str)
def test_the_finding_is_at_the_value(case: Case) -> None:
    text, line, column = broken(*case)
    document, problems = decode(text)
    assert problems == ()
    job, found = job_from(document)
    assert job is None
    (diagnostic,) = locate(found, {"": text}.get)
    assert (diagnostic.line, diagnostic.column) == (line, column), diagnostic
    assert diagnostic.span is not None
    assert diagnostic.span.source_line == text.splitlines()[line - 1]


def objects(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = [p for key, value in members(node) for p in objects(value, (*path, key))]
    return [path, *below] if isinstance(node, dict) else below


OWN_NAMES = {("customHyperparameters",), ("scheduling", "clusterLabels")}
"""Objects whose names an engineer chooses."""


@pytest.mark.parametrize("path", [p for p in objects(EVERY_FIELD) if p not in OWN_NAMES], ids=str)
def test_an_unknown_field_is_found_at_its_key(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(EVERY_FIELD)
    parent: Any = document
    for part in path:
        parent = parent[part]
    parent["zzz"] = {"deep": 1}
    text = json.dumps(document, indent=2)
    before = text[: text.index('"zzz"')]
    (found,) = locate(job_from(document)[1], {"": text}.get)
    assert found.rule.id == "schema/unknown-field"
    assert (found.line, found.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


REQUIRED = [
    ("jobName",), ("algorithm",), ("algorithm", "algorithmName"), ("resources",),
    ("resources", "instanceResources"), ("resources", "instanceResources", "cpuCores"),
    ("resources", "instanceResources", "memoryGiB"), ("resources", "instanceCount"),
    ("inputDataConfig",), ("inputDataConfig", 0, "channelName"), ("inputDataConfig", 0, "endpoint"),
    ("inputDataConfig", 0, "bucket"), ("inputDataConfig", 0, "prefix"), ("targetClusters",),
]  # fmt: skip


@pytest.mark.parametrize("path", REQUIRED, ids=str)
def test_a_missing_field_is_found_at_its_object(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(EVERY_FIELD)
    parent: Any = document
    for part in path[:-1]:
        parent = parent[part]
    del parent[path[-1]]
    text = json.dumps(document, indent=2)
    (found,) = locate(job_from(document)[1], {"": text}.get)
    assert found.rule.id == "schema/missing-field"
    assert path[-1] in found.message
    assert found.line is not None
    assert found.column is not None
    assert text.splitlines()[found.line - 1][found.column - 1] == "{"
    assert found.pointer == "".join(f"/{part}" for part in path[:-1])


def test_a_stopping_condition_says_when(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job(stoppingCondition={}))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["pointer"]) == ("schema/missing-field", "/stoppingCondition")
    assert found["message"] == (
        'each of the fields "maxRuntimeSeconds" and "maxWaitSeconds" is missing'
    )
    assert found["hint"] == 'add "maxRuntimeSeconds": 14400 or "maxWaitSeconds": 3600, or both'


@pytest.mark.parametrize(
    "value",
    [{"1a": 1}, {"a-b": 1}, {"a": None}, {"é": 1}, {"a" * 257: 1}],
    ids=["digit", "dash", "null", "letter", "long"],
)
def test_custom_hyperparameters_are_variables(value: dict[str, Any]) -> None:
    document = {**EVERY_FIELD, "customHyperparameters": value}
    (found,) = job_from(document)[1]
    (name,) = value
    assert found.pointer == f"/customHyperparameters/{name}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sourceType": "upload"}, "Put the file into a bucket"),
        ({"channelName": "test"}, '"train" or "validation"'),
    ],
)
def test_the_training_forms_words_get_advice(
    repository: Path, report: Report, change: dict[str, str], words: str
) -> None:
    job = copy.deepcopy(EVERY_FIELD)
    job["inputDataConfig"][0] |= change
    write_job(repository, job)
    (found,) = (d for d in report("validate")["diagnostics"] if d["severity"] == "error")
    assert words in found["message"] + found["hint"]


def test_another_algorithm_lists_what_exists() -> None:
    algorithm: dict[str, Any] = {"source": "builtin", "algorithmName": "catboost"}
    (found,) = job_from({**EVERY_FIELD, "algorithm": algorithm})[1]
    assert "there is: jax, lightgbm, pytorch, tensorflow, xgboost" in found.message
