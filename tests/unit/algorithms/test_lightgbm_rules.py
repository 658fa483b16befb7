"""LightGBM's rules: each is found at the hyperparameter to change, and only where it applies."""

from __future__ import annotations

from typing import Any

import pytest

from generator.algorithms.lightgbm import rules
from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.render.rayjob import environment
from generator.repository.resolved_job import resolve
from generator.rules.catalogue import rules_in
from generator.rules.job.job import check_job
from tests.helpers.jobs import minimal_job

PLATFORM = Platform.model_validate(
    {"algorithms": {"lightgbm": {"image": "registry.example/lgb:1", "entrypoint": "python t.py"}}}
)
GOSS = {"data_sample_strategy": "goss"}
BAGGING = {"bagging_freq": 1, "bagging_fraction": 0.5}


def document(chosen: dict[str, Any], *, workers: int = 1, gpus: int = 0) -> dict[str, Any]:
    job = minimal_job(
        algorithm={"algorithmName": "lightgbm"},
        hyperparameters={"lightgbm": chosen},
        stoppingCondition={"maxRuntimeSeconds": 7200},
    )
    job["resources"]["instanceCount"] = workers
    job["resources"]["instanceResources"]["gpuCount"] = gpus
    return job


def found(chosen: dict[str, Any], *, validation: bool = True, **resources: int) -> list[Diagnostic]:
    job = document(chosen, **resources)
    if not validation:
        del job["inputDataConfig"][1]
    return list(check_job(Job.model_validate(job), PLATFORM))


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("num-class", {"objective": "multiclass"}, "objective", {}),
    ("num-class", {"objective": "multiclassova", "num_class": 1}, "num_class", {}),
    ("num-class", {"objective": "binary", "num_class": 2}, "num_class", {}),
    ("metric", {"metric": ["l2", "multi_error"]}, "metric/1", {}),
    ("metric", {"objective": "multiclass", "num_class": 3, "metric": ["auc"]}, "metric/0", {}),
    ("forest", {"boosting": "rf"}, "boosting", {}),
    ("forest", {"boosting": "rf", "feature_fraction_bynode": 0.5}, "boosting", {}),
    ("goss-bagging", {**GOSS, **BAGGING}, "bagging_fraction", {}),
    ("goss-rates", {**GOSS, "top_rate": 0.95}, "top_rate", {}),
    ("goss-rates", {**GOSS, "other_rate": 0}, "other_rate", {}),
    (
        "class-weights",
        {"objective": "binary", "is_unbalance": True, "scale_pos_weight": 3},
        "scale_pos_weight",
        {},
    ),
    ("quantile", {"objective": "quantile", "alpha": 1}, "alpha", {}),
    ("device", {"device_type": "cuda"}, "device_type", {}),
    ("device", {"device_type": "gpu"}, "device_type", {}),
    ("idle-gpu", {"device_type": "cpu"}, "device_type", {"gpus": 1}),
    ("cuda-processes", {"device_type": "cuda"}, "device_type", {"gpus": 2}),
    ("cuda-processes", {"device_type": "cuda"}, "device_type", {"gpus": 1, "workers": 2}),
    ("serial-workers", {"tree_learner": "serial"}, "tree_learner", {"workers": 2}),
    (
        "serial-workers",
        {"tree_learner": "serial", "device_type": "gpu"},
        "tree_learner",
        {"gpus": 4},
    ),
    (
        "serial-workers",
        {"tree_learner": "serial", "device_type": "cuda"},
        "tree_learner",
        {"gpus": 4},
    ),
    ("max-drop", {"boosting": "dart", "max_drop": 0}, "max_drop", {}),
    ("unused", {"drop_rate": 0.5}, "drop_rate", {}),
    ("unused", {"boosting": "dart", "drop_rate": 0, "skip_drop": 0}, "skip_drop", {}),
    ("unused", {"boosting": "dart", "drop_rate": 0, "max_drop": 0}, "max_drop", {}),
    ("unused", {"boosting": "dart", "skip_drop": 1, "uniform_drop": True}, "uniform_drop", {}),
    ("unused", {"boosting": "dart", "early_stopping_round": 5}, "early_stopping_round", {}),
    ("unused", {"early_stopping_round": 5}, "early_stopping_round", {"validation": False}),
    ("unused", {"boosting": "rf", **BAGGING, "learning_rate": 0.5}, "learning_rate", {}),
    ("unused", {"bagging_fraction": 0.5}, "bagging_fraction", {}),
    ("unused", {"bagging_freq": 1}, "bagging_freq", {}),
    ("unused", {"top_rate": 0.5}, "top_rate", {}),
    ("unused", {**GOSS, "num_iterations": 10}, "data_sample_strategy", {}),
    ("unused", {"max_depth": 3, "num_leaves": 9}, "num_leaves", {}),
    ("unused", {"scale_pos_weight": 2}, "scale_pos_weight", {}),
    ("unused", {"is_unbalance": True}, "is_unbalance", {}),
    ("unused", {"alpha": 0.5}, "alpha", {}),
    ("unused", {"tweedie_variance_power": 1.2}, "tweedie_variance_power", {}),
]


