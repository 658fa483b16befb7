"""The rules of networks: found at the hyperparameter to change, and only where they apply."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from generator.algorithms import BUILT_IN, pytorch
from generator.algorithms.network import rules
from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.render.rayjob import environment
from generator.repository.resolved_job import resolve
from generator.rules.catalogue import rules_in
from generator.rules.job.job import check_job
from generator.source.schema_errors import DocumentSchema
from tests.helpers.command import ROOT
from tests.helpers.jobs import Report, minimal_job, write_job
from tools.check_networks.__main__ import draw, job_with

NETWORKS = ("jax", "pytorch", "tensorflow")
PLATFORM = Platform.model_validate(
    {
        "algorithms": {
            name: {
                "image": f"registry.example/team/{name}:v1",
                "entrypoint": "python /opt/train.py",
                "rayVersion": "2.49.2",
            }
            for name in NETWORKS
        }
    }
)
SCHEMA = DocumentSchema((ROOT / "schemas" / "params.schema.json").read_text())


def network_job(name: str, chosen: dict[str, Any], **changes: Any) -> dict[str, Any]:
    job = minimal_job(
        algorithm={"algorithmName": name},
        hyperparameters={name: chosen},
        stoppingCondition={"maxRuntimeSeconds": 7200},
    )
    job["resources"]["instanceResources"]["gpuCount"] = changes.pop("gpus", 0)
    if not changes.pop("validation", True):
        del job["inputDataConfig"][1]
    return {**job, **changes}


def found(name: str, chosen: dict[str, Any], **changes: Any) -> list[Diagnostic]:
    job = Job.model_validate(network_job(name, chosen, **changes))
    return list(check_job(job, PLATFORM))


COSINE = {"scheduler": "cosine"}
CASES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("network/adamw", {"optimizer": "adamw"}, "optimizer", {}),
    ("network/early-stopping", {"early_stopping_patience": 2}, "early_stopping_patience",
     {"validation": False}),
    ("network/no-step", {"scheduler": "step", "scheduler_step_epochs": 10},
     "scheduler_step_epochs", {}),
    ("network/no-step", {"scheduler": "step", "warmup_epochs": 7}, "scheduler_step_epochs", {}),
    ("network/restart", {"max_failures": 1}, "max_failures", {}),
    ("network/restart", {"max_failures": 1, "checkpoint_frequency": 10}, "max_failures", {}),
    ("network/rising-learning-rate", {**COSINE, "min_learning_rate": 0.01},
     "min_learning_rate", {}),
    ("network/slow-precision", {"precision": "bf16"}, "precision", {}),
    ("network/warmup", {"warmup_epochs": 10}, "warmup_epochs", {}),
    ("network/warmup", {"epochs": 1, "warmup_epochs": 2}, "warmup_epochs", {}),
    ("network/unused", {"momentum": 0.9}, "momentum", {}),
    ("network/unused", {"nesterov": True}, "nesterov", {}),
    ("network/unused", {"optimizer": "sgd", "beta1": 0.5}, "beta1", {}),
    ("network/unused", {"optimizer": "rmsprop", "beta2": 0.5}, "beta2", {}),
    ("network/unused", {"rho": 0.5}, "rho", {}),
    ("network/unused", {"optimizer": "sgd", "epsilon": 1e-6}, "epsilon", {}),
    ("network/unused", {"scheduler_gamma": 0.5}, "scheduler_gamma", {}),
    ("network/unused", {**COSINE, "scheduler_step_epochs": 5}, "scheduler_step_epochs", {}),
    ("network/unused", {"min_learning_rate": 1e-5}, "min_learning_rate", {}),
    ("network/unused", {"huber_delta": 2}, "huber_delta", {}),
    ("network/unused", {"label_smoothing": 0.1}, "label_smoothing", {}),
    ("network/unused", {"hidden_units": [], "dropout": 0.1}, "dropout", {}),
    ("network/unused", {"hidden_units": [], "activation": "tanh"}, "activation", {}),
    ("network/unused", {"early_stopping_min_delta": 0.1}, "early_stopping_min_delta", {}),
    ("network/unused", {"checkpoint_frequency": 10}, "checkpoint_frequency", {}),
    ("network/unused", {"checkpoint_num_to_keep": 1}, "checkpoint_num_to_keep", {}),
    ("network/unused", {"checkpoint_frequency": 3, "checkpoint_num_to_keep": 4},
     "checkpoint_num_to_keep", {}),
]  # fmt: skip
NESTEROV = {"optimizer": "sgd", "nesterov": True}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("rule", "chosen", "field", "changes"), CASES)
def test_a_rule_points_to_the_field_to_change(
    name: str, rule: str, chosen: dict[str, Any], field: str, changes: dict[str, Any]
) -> None:
    at = [f.pointer for f in found(name, chosen, **changes) if f.rule.id == rule]
    assert at == [f"/hyperparameters/{name}/{field}"]


def test_only_torch_refuses_nesterov_without_momentum() -> None:
    at = "nesterov"
    for name, rule in (
        ("pytorch", "pytorch/nesterov"),
        ("jax", "network/unused"),
        ("tensorflow", "network/unused"),
    ):
        seen = [(f.rule.id, f.pointer) for f in found(name, NESTEROV)]
        assert seen == [(rule, f"/hyperparameters/{name}/{at}")]
        assert found(name, {**NESTEROV, "momentum": 0.5}) == []


def test_every_rule_has_a_case() -> None:
    stated = rules_in(rules, pytorch)
    assert set(stated) == {case[0] for case in CASES} | {"pytorch/nesterov"}


def test_every_field_that_something_else_decides_on_has_a_case() -> None:
    read = {*rules.OPTIMIZERS, *rules.SCHEDULERS, *rules.LOSSES}
    assert read <= {case[2] for case in CASES if case[0] == "network/unused"}


GOOD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, {"validation": False}),
    ({"optimizer": "adamw", "weight_decay": 0.01, "beta1": 0.8, "epsilon": 1e-6}, {}),
    ({"optimizer": "rmsprop", "momentum": 0.9, "rho": 0.99}, {}),
    ({**COSINE, "warmup_epochs": 9, "min_learning_rate": 0.001}, {}),
    ({"scheduler": "step", "scheduler_step_epochs": 9, "scheduler_gamma": 0.1}, {}),
    ({"precision": "bf16"}, {"gpus": 1}),
    ({"loss": "cross_entropy", "label_smoothing": 0.1}, {}),
    ({"loss": "huber", "huber_delta": 0.5}, {}),
    ({"early_stopping_patience": 3, "early_stopping_min_delta": 0.1}, {}),
    ({"max_failures": 2, "checkpoint_frequency": 3, "checkpoint_num_to_keep": 3}, {}),
    ({"hidden_units": []}, {}),
    # What is written as it is anyway surprises nobody.
    ({"momentum": 0, "huber_delta": 1.0, "nesterov": False}, {}),
]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("chosen", "changes"), GOOD)
def test_what_fits_has_no_findings(
    name: str, chosen: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert found(name, chosen, **changes) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_without_an_image_the_job_is_told_what_to_set(
    repository: Path, report: Report, name: str
) -> None:
    write_job(repository, network_job(name, {}))
    findings = {one["rule"]: one for one in report("validate")["diagnostics"]}
    assert findings.keys() - {"job/old-ray"} == {"job/not-configured"}
    finding = findings["job/not-configured"]
    for setting in ("image", "entrypoint"):
        assert f"algorithms.{name}.{setting}" in finding["hint"]


@pytest.mark.parametrize(
    ("version", "old"), [("2.46.0", True), ("2.49.0", False), ("2.100.1", False), ("3.0.0", False)]
)
def test_jax_needs_a_ray_that_has_its_trainer(version: str, old: bool) -> None:
    platform = Platform.model_validate({"ray": {"version": version}})
    for name in NETWORKS:
        job = Job.model_validate(network_job(name, {}))
        rules_found = [f.rule.id for f in check_job(job, platform)]
        assert ("job/old-ray" in rules_found) == (old and name == "jax")


def test_a_custom_hyperparameter_may_be_called_as_another_algorithms_is() -> None:
    custom: dict[str, Any] = {"customHyperparameters": {"seed": 42, "learning_rate": 0.1}}
    assert [f.rule.id for f in found("pytorch", {}, **custom)] == ["job/custom-name"] * 2
    job = Job.model_validate(minimal_job(**custom))
    assert list(check_job(job, PLATFORM)) == []


def variables(name: str, chosen: dict[str, Any]) -> dict[str, str]:
    job = Job.model_validate(network_job(name, chosen))
    groups = dict(environment(resolve(job, PLATFORM)))
    return dict(groups["hyperparameters"])


@pytest.mark.parametrize("name", NETWORKS)
def test_variables_are_texts_in_capitals(name: str) -> None:
    chosen = {
        "hidden_units": [128.0, 32],
        "nesterov": True,
        "epsilon": 1e-7,
        "gradient_clip_norm": None,
        "early_stopping_patience": 3,
    }
    written = variables(name, chosen)
    assert written.keys() == BUILT_IN[name].variables
    assert [written[field.upper()] for field in chosen] == ["128,32", "true", "1e-07", "", "3"]
    assert variables(name, {"hidden_units": []})["HIDDEN_UNITS"] == ""
    assert variables(name, {})["LEARNING_RATE"] == "0.001"


def test_what_means_the_same_is_called_the_same() -> None:
    names = [BUILT_IN[name].variables for name in NETWORKS]
    assert names[0] == names[1] == names[2]


ODD: list[Any] = [
    None, True, False, 0, 1, -1, 6.0, 6.5, -0.0, 0.5, 0.999999, 0.9999999, 1e-6, 1e-31, 1e-39,
    1e30, 1.1e30, 3.5e38, 65536, 65537, 2**31 - 1, 2**31, 2**63, 10**50, "", "1", "adam", "Adam",
    "mse", "relu", "fp16", "bf16", "cosine", [], [1], [64.0], [0], [6.5], ["64"], [None], [[64]],
    [65537], [1] * 64, [1] * 65, {}, {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_schema_and_models_agree_on_every_field_with_every_odd_value(name: str) -> None:
    fields = BUILT_IN[name].hyperparameters().model_dump(by_alias=True)
    base = network_job(name, {})
    for field in fields:
        taken = 0
        for value in ODD:
            document = copy.deepcopy(base)
            document["hyperparameters"][name] = {field: value}
            try:
                Job.model_validate(document)
                accepted = True
            except ValidationError:
                accepted = False
            assert SCHEMA.accepts(document) == accepted, (field, value)
            if not accepted:
                assert SCHEMA.explain(document), (field, value)
            taken += accepted
        assert 0 < taken < len(ODD), field


@pytest.mark.parametrize("name", NETWORKS)
def test_the_comparison_with_the_library_draws_what_the_rules_take_and_refuse(name: str) -> None:
    drawn = random.Random(1)
    jobs = [job_with(name, draw(name, drawn), validation=False) for _ in range(300)]
    refused = {f.rule.id for job in jobs for f in check_job(job, PLATFORM) if f.is_error}
    assert refused == {"network/early-stopping", "network/warmup"} | (
        {"pytorch/nesterov"} if name == "pytorch" else set()
    )
