"""``rayjobs show``: every value of a job, and where it comes from."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from generator.check import pipeline
from generator.check.outcome import checked
from generator.commands.new.draft import put
from generator.commands.new.rows import place_of
from generator.commands.show import show
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.shown import SCHEMA, shown, where
from tests.helpers.templates import FILE, LARGE, has_template, job, place
from tests.helpers.terminals import Terminal


def test_each_value_says_where_it_comes_from(repository: Path) -> None:
    has_template(repository, fixed=("resources.instanceResources",))
    platform = json.loads((repository / "platform.yaml").read_text())
    platform["algorithms"] = {"xgboost": {"image": "registry.example/own:v1"}}
    platform["storage"] = {"storageClassName": "fast"}
    (repository / "platform.yaml").write_text(json.dumps(platform, indent=1))
    file = write_job(repository, job(resources={"instanceCount": 3}))
    values = shown(repository, "train-1")
    assert where(values["resources.instanceCount"]) == (
        3,
        "job",
        file,
        *place(repository, file, "3\n"),
    )
    cores = values["resources.instanceResources.cpuCores"]
    assert where(cores) == (8, "template", FILE, *place(repository, FILE, "8,"))
    assert cores["fixed"] is True
    eta = values["hyperparameters.xgboost.eta"]
    assert where(eta) == (0.1, "template", FILE, *place(repository, FILE, "0.1"))
    assert eta["fixed"] is False
    image = '"registry.example/own:v1"'
    at = place(repository, "platform.yaml", image)
    for name in ("headImage", "workerImage"):
        assert where(values[name]) == (json.loads(image), "platform", "platform.yaml", *at)
    assert values["resources.storageClassName"]["from"] == "platform"
    for name, value in (
        ("priority", 100),
        ("entrypoint", "python /home/ray/xgboost_train.py"),
        ("pvcName", "kham-pv-for-xgboost"),
        ("inputDataConfig[0].labelName", "target"),
        ("hyperparameters.xgboost.early_stopping_rounds", None),
    ):
        assert where(values[name]) == (value, "default", None, None, None)
    assert not {"scheduling.mode", "stoppingCondition", "template", "$schema"} & set(values)


def test_a_list_of_the_job_takes_nothing_from_its_templates_list(repository: Path) -> None:
    train, validation = minimal_job()["inputDataConfig"]
    has_template(
        repository, {**LARGE, "inputDataConfig": [{**train, "labelName": "kind"}, validation]}
    )
    write_job(repository, job("a"))
    write_job(repository, job("b", inputDataConfig=[train]))
    assert where(shown(repository, "a")["inputDataConfig[0].labelName"])[:3] == (
        "kind",
        "template",
        FILE,
    )
    values = shown(repository, "b")
    assert where(values["inputDataConfig[0].labelName"])[:2] == ("target", "default")
    assert not [path for path in values if path.startswith("inputDataConfig[1]")]


def test_a_job_written_out_as_it_is_shown_renders_the_same(sample: Path) -> None:
    """So nothing is left out, and nothing is said that is not so."""
    before = {path: path.read_bytes() for path in sample.glob("rendered/**/*.yaml")}
    for submission in checked(sample).fleet.submissions:
        document: dict[str, Any] = {}
        # In this process: a new one for each sample would take most of the time.
        with redirect_stdout(Terminal()) as terminal:
            show(submission.job.job_name, sample, "json")
        for one in json.loads(terminal.text)["values"]:
            put(document, place_of(one["path"]), one["value"], None)
        (sample / submission.file).write_text(json.dumps(document))
    assert not pipeline.render(sample).failed
    assert {path: path.read_bytes() for path in sample.glob("rendered/**/*.yaml")} == before


@pytest.mark.parametrize(
    "change",
    [
        {"line": None},
        {"line": 0},
        {"from": "default"},
        {"from": "elsewhere"},
        {"fixed": None},
        {"more": 1},
    ],
)
def test_the_schema_takes_nothing_else(repository: Path, change: dict[str, Any]) -> None:
    write_job(repository, minimal_job())
    ran = rayjobs("show", "train-1", "--root", repository, "--format", "json")
    document = json.loads(ran.stdout)
    jsonschema.validate(document, SCHEMA)
    document["values"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_the_text_has_a_line_for_each_value(repository: Path) -> None:
    has_template(repository, fixed=("targetClusters",))
    file = write_job(repository, job())
    for name in ("train-1", str(repository / file), str((repository / file).parent)):
        ran = rayjobs("show", name, "--root", repository)
        assert ran.returncode == 0, ran.stderr
        lines = ran.stdout.splitlines()
        assert lines[0] == f"{file}: default/train-1, template large"
        assert lines[1].startswith("runs once, on c1")
        words = {line.split()[0]: line.split()[1:] for line in lines[3:]}
        assert words["jobName"] == ['"train-1"', f"{file}:2"]
        line, _ = place(repository, FILE, '"targetClusters"')
        assert words["targetClusters"] == ['["c1"]', f"{FILE}:{line},", "fixed"]
        assert words["namespace"] == ['"default"', "default"]


def test_a_namespace_says_which_of_two_jobs_is_meant(repository: Path) -> None:
    write_job(repository, minimal_job("a", priority=1))
    write_job(repository, minimal_job("a", namespace="other", priority=2), "other/a")
    assert shown(repository, "other/a")["priority"]["value"] == 2
    assert shown(repository, "default/a")["priority"]["value"] == 1


def test_what_cannot_be_shown(repository: Path) -> None:
    write_job(repository, minimal_job("a"))
    write_job(repository, minimal_job("a", namespace="other"), "other/a")
    broken = write_job(repository, minimal_job("b", priority="x"))
    for name, code, words in (
        ("a", 2, "several jobs"),
        ("aa", 2, "did you mean a"),
        ("b", 2, "no valid job"),
        (str(repository / broken), 1, f"{broken}:32:15: error[schema/type]"),
    ):
        ran = rayjobs("show", name, "--root", repository)
        assert (ran.returncode, ran.stdout) == (code, ""), ran.stderr
        assert words in ran.stderr


@pytest.mark.parametrize("argument", ["file", "name"])
@pytest.mark.parametrize("document", [minimal_job("a"), job("a")])
def test_nothing_is_shown_as_a_default_where_platform_yaml_is_wrong(
    repository: Path, document: dict[str, Any], argument: str
) -> None:
    has_template(repository)
    file = write_job(repository, document)
    (repository / "platform.yaml").write_text("storage: 3\n")
    name = str(repository / file) if argument == "file" else "a"
    ran = rayjobs("show", name, "--root", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("platform.yaml:1:10: error[schema/type]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", f"{FILE}:1:2: error[json/syntax]"),
        (None, "platform.yaml:4:12: error[template/missing-file]"),
    ],
)
def test_a_job_whose_template_is_wrong_is_not_shown(
    repository: Path, text: str | None, said: str
) -> None:
    has_template(repository)
    file = write_job(repository, job())
    (repository / FILE).unlink()
    if text is not None:
        (repository / FILE).write_text(text)
    ran = rayjobs("show", repository / file, "--root", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(said)


@pytest.mark.parametrize("name", ["a", "b"])
def test_a_hidden_character_is_shown_as_its_code_point(repository: Path, name: str) -> None:
    text = "x\u202ey" if name == "a" else "x"
    write_job(repository, minimal_job(name, customHyperparameters={"note": text}))
    ran = rayjobs("show", name, "--root", repository)
    assert "\u202e" not in ran.stdout
    assert ("\\u202e" in ran.stdout) == (name == "a")