@pytest.mark.parametrize(("rule", "chosen", "field", "job"), CASES)
def test_a_rule_points_to_the_field_to_change(
    rule: str, chosen: dict[str, Any], field: str, job: dict[str, Any]
) -> None:
    findings = [f for f in found(chosen, **job) if f.rule.id.startswith("lightgbm/")]
    assert [(f.rule.id, f.pointer) for f in findings] == [
        (f"lightgbm/{rule}", f"/hyperparameters/lightgbm/{field}")
    ]


def test_every_rule_has_a_case() -> None:
    stated = rules_in(rules)
    assert set(stated) == {f"lightgbm/{case[0]}" for case in CASES}


GOOD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, {"validation": False, "workers": 3}),
    ({"tree_learner": "voting"}, {"workers": 2}),
    ({"tree_learner": "serial"}, {}),
    ({"objective": "multiclass", "num_class": 3, "metric": ["auc_mu", "multi_error"]}, {}),
    ({"boosting": "rf", **BAGGING}, {}),
    ({"boosting": "rf", "feature_fraction": 0.5}, {}),
    ({**GOSS, "top_rate": 0.5, "other_rate": 0.5}, {}),
    ({**GOSS, "num_iterations": 11}, {}),
    ({**GOSS, "num_iterations": 3, "learning_rate": 0.5}, {}),
    ({"boosting": "dart", "drop_rate": 0.3, "max_drop": -1, "uniform_drop": True}, {}),
    ({"objective": "binary", "is_unbalance": True, "metric": ["auc"]}, {}),
    ({"objective": "huber", "alpha": 1.5}, {}),
    ({"alpha": 0.5, "metric": ["quantile"]}, {}),
    ({"tweedie_variance_power": 1.2, "metric": ["tweedie"]}, {}),
    ({"max_depth": 3, "num_leaves": 8}, {}),
    ({"max_depth": 3}, {}),
    ({"early_stopping_round": 5, "boosting": "gbdt"}, {}),
    ({"device_type": "gpu"}, {"gpus": 1}),
    ({"device_type": "gpu"}, {"gpus": 4, "workers": 2}),
    ({"device_type": "cuda", "tree_learner": "serial"}, {"gpus": 1}),
    ({"device_type": "cpu"}, {"workers": 3}),
    ({"device_type": None}, {"gpus": 1}),
    ({}, {"gpus": 1}),
]


@pytest.mark.parametrize(("chosen", "job"), GOOD)
def test_of_what_lightgbm_takes_nothing_is_said(
    chosen: dict[str, Any], job: dict[str, Any]
) -> None:
    assert found(chosen, **job) == []


