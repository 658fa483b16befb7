"""XGBoost's rules: each is found at the hyperparameter to change, and only where it applies."""

from __future__ import annotations

from typing import Any

import pytest

from generator.algorithms.xgboost import labels, rules, unused
from generator.algorithms.xgboost.metrics import parse
from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.rules.job.job import check_job
from tests.helpers.command import ROOT
from tests.helpers.jobs import minimal_job

OWN: dict[str, Any] = {"entrypoint": "python /opt/own.py"}
DEFAULT_IMAGE = "kiepdoden123/iris-training-ray:v1.2"
GPU_COUNT = "/resources/instanceResources/gpuCount"


def found(
    chosen: dict[str, Any], *, workers: int = 1, gpus: int = 0, **job: Any
) -> list[Diagnostic]:
    document = minimal_job(hyperparameters={"xgboost": chosen}, **job)
    document["resources"]["instanceCount"] = workers
    document["resources"]["instanceResources"]["gpuCount"] = gpus
    findings = check_job(Job.model_validate(document), Platform())
    return [f for f in findings if f.rule.id.startswith("xgboost/")]


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("exact", {"tree_method": "exact"}, "tree_method", {}),
    ("gpu-hist", {"tree_method": "gpu_hist"}, "tree_method", {}),
    ("gpu-hist-removed", {"tree_method": "gpu_hist"}, "tree_method", {"gpus": 1, **OWN}),
    ("gradient-based", {"sampling_method": "gradient_based"}, "sampling_method", {}),
    ("process-type", {"process_type": "update"}, "process_type", {}),
    ("updater", {"updater": "hist"}, "updater", {}),
    ("updater", {"updater": "prune,grow_histmaker"}, "updater", {}),
    ("updater", {"updater": "grow_colmaker"}, "updater", {}),
    ("updater", {"updater": "grow_gpu_hist"}, "updater", {"gpus": 1}),
    ("updater", {"booster": "gblinear", "updater": "grow_histmaker"}, "updater", {}),
    ("gradient-based", {"sampling_method": "gradient_based"}, "sampling_method", {"gpus": 1}),
    ("gradient-based", {"sampling_method": "gradient_based"}, "sampling_method", OWN),
    (
        "gradient-based",
        {"sampling_method": "gradient_based", "updater": "grow_histmaker"},
        "sampling_method",
        {**OWN, "gpus": 1},
    ),
    ("updater-workers", {"updater": "grow_histmaker,prune"}, "updater", {"workers": 2}),
    ("updater-workers", {"updater": "grow_histmaker,prune"}, "updater", {**OWN, "gpus": 2}),
    ("refresh-workers", {"updater": "grow_histmaker,refresh"}, "updater", {"workers": 2}),
    ("no-trees", {"updater": "sync"}, "updater", {}),
    (
        "forest",
        {"objective": "reg:absoluteerror", "num_parallel_tree": 2},
        "num_parallel_tree",
        {},
    ),
    ("gblinear-workers", {"booster": "gblinear"}, "booster", {"workers": 2}),
    ("gblinear-workers", {"booster": "gblinear"}, "booster", {**OWN, "gpus": 4}),
    ("constant-model", {"subsample": 0}, "subsample", {}),
    ("constant-model", {"eta": 0}, "eta", {}),
    ("unused", {"rate_drop": 0.5}, "rate_drop", {}),
    ("unused", {"booster": "gblinear", "max_depth": 3}, "max_depth", {}),
    ("unused", {"sketch_eps": 0.1}, "sketch_eps", {}),
    ("unused", {"tweedie_variance_power": 1.2}, "tweedie_variance_power", {}),
    ("unused", {"objective": "rank:ndcg", "scale_pos_weight": 2}, "scale_pos_weight", {}),
    ("unused", {"updater": "grow_histmaker", "tree_method": "hist"}, "tree_method", {}),
    ("script-unread", {"early_stopping_rounds": 5}, "early_stopping_rounds", {}),
    (
        "script-unread",
        {"early_stopping_rounds": 5},
        "early_stopping_rounds",
        {"headImage": DEFAULT_IMAGE, "workerImage": DEFAULT_IMAGE},
    ),
    ("positive-weight", {"scale_pos_weight": 2}, "scale_pos_weight", {}),
    ("num-class", {"objective": "multi:softmax", "eval_metric": ["merror"]}, "objective", {}),
    (
        "num-class",
        {"objective": "multi:softmax", "eval_metric": ["merror"]},
        "objective",
        {"customHyperparameters": {"num_class": 3}},
    ),
    (
        "num-class",
        {"objective": "binary:logistic"},
        "objective",
        {**OWN, "customHyperparameters": {"num_class": 3}},
    ),
    ("quantile-alpha", {"objective": "reg:quantileerror"}, "objective", {}),
    (
        "quantile-alpha",
        {"objective": "reg:quantileerror"},
        "objective",
        {**OWN, "customHyperparameters": {"quantile_alpha": 1}},
    ),
    ("label-bounds", {"objective": "survival:aft"}, "objective", {}),
    ("metric", {"eval_metric": ["rmse", "error@t"]}, "eval_metric/1", {}),
    ("metric", {"eval_metric": ["ams@1"]}, "eval_metric/0", {}),
    ("metric-form", {"eval_metric": ["auc@0.7"]}, "eval_metric/0", {}),
    ("metric-objective", {"eval_metric": ["merror"]}, "eval_metric/0", {}),
    ("metric-objective", {"eval_metric": ["cox-nloglik"]}, "eval_metric/0", {}),
    ("metric-objective", {"objective": "multi:softprob"}, "eval_metric/0", {}),
    ("metric-objective", {"objective": "reg:gamma", "eval_metric": ["map"]}, "eval_metric/0", {}),
    ("base-score", {"objective": "binary:logistic", "base_score": 1}, "base_score", {}),
    ("base-score", {"objective": "reg:logistic", "base_score": 0.99999998}, "base_score", {}),
    ("base-score-nan", {"objective": "reg:gamma", "base_score": 0}, "base_score", {}),
    ("alias", {"objective": "reg:linear"}, "objective", {}),
    ("one-group", {"objective": "rank:pairwise"}, "objective", {}),
    ("poisson-step", {"objective": "count:poisson"}, "objective", {}),
]


