"""Containers that platform.yaml lists: what their jobs run, and what their schemas refuse."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.rules.job.job import check_job
from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job

LISTED = """\
algorithms:
  containers:
    resnet:
      image: registry.example/team/resnet:v1
      entrypoint: python /opt/train.py
      rayVersion: 2.49.2
      hyperparameters:
        properties:
          epochs: {type: integer, minimum: 1}
          learning_rate: {type: number, exclusiveMinimum: 0}
          optimizer: {enum: [sgd, adam]}
        required: [epochs]
        additionalProperties: false
"""


def container_job(custom: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    algorithm = {"source": "container", "algorithmName": "resnet"}
    if custom is not None:
        changes["customHyperparameters"] = custom
    return minimal_job(algorithm=algorithm, **changes)


def rendered(repository: Path) -> dict[str, Any]:
    ran = rayjobs("render", "--root", repository)
    assert ran.returncode == 0, ran.stderr
    text = (repository / "rendered" / "default" / "train-1.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = next(d for d in yaml.safe_load_all(text) if d["kind"] == "RayJob")
    return document


def images(ray_job: dict[str, Any]) -> list[str]:
    cluster = ray_job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [group["template"]["spec"]["containers"][0]["image"] for group in groups]


def test_a_listed_container_needs_no_image_in_the_job(repository: Path) -> None:
    (repository / "platform.yaml").write_text(LISTED)
    write_job(repository, container_job({"epochs": 3, "learning_rate": 0.1}))
    ray_job = rendered(repository)
    assert images(ray_job) == ["registry.example/team/resnet:v1"] * 2
    assert ray_job["spec"]["entrypoint"] == "python /opt/train.py"
    assert ray_job["spec"]["rayClusterSpec"]["rayVersion"] == "2.49.2"
    variables = yaml.safe_load(ray_job["spec"]["runtimeEnvYAML"])["env_vars"]
    assert (variables["EPOCHS"], variables["LEARNING_RATE"]) == ("3", "0.1")


def test_what_the_job_names_comes_first(repository: Path) -> None:
    (repository / "platform.yaml").write_text(LISTED)
    own = {"workerImage": "registry.example/own:v2", "entrypoint": "python /opt/own.py"}
    write_job(repository, container_job({"epochs": 3}, **own))
    ray_job = rendered(repository)
    assert images(ray_job) == ["registry.example/team/resnet:v1", "registry.example/own:v2"]
    assert ray_job["spec"]["entrypoint"] == "python /opt/own.py"


def test_a_built_in_algorithms_settings_are_not_a_containers(repository: Path) -> None:
    algorithm = {"source": "container", "algorithmName": "xgboost"}
    job = Job.model_validate(minimal_job(algorithm=algorithm))
    problems = [d for d in check_job(job, Platform()) if d.rule.id == "job/container-incomplete"]
    assert len(problems) == 3


def test_what_is_missing_can_be_set_in_either_file() -> None:
    platform = Platform.model_validate({"algorithms": {"containers": {"resnet": {"image": "r:1"}}}})
    (problem,) = check_job(Job.model_validate(container_job()), platform)
    assert problem.rule.id == "job/container-incomplete"
    assert problem.hint == (
        'add "entrypoint", or set algorithms.containers.resnet.entrypoint in platform.yaml'
    )


@pytest.mark.parametrize(
    ("custom", "pointer", "words"),
    [
        ({"epochs": 0}, "/customHyperparameters/epochs", "less than the minimum of 1"),
        ({"epochs": "3"}, "/customHyperparameters/epochs", 'not of type "integer"'),
        ({"epochs": 3, "optimizer": "lion"}, "/customHyperparameters/optimizer", "lion"),
        ({"epochs": 3, "steps": 4}, "/customHyperparameters", "steps"),
        ({}, "/customHyperparameters", '"epochs" is a required property'),
        (None, "/customHyperparameters", '"epochs" is a required property'),
        (
            {"epochs": 3, "optimizer": "x" * 10_000},
            "/customHyperparameters/optimizer",
            "x" * 100,
        ),
    ],
)
def test_hyperparameters_are_judged_by_the_containers_schema(
    repository: Path,
    report: Report,
    custom: dict[str, Any] | None,
    pointer: str,
    words: str,
) -> None:
    (repository / "platform.yaml").write_text(LISTED)
    file = write_job(repository, container_job(custom))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["file"]) == ("job/container-hyperparameters", file)
    assert found["pointer"] == pointer
    assert words in found["message"]
    assert len(found["message"]) <= 200
    assert "algorithms.containers.resnet.hyperparameters" in found["hint"]
    # What is not there has no line of its own: then the finding is at the job.
    lines = (repository / file).read_text(encoding="utf-8").splitlines()
    name = pointer.rpartition("/")[2]
    assert f'"{name}"' in lines[found["line"] - 1] or (custom is None and found["line"] == 1)


def test_no_job_ignores_the_schema(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text(LISTED)
    rule = "job/container-hyperparameters"
    ignore = {"ignore": [{"rule": rule, "reason": "meant"}]}
    write_job(repository, container_job({"epochs": 0}, rayjobs=ignore))
    rules = sorted(d["rule"] for d in report("validate")["diagnostics"])
    assert rules == ["adjust/fixed-rule", rule]


def test_every_wrong_value_is_found(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text(LISTED)
    write_job(repository, container_job({"epochs": 0, "learning_rate": 0}))
    pointers = [found["pointer"] for found in report("validate")["diagnostics"]]
    assert pointers == ["/customHyperparameters/epochs", "/customHyperparameters/learning_rate"]


def multiplying(levels: int) -> dict[str, Any]:
    """A line for each level, and eight times as much to judge by."""
    names = [f"d{level}" for level in range(levels)]
    defs: dict[str, Any] = {
        name: {"anyOf": [{"$ref": f"#/$defs/{after}"}] * 8}
        for name, after in itertools.pairwise([*names, "last"])
    }
    return {"$ref": "#/$defs/d0", "$defs": {**defs, "last": {"required": ["x"]}}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"required": ["x"]}
    for _ in range(levels):
        schema = {"anyOf": [schema, {"required": ["y"]}]}
    return schema


ENDLESS: list[tuple[str, dict[str, Any], str, str]] = [
    ("choices in choices", nested(20), "/anyOf/0" * 16, "more than 16 levels deep"),
    ("references to themselves", {"allOf": [{"$ref": "#"}]}, "/allOf/0/$ref" * 7, "levels deep"),
    ("references that multiply", multiplying(6), "", "more than 1,000 schemas"),
    ("many schemas", {"allOf": [{"minProperties": 1}] * 1001}, "/allOf/999", "1,000 schemas"),
    ("many required", {"required": [f"a{n}" for n in range(1001)]}, "", "required fields"),
    (
        "many required of another",
        {"dependentRequired": {"a": [f"a{n}" for n in range(1001)]}},
        "",
        "required fields",
    ),
    ("a reference that moves", {"$dynamicRef": "#"}, "", "$dynamicRef is not taken"),
    ("an anchor", {"$ref": "#a", "$defs": {"a": {"$anchor": "a"}}}, "/$ref", "not read: #a"),
    ("looking ahead", {"propertyNames": {"pattern": "^(?=a)(a+)+$"}}, "/propertyNames", "regex"),
    ("a large pattern", {"propertyNames": {"pattern": "(\\w{1,99}){1,99}"}}, "/prop", "regex"),
]
"""Schemas of a few lines that take hours or memory without end, where they are refused and why."""


@pytest.mark.parametrize("case", ENDLESS, ids=lambda case: case[0])
def test_an_endless_schema_is_refused_at_its_place(
    repository: Path, report: Report, case: tuple[str, dict[str, Any], str, str]
) -> None:
    _, schema, place, words = case
    own = {"image": "registry.example/a:1", "entrypoint": "python t.py", "hyperparameters": schema}
    listed = {"algorithms": {"containers": {"resnet": own}}}
    (repository / "platform.yaml").write_text(json.dumps(listed))
    write_job(repository, container_job({"a": "a" * 50}))
    (found,) = report("validate")["diagnostics"]
    assert found["rule"] == "platform/container-schema"
    assert words in found["message"]
    assert found["pointer"].startswith(f"/algorithms/containers/resnet/hyperparameters{place}")
    assert found["line"] == 1


@pytest.mark.parametrize(
    "pattern", ["^[a-z][-a-z0-9_.]{0,62}$", r"^\w+$", r"\.csv$", "^(sgd|adam)$"]
)
def test_a_pattern_that_reads_each_character_once_is_taken(
    repository: Path, report: Report, pattern: str
) -> None:
    schema = {"additionalProperties": {"pattern": pattern}}
    own = {"image": "registry.example/a:1", "entrypoint": "python t.py", "hyperparameters": schema}
    listed = {"algorithms": {"containers": {"resnet": own}}}
    (repository / "platform.yaml").write_text(json.dumps(listed))
    write_job(repository, container_job({"name": "!", "other": "?"}))
    found = [d["rule"] for d in report("validate")["diagnostics"]]
    assert found.count("job/container-hyperparameters") == 2


@pytest.mark.parametrize(
    ("schema", "line", "words"),
    [
        ("{properties: {epochs: {minimum: one}}}", 4, 'not of type "number"'),
        ("{properties: {epochs: {pattern: '('}}}", 4, "regex"),
        ("{$ref: 'http://schemas.example/resnet.json'}", 4, "a schema elsewhere is not read"),
        ("{$ref: 'file:///etc/hostname'}", 4, "a schema elsewhere is not read"),
        ("{$ref: '#/$defs/missing'}", 4, "does not exist"),
    ],
)
def test_a_schema_that_is_none_is_found_in_platform_yaml(
    repository: Path, report: Report, schema: str, line: int, words: str
) -> None:
    (repository / "platform.yaml").write_text(
        f"algorithms:\n  containers:\n    resnet:\n      hyperparameters: {schema}\n"
    )
    own = {"headImage": "a:1", "workerImage": "a:1", "entrypoint": "python t.py"}
    write_job(repository, container_job({"epochs": 0}, **own))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["file"]) == ("platform/container-schema", "platform.yaml")
    assert found["line"] == line
    assert words in found["message"]


def test_an_entrypoint_in_platform_yaml_is_checked(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text(LISTED.replace("/opt/train.py", "t.py; true"))
    write_job(repository, minimal_job())
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["line"]) == ("platform/entrypoint", 5)


SCHEMA: dict[str, Any] = {
    "properties": {
        "epochs": {"type": "integer", "minimum": 1},
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "flag": {"type": "boolean"},
    },
    "required": ["epochs"],
    "additionalProperties": False,
}
VALUES = (
    st.integers(-2, 3) | st.floats(-1, 2) | st.booleans() | st.sampled_from(["a", "A", "abcdef"])
)
PLATFORM = Platform.model_validate(
    {
        "algorithms": {
            "containers": {
                "resnet": {"image": "r:1", "entrypoint": "python r.py", "hyperparameters": SCHEMA}
            }
        }
    }
)


@given(st.dictionaries(st.sampled_from(["epochs", "rate", "name", "flag", "other"]), VALUES))
def test_the_schema_decides_as_json_schema_says(custom: dict[str, Any]) -> None:
    job = Job.model_validate(container_job(custom))
    refused = any(d.rule.id == "job/container-hyperparameters" for d in check_job(job, PLATFORM))
    assert refused != Draft202012Validator(SCHEMA).is_valid(json.loads(json.dumps(custom)))