@pytest.mark.parametrize(
    ("chosen", "hint"),
    [
        ({"learning_rate": 0}, "write a number above 0 and up to 1e+300"),
        ({"feature_fraction": 1.5}, "write a number above 0 and up to 1"),
        ({"tweedie_variance_power": 2}, "write a number from 1 and below 2"),
        ({"num_leaves": 1}, "write a number from 2 to 131072"),
        ({"objective": "Binary"}, 'did you mean "binary"?'),
        ({"metric": ["l2", "l2"]}, "name each once"),
        ({"uniform_drop": 1}, "write true or false"),
        ({"metric": ["l1,l2"]}, 'write an element for each: "l1", "l2"'),
        ({"device_type": "CPU"}, 'did you mean "cpu"?'),
    ],
)
def test_a_value_outside_its_range_is_refused(chosen: dict[str, Any], hint: str) -> None:
    job, problems = job_from(document(chosen))
    assert job is None
    assert [problem.hint for problem in problems] == [hint]


@pytest.mark.parametrize("resources", [{"gpus": 1, "workers": 2}, {"gpus": 4}])
def test_without_a_device_type_several_gpus_are_several_processes_with_cuda(
    resources: dict[str, int],
) -> None:
    (one,) = check_job(Job.model_validate(document({}, **resources)), PLATFORM)
    assert (one.rule.id, one.is_error) == ("lightgbm/cuda-processes", True)
    assert one.pointer == "/resources/instanceResources/gpuCount"
    assert f"has {resources['gpus'] * resources.get('workers', 1)}" in one.message


def variables(chosen: dict[str, Any]) -> dict[str, str]:
    groups = dict(environment(resolve(Job.model_validate(document(chosen)), PLATFORM)))
    return dict(groups["hyperparameters"])


def test_every_hyperparameter_is_a_variable_with_lightgbms_default() -> None:
    rendered = variables({})
    assert list(rendered) == [name.upper() for name in LightGBM.model_fields]
    assert rendered["NUM_ITERATIONS"] == "100"
    assert rendered["LEARNING_RATE"] == "0.1"
    assert rendered["UNIFORM_DROP"] == "false"
    assert (rendered["SEED"], rendered["METRIC"], rendered["DEVICE_TYPE"]) == ("", "", "")


def test_values_are_written_as_the_script_reads_them() -> None:
    chosen = {"metric": ["auc", "l2"], "seed": 7, "num_leaves": 6.0, "is_unbalance": True}
    rendered = variables({**chosen, "lambda_l1": 1e-7})
    assert rendered["METRIC"] == "auc,l2"
    assert (rendered["SEED"], rendered["NUM_LEAVES"]) == ("7", "6")
    assert (rendered["IS_UNBALANCE"], rendered["LAMBDA_L1"]) == ("true", "1e-07")


def test_hyperparameters_of_another_algorithm_are_not_rendered() -> None:
    job = document({})
    job["hyperparameters"] = {"xgboost": {"eta": 0.1}}
    findings = check_job(Job.model_validate(job), PLATFORM)
    assert [(f.rule.id, f.pointer) for f in findings] == [
        ("job/unused-hyperparameters", "/hyperparameters/xgboost")
    ]


@pytest.mark.parametrize(
    ("algorithm", "taken"), [("lightgbm", ["num_class"]), ("xgboost", ["eta"])]
)
def test_only_the_variables_of_the_own_algorithm_are_taken(
    algorithm: str, taken: list[str]
) -> None:
    job = minimal_job(
        algorithm={"algorithmName": algorithm}, customHyperparameters={"num_class": 3, "eta": 1}
    )
    findings = check_job(Job.model_validate(job), PLATFORM)
    assert [f.pointer for f in findings if f.rule.id == "job/custom-name"] == [
        f"/customHyperparameters/{name}" for name in taken
    ]


@pytest.mark.parametrize(
    ("platform", "missing"),
    [
        ({}, "headImage, workerImage, entrypoint"),
        ({"lightgbm": {"image": "registry.example/lgb:1"}}, "entrypoint"),
        ({"lightgbm": {"entrypoint": "python t.py"}}, "headImage, workerImage"),
    ],
)
def test_what_nothing_configures_is_said(platform: dict[str, Any], missing: str) -> None:
    job = Job.model_validate(document({}))
    (problem,) = check_job(job, Platform.model_validate({"algorithms": platform}))
    assert problem.rule.id == "job/not-configured"
    assert f"{missing} missing" in problem.message
    assert "algorithms.lightgbm." in (problem.hint or "")