@pytest.mark.parametrize(("rule", "chosen", "field", "job"), CASES)
def test_a_rule_points_to_the_field_to_change(
    rule: str, chosen: dict[str, Any], field: str, job: dict[str, Any]
) -> None:
    pointers = [f.pointer for f in found(chosen, **job) if f.rule.id == f"xgboost/{rule}"]
    assert pointers == [f"/hyperparameters/xgboost/{field}"]


def test_every_rule_has_a_case() -> None:
    from generator.rules.catalogue import rules_in

    stated = rules_in(rules, labels, unused)
    assert set(stated) == {f"xgboost/{case[0]}" for case in CASES} | {"xgboost/idle-gpu"}


IDLE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, "tree_method auto"),
    ({"tree_method": "hist"}, {}, "tree_method hist"),
    ({"tree_method": "approx"}, {}, "tree_method approx"),
    ({}, {"headImage": DEFAULT_IMAGE}, "tree_method auto"),
    ({"booster": "dart"}, {}, "tree_method auto"),
    ({"booster": "gblinear"}, OWN, "gblinear"),
    ({"booster": "gblinear", "updater": "coord_descent"}, OWN, "gblinear"),
    ({"booster": "gblinear", "tree_method": "gpu_hist"}, {}, "gblinear"),
    ({"updater": "grow_histmaker"}, OWN, "grow_histmaker"),
    ({"updater": "grow_histmaker", "tree_method": "gpu_hist"}, {}, "grow_histmaker"),
]


