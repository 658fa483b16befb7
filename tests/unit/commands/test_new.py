"""``rayjobs new`` called in odd ways, and in repositories where something is wrong already."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from generator.check import pipeline
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.templates import FILE, LARGE, has_template, job, new, on_a_terminal, written

WHOLE = ("--cluster", "c1", "--endpoint", "https://minio.local", "--bucket", "bkt", "--prefix", "k")


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("targetClusters[0]=c7", ("targetClusters",), ["c7"]),
        ("targetClusters[0]=7", ("targetClusters",), ["7"]),
        ("hyperparameters.xgboost.eval_metric[0]=auc", ("hyperparameters",), ["auc"]),
        ("scheduling.clusterLabels.gpu=1", ("scheduling", "clusterLabels"), {"gpu": "1"}),
        (
            'scheduling.clusterLabels={"example.com/gpu": "a100"}',
            ("scheduling", "clusterLabels"),
            {"example.com/gpu": "a100"},
        ),
        ('customHyperparameters={"a": 1}', ("customHyperparameters",), {"a": 1}),
    ],
)
def test_a_value_is_read_as_what_stands_at_its_path(
    repository: Path, words: str, path: tuple[str, ...], value: Any
) -> None:
    has_template(repository)
    ran = new(repository, "--template", "large", "--set", words)
    assert ran.returncode == 0, ran.stderr
    found: Any = written(repository, "train-2")
    for part in path:
        found = found[part]
    assert (found["xgboost"]["eval_metric"] if path == ("hyperparameters",) else found) == value


@pytest.mark.parametrize(
    "arguments",
    [
        ("train-\udcff", *WHOLE),
        ("train-2", *WHOLE, "--bucket", "b\udcff"),
        ("train-2", *WHOLE, "--cluster", "c\udcff"),
        ("train-2", *WHOLE, "--set", "headImage=\udcff"),
    ],
)
def test_bytes_that_are_no_text_are_a_usage_error(
    repository: Path, arguments: tuple[str, ...]
) -> None:
    ran = rayjobs("new", *arguments, "--root", repository)
    assert ran.returncode == 2
    assert "not UTF-8" in ran.stderr
    assert not list(repository.glob("jobs/*/*"))


@pytest.mark.parametrize("handler", ["strict", "surrogateescape"])
def test_an_answer_that_is_no_text_is_asked_again(
    repository: Path, monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    """How Python takes such bytes depends on the locale."""
    monkeypatch.setenv("PYTHONIOENCODING", f"utf-8:{handler}")
    missing = WHOLE[:2] + WHOLE[4:]
    code, said = on_a_terminal(repository, ["http://\udcff", "https://minio.local"], *missing)
    assert code == 0, said
    assert "the answer is not UTF-8" in said
    assert written(repository, "train-2")["inputDataConfig"][0]["endpoint"] == WHOLE[3]


@pytest.mark.parametrize("arguments", [("show",), ("new", "b", "--from")])
def test_a_name_that_is_too_long_for_a_file_is_a_usage_error(
    repository: Path, arguments: tuple[str, ...]
) -> None:
    ran = rayjobs(*arguments, "a" * 300, "--root", repository)
    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr


def test_nothing_is_written_through_a_link(repository: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repository / "jobs").mkdir(exist_ok=True)
    (repository / "jobs" / "vision").symlink_to(elsewhere)
    ran = new(repository, *WHOLE, "--tenant", "vision")
    assert ran.returncode == 1
    assert "jobs/vision/train-2/params.json: error[source/symlink]" in ran.stderr
    assert not list(elsewhere.iterdir())


def test_a_missing_template_is_said_at_the_line_that_names_it(repository: Path) -> None:
    has_template(repository)
    os.unlink(repository / FILE)
    ran = new(repository, "--template", "large")
    assert ran.returncode == 1
    assert "platform.yaml:4:12: error[template/missing-file]" in ran.stderr


def test_a_copy_of_a_job_whose_template_is_unknown_names_the_option(repository: Path) -> None:
    file = write_job(repository, job("a"))
    ran = new(repository, "--from", str(repository / file))
    assert ran.returncode == 2
    assert "--from" in ran.stderr
    assert "--template" not in ran.stderr


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0), ("off", 0)])
def test_rules_count_as_the_platform_weighs_them(
    repository: Path, severity: str, code: int
) -> None:
    (repository / "platform.yaml").write_text(f"rules: {{storage/endpoint: '{severity}'}}\n")
    ran = new(repository, *WHOLE, "--endpoint", "https://mini_o.local:x")
    assert ran.returncode == code, ran.stderr
    assert pipeline.validate(repository, []).failed is False


def test_a_reason_in_the_copied_job_counts(repository: Path) -> None:
    reasons = {"ignore": [{"rule": "storage/endpoint", "reason": "a proxy takes it"}]}
    channels = [{**c, "endpoint": "https://mini_o.local:x"} for c in LARGE["inputDataConfig"]]
    file = write_job(repository, minimal_job("a", inputDataConfig=channels, rayjobs=reasons))
    ran = new(repository, "--from", str(repository / file))
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("algorithm", ["xgboost", "lightgbm"])
def test_where_platform_yaml_is_wrong_that_alone_is_said(repository: Path, algorithm: str) -> None:
    """What it does not say, or says, of an algorithm is not known."""
    document = minimal_job(
        "a",
        algorithm={"source": "builtin", "algorithmName": algorithm},
        outputDataConfig={"destinationType": "object-storage", "artifactUri": "s3://results/a"},
        rayjobs={"ignore": [{"rule": "fleet/full-copies", "reason": "compared"}]},
    )
    document["resources"].pop("volumeSizeGB", None)
    write_job(repository, document)
    (repository / "platform.yaml").write_text("storage: 3\n")
    assert [d.rule.id for d in pipeline.validate(repository, []).diagnostics] == ["schema/type"]
    ran = new(repository, *WHOLE)
    assert ran.returncode == 1
    assert ran.stderr.startswith("platform.yaml:1:10: error[schema/type]")
    (repository / "platform.yaml").write_text(json.dumps({"storage": {}}))
    assert "storage/object-output" in {
        d.rule.id for d in pipeline.validate(repository, []).diagnostics
    }