@pytest.mark.parametrize(("chosen", "job", "reason"), IDLE)
def test_gpus_that_stay_idle_are_a_warning(
    chosen: dict[str, Any], job: dict[str, Any], reason: str
) -> None:
    every = found(chosen, gpus=4, workers=2, **job)
    (one,) = [found for found in every if found.rule.id == "xgboost/idle-gpu"]
    assert (one.pointer, one.is_error) == (GPU_COUNT, False)
    assert reason in one.message
    assert "none of the 8 GPUs" in one.message
    assert found(chosen, **job) == [f for f in found(chosen, **job) if "idle" not in f.rule.id]


@pytest.mark.parametrize(
    ("chosen", "job"),
    [
        ({"tree_method": "gpu_hist"}, OWN),
        ({}, OWN),
        ({"tree_method": "hist"}, {"headImage": "registry.example/t/x:1"}),
        ({"tree_method": "hist", "booster": "dart"}, OWN),
        # What is no updater is said there.
        ({"updater": "grow_gpu_hist"}, OWN),
        ({"updater": "hist"}, {}),
    ],
)
def test_gpus_that_train_are_no_finding(chosen: dict[str, Any], job: dict[str, Any]) -> None:
    assert "xgboost/idle-gpu" not in {f.rule.id for f in found(chosen, gpus=4, **job)}


@pytest.mark.parametrize("booster", ["gbtree", "dart"])
@pytest.mark.parametrize(("gpus", "workers"), [(1, 1), (1, 3), (4, 2)])
def test_the_platforms_script_uses_one_gpu_a_worker(booster: str, gpus: int, workers: int) -> None:
    chosen = {"tree_method": "gpu_hist", "booster": booster}
    every = found(chosen, gpus=gpus, workers=workers)
    idle = [one for one in every if one.rule.id == "xgboost/idle-gpu"]
    assert len(idle) == (gpus > 1)
    for one in idle:
        assert one.pointer == GPU_COUNT
        assert f"it uses {workers} of the {gpus * workers} GPUs" in one.message


def test_the_script_is_what_runs_on_the_head() -> None:
    job: dict[str, Any] = {"workerImage": "registry.example/t/x:1"}
    assert "xgboost/idle-gpu" in {one.rule.id for one in found({}, gpus=1, **job)}


@pytest.mark.parametrize(
    ("image", "is_platforms"),
    [
        (f"docker.io/{DEFAULT_IMAGE}", True),
        (f"mirror.example:5000/hub/{DEFAULT_IMAGE}", True),
        (f"{DEFAULT_IMAGE}@sha256:{'a' * 64}", True),
        (f"{DEFAULT_IMAGE.partition(':')[0]}@sha256:{'a' * 64}", True),
        (f"{DEFAULT_IMAGE}-gpu", False),
        (f"my{DEFAULT_IMAGE}", False),
        (f"{DEFAULT_IMAGE.partition(':')[0]}:v2", False),
    ],
)
def test_the_platforms_image_is_known_by_other_spellings(image: str, is_platforms: bool) -> None:
    job: dict[str, Any] = {"headImage": image, "workerImage": image}
    idle = "xgboost/idle-gpu" in {one.rule.id for one in found({}, gpus=1, **job)}
    assert idle == is_platforms


def test_what_cannot_train_at_all_is_said_alone() -> None:
    rules = [one.rule.id for one in found({"tree_method": "exact"}, gpus=1)]
    assert rules == ["xgboost/exact"]


def test_an_image_of_platform_yaml_reads_the_device() -> None:
    platform = Platform.model_validate(
        {"algorithms": {"xgboost": {"image": "registry.example/x:1"}}}
    )
    job = minimal_job()
    job["resources"]["instanceResources"]["gpuCount"] = 4
    rules = {f.rule.id for f in check_job(Job.model_validate(job), platform)}
    assert "xgboost/idle-gpu" not in rules


@pytest.mark.parametrize("metric", ["rmse,mae", "rmse,", ",rmse", "rmse, mae", "error@0.7,auc"])
def test_an_element_names_one_metric(metric: str) -> None:
    chosen = {"eval_metric": ["auc", metric]}
    job, problems = job_from(minimal_job(hyperparameters={"xgboost": chosen}))
    assert job is None
    (one,) = problems
    assert one.pointer == "/hyperparameters/xgboost/eval_metric/1"
    assert "without commas: the list has an element for each" in one.message


GOOD: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"tree_method": "hist", "max_depth": 0, "max_leaves": 31, "grow_policy": "lossguide"}, {}),
    ({"objective": "binary:logistic", "eval_metric": ["auc", "logloss", "error@0.7"]}, {}),
    ({"objective": "count:poisson", "base_score": 0.1, "max_delta_step": 0.7}, {}),
    ({"objective": "reg:tweedie", "eval_metric": ["tweedie-nloglik@1.5"]}, {}),
    ({"booster": "dart", "rate_drop": 0.1, "skip_drop": 0.5, "sample_type": "weighted"}, {}),
    ({"booster": "gblinear", "updater": "coord_descent"}, {}),
    ({"updater": "grow_histmaker,prune"}, {}),
    ({"tree_method": "exact", "updater": "grow_quantile_histmaker"}, {}),
    ({"sampling_method": "gradient_based", "tree_method": "gpu_hist"}, {"gpus": 1}),
    ({"sampling_method": "gradient_based", "tree_method": "hist"}, {**OWN, "gpus": 1}),
    ({"sampling_method": "gradient_based", "tree_method": "approx"}, {**OWN, "gpus": 1}),
    ({"sampling_method": "gradient_based"}, {**OWN, "gpus": 1}),
    (
        {"objective": "multi:softprob", "eval_metric": ["mlogloss"]},
        {**OWN, "customHyperparameters": {"num_class": 3}},
    ),
    (
        {"objective": "reg:quantileerror", "eval_metric": ["quantile"]},
        {**OWN, "customHyperparameters": {"quantile_alpha": "[0.1, 0.9]"}},
    ),
]


@pytest.mark.parametrize(("chosen", "job"), GOOD)
def test_what_xgboost_takes_is_no_error(chosen: dict[str, Any], job: dict[str, Any]) -> None:
    assert [f for f in found(chosen, **job) if f.is_error] == []


@pytest.mark.parametrize(
    ("text", "taken", "surprises"),
    [
        ("rmse", True, False),
        ("ndcg@5-", True, False),
        ("error@0.7", True, False),
        ("tweedie-nloglik@1.5", True, False),
        ("ndcg@1e2", True, True),
        ("rmse@1", True, True),
        ("tweedie-nloglik", False, False),
        ("tweedie-nloglik@2", False, False),
        ("tweedie-nloglik@1.9999999", False, False),
        ("ndcg@n", False, False),
        ("ndcg@0", False, False),
        ("ndcg@ 5", False, False),
        ("error@t", False, False),
        ("ams", False, False),
        ("RMSE", False, False),
        ("", False, False),
    ],
)
def test_metrics_are_parsed_as_xgboost_parses_them(text: str, taken: bool, surprises: bool) -> None:
    metric = parse(text)
    assert (metric.refused is None, metric.surprise is not None) == (taken, surprises)


def test_what_is_said_is_what_xgboost_does() -> None:
    """A fixed sample; `make check-xgboost` trains thousands, with two versions."""
    pytest.importorskip("xgboost", reason="xgboost-cpu has wheels for Linux only")
    import sys
    from pathlib import Path

    from tools.check_xgboost.__main__ import compare
    from tools.check_xgboost.generate import parameter_sets

    sample = list(parameter_sets())[::25]
    assert len(sample) > 300
    assert (ROOT / "tools" / "check_xgboost").is_dir()
    assert compare(sample, {"installed": Path(sys.executable)}) == []
