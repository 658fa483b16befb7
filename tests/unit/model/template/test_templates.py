"""Templates: what jobs take from them, and where it is said what is wrong."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check import pipeline
from generator.check.outcome import checked
from generator.diagnostics import Located
from generator.model.job.job import Job
from generator.model.job.schema import explain, job_from
from generator.model.platform.model import Platform
from generator.model.template import Template, merge, merged_objects
from tests.helpers.command import rayjobs
from tests.helpers.commits import changes, commit
from tests.helpers.documents import EVERY_FIELD
from tests.helpers.jobs import USES_GPUS, minimal_job, write_job
from tests.helpers.mutations import mutated
from tests.helpers.templates import (
    FILE,
    LARGE,
    has_template,
    job,
    new,
    on_a_terminal,
    place,
    written,
)


def found_in(root: Path) -> list[Located]:
    return pipeline.validate(root, []).diagnostics


def errors(root: Path) -> list[tuple[Any, ...]]:
    return [(d.rule.id, d.file, d.line, d.column) for d in found_in(root) if d.is_error]


# Merging


def test_a_job_of_a_template_renders_as_the_whole_job(repository: Path) -> None:
    template = {**LARGE, **USES_GPUS}
    has_template(repository, template)
    own = job(resources={"instanceCount": 3}, hyperparameters={"xgboost": {"eta": 0.5}})
    write_job(repository, own)
    assert not pipeline.render(repository).diagnostics
    rendered = repository / "rendered" / "default" / "train-1.yaml"
    from_template = rendered.read_text()
    whole: dict[str, Any] = merged_objects(template, {**own, "$schema": "x"})
    del whole["template"]
    assert whole["resources"]["instanceResources"]["cpuCores"] == 8
    assert whole["hyperparameters"]["xgboost"] == {"eta": 0.5, "max_depth": 8}
    write_job(repository, whole)
    pipeline.render(repository)
    assert rendered.read_text() == from_template


def test_lists_replace_whole_lists(repository: Path) -> None:
    has_template(repository)
    write_job(repository, job(targetClusters=["c7"]))
    (submission,) = checked(repository).fleet.submissions
    assert submission.job.target_clusters == ["c7"]
    assert len(submission.job.input_data_config) == 2


def test_a_templates_schema_and_the_jobs_own_do_not_get_mixed_up() -> None:
    template = Template("t", FILE, "", {"$schema": "../template", "priority": 7}, ())
    assert merge({"jobName": "a", "template": "t"}, template).document == {
        "jobName": "a",
        "priority": 7,
    }
    assert merge({"$schema": "own"}, template).document["$schema"] == "own"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_merging_is_a_law_of_its_own(data: st.DataObject) -> None:
    """What the job says counts, what neither says is not there, and nothing changes in place."""
    values = st.recursive(
        st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    )
    objects = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
    under: Any = data.draw(objects)
    over: Any = data.draw(objects)
    before = json.dumps([under, over])
    result = merged_objects(under, over)
    assert merged_objects(result, over) == result
    assert merged_objects({}, over) == over
    assert merged_objects(under, {}) == under
    assert set(result) == {*under, *over}
    assert json.dumps([under, over]) == before


@settings(max_examples=300, deadline=None)
@given(mutated([{**EVERY_FIELD, "template": "t"}, job(resources={"instanceCount": 1})]))
def test_a_job_that_is_valid_when_merged_is_valid_by_itself(document: Any) -> None:
    """The schema that editors use refuses nothing that the checks take."""
    if not isinstance(document, dict) or document.get("template") != "t":
        return
    merged = merge(document, Template("t", FILE, "", LARGE, ()))
    found, problems = job_from(merged.document)
    assert isinstance(found, Job) or problems
    if not problems:
        assert explain(document) == []


@pytest.mark.parametrize(
    ("pointer", "is_from_template"),
    [
        ("", False),
        ("/o", False),
        ("/o/own", False),
        ("/o/given", True),
        ("/o/given/deeper", True),
        ("/o/nowhere", False),
        ("/list/0/a", False),
        ("/list/1", False),
        ("/given~1list/1/b", True),
        ("/scalar/a", False),
    ],
)
def test_a_list_or_text_of_the_job_stands_for_all_of_the_templates(
    pointer: str, is_from_template: bool
) -> None:
    own: Any = {"o": {"own": 1}, "list": [{"b": 1}], "scalar": "x"}
    given: Any = {"o": {"own": 2, "given": {}}, "list": [{"a": 1}, {}], "scalar": {"a": 1}}
    given["given/list"] = [{}, {"b": 1}]
    merged = merge(own, Template("t", FILE, "", given, ()))
    assert merged.is_from_template(pointer) is is_from_template


# Where it is said


def test_a_wrong_value_of_the_job_is_said_there(repository: Path) -> None:
    has_template(repository)
    file = write_job(repository, job(resources={"instanceCount": "3"}))
    where = place(repository, file, '"3"')
    assert errors(repository) == [("schema/type", file, *where)]


def test_what_is_wrong_in_a_template_is_said_once_in_its_file(repository: Path) -> None:
    has_template(repository, {**LARGE, "priority": 2000})
    for name in ("a", "b"):
        write_job(repository, job(name))
    assert errors(repository) == [("schema/range", FILE, *place(repository, FILE, "2000"))]


def test_a_rule_that_a_templates_value_breaks_points_into_its_file(repository: Path) -> None:
    custom = {"customHyperparameters": {"num_worker": 3}}
    has_template(repository, {**LARGE, **custom})
    for name in ("a", "b"):
        write_job(repository, job(name))
    where = place(repository, FILE, '"num_worker"')
    assert errors(repository) == [("job/custom-name", FILE, *where)]
    assert found_in(repository)[0].message.endswith("(in 2 jobs: a, b)")
    # The same field, now the job's own.
    has_template(repository)
    file = write_job(repository, job("a", **custom))
    where = place(repository, file, '"num_worker"')
    assert errors(repository) == [("job/custom-name", file, *where)]


def test_gpus_of_a_template_that_stay_idle_are_said_there(repository: Path) -> None:
    has_template(repository, {**LARGE, "stoppingCondition": USES_GPUS["stoppingCondition"]})
    for name in ("a", "b"):
        write_job(repository, job(name))
    (one,) = found_in(repository)
    assert (one.rule.id, one.file, one.pointer) == (
        "xgboost/idle-gpu",
        FILE,
        "/resources/instanceResources/gpuCount",
    )
    assert "2 jobs: a, b" in one.message


def test_what_is_asked_of_some_jobs_shows_their_template(repository: Path) -> None:
    has_template(repository, {**LARGE, **USES_GPUS, "customHyperparameters": {"num_worker": 3}})
    asked = write_job(repository, job("a"))
    other = write_job(repository, minimal_job("b"))
    assert [d.file for d in pipeline.validate(repository, [asked]).diagnostics] == [FILE]
    assert pipeline.validate(repository, [other]).diagnostics == []


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        (FILE, "{", "json/syntax"),
        (FILE, None, "template/missing-file"),
        ("platform.yaml", "storage: 3", "schema/type"),
    ],
)
def test_a_job_that_could_not_be_judged_is_not_said_to_be_fine(
    repository: Path, file: str, text: str | None, rule: str
) -> None:
    has_template(repository)
    asked = write_job(repository, job("a"))
    other = write_job(repository, minimal_job("b"))
    (repository / file).unlink()
    if text is not None:
        (repository / file).write_text(text)
    assert [d.rule.id for d in pipeline.validate(repository, [asked]).diagnostics] == [rule]
    assert pipeline.validate(repository, [other]).diagnostics == []


def test_what_is_wrong_with_a_file_of_two_templates_is_said_once(repository: Path) -> None:
    has_template(repository)
    write_job(repository, minimal_job())
    (repository / FILE).write_bytes(b"\xef\xbb\xbf{}")
    (repository / "platform.yaml").write_text(
        json.dumps({"templates": {name: {"file": FILE} for name in ("a", "b")}})
    )
    assert errors(repository) == [("source/byte-order-mark", FILE, None, None)]


def test_a_field_that_nobody_gives_is_said_at_the_job(repository: Path) -> None:
    without = {name: value for name, value in LARGE.items() if name != "targetClusters"}
    without["resources"] = {"instanceCount": 2}
    has_template(repository, without)
    file = write_job(repository, job())
    assert [(f, line) for _, f, line, _ in errors(repository)] == [(file, 1)] * 2
    assert sorted(d.message for d in found_in(repository)) == [
        'the field "instanceResources" is missing: the template "large" does not give it',
        'the field "targetClusters" is missing: the template "large" does not give it',
    ]


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"resources": {"instanceResources": {"cpuCores": 8}}}, '"instanceResources"'),
        ({"resources": {"instanceResources": {}}}, '"instanceResources"'),
        ({"targetClusters": ["c1"]}, '"targetClusters"'),
    ],
)
def test_a_fixed_field_cannot_be_set(repository: Path, fields: dict[str, Any], at: str) -> None:
    has_template(repository, fixed=("resources.instanceResources", "targetClusters"))
    file = write_job(repository, job(**fields))
    assert errors(repository) == [("template/fixed-field", file, *place(repository, file, at))]
    write_job(repository, job(resources={"instanceCount": 5}))
    assert errors(repository) == []


# Templates by themselves


def test_an_unknown_template_is_said_with_the_nearest(repository: Path) -> None:
    has_template(repository)
    file = write_job(repository, {**job(), "template": "larg", "priorty": 3})
    assert errors(repository) == [
        ("template/unknown", file, *place(repository, file, '"larg"')),
        ("schema/unknown-field", file, *place(repository, file, '"priorty"')),
    ]
    assert found_in(repository)[0].hint == 'did you mean "large"?'
    (repository / "platform.yaml").unlink()
    assert "platform.yaml has no templates" in found_in(repository)[0].hint


def test_a_missing_file_is_said_where_it_is_named(repository: Path) -> None:
    has_template(repository)
    (repository / FILE).unlink()
    write_job(repository, job())
    where = place(repository, "platform.yaml", f'"{FILE}"')
    assert errors(repository) == [("template/missing-file", "platform.yaml", *where)]


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("{", "json/syntax", 1),
        ("[]", "schema/type", 1),
        ('{\n"priority": 1,\n"priority": 2}', "json/duplicate-key", 3),
        ('{\n"priorty": 1}', "schema/unknown-field", 2),
        ('{\n"resources": {\n"instanceCount": "2"}}', "schema/type", 3),
        ('{\n"jobName": "a"}', "template/job-field", 2),
        ('{\n"template": "large"}', "template/job-field", 2),
        ('{\n"entrypoint": "python a.py; true"}', "job/entrypoint", 2),
        ('{"resources": {}, \n"customHyperparameters": {"my_token": 3}}', "job/credential", 2),
        ('{"inputDataConfig": [{}]}', "schema/missing-field", 1),
    ],
)
@pytest.mark.parametrize("used", [True, False])
def test_a_template_that_is_wrong_by_itself(
    repository: Path, text: str, rule: str, line: int, used: bool
) -> None:
    has_template(repository)
    (repository / FILE).write_text(text)
    write_job(repository, job() if used else minimal_job())
    found = [(r, file, at) for r, file, at, _ in errors(repository)]
    assert (rule, FILE, line) in found
    assert found.count((rule, FILE, line)) == (4 if "[{}]" in text else 1)


def test_a_template_is_read_through_no_link(repository: Path) -> None:
    has_template(repository)
    write_job(repository, job())
    os.rename(repository / FILE, repository / "large.json")
    (repository / FILE).symlink_to("../large.json")
    assert [e[:2] for e in errors(repository)] == [("source/symlink", FILE)]
    (repository / FILE).unlink()
    (repository / "templates").rmdir()
    (repository / "templates").symlink_to(".")
    assert [e[:2] for e in errors(repository)] == [("source/symlink", FILE)]


def test_a_fixed_field_has_to_be_in_the_file(repository: Path) -> None:
    has_template(repository, fixed=("resources", "scheduling.mode"))
    where = place(repository, "platform.yaml", '"scheduling.mode"')
    write_job(repository, job())
    assert errors(repository) == [("template/fixed-absent", "platform.yaml", *where)]


def test_a_wrong_platform_hides_no_error_of_a_job(repository: Path) -> None:
    (repository / "platform.yaml").write_text("templates: 3\n")
    file = write_job(repository, job(priority=0))
    assert [(r, f) for r, f, _, _ in errors(repository)] == [
        ("schema/range", file),
        ("schema/type", "platform.yaml"),
    ]


def test_a_jobs_reason_ignores_what_the_template_brings(repository: Path) -> None:
    has_template(repository, {**LARGE, "targetClusters": ["c1", "c2"]})
    write_job(repository, job("a"))
    ignore = {"ignore": [{"rule": "fleet/full-copies", "reason": "compared"}]}
    write_job(repository, job("b", rayjobs=ignore))
    (found,) = (d for d in found_in(repository) if d.rule.id == "fleet/full-copies")
    assert found.file == FILE
    assert found.message.endswith("(in the job a)")


# Changes


def test_an_edited_template_edits_each_job_that_uses_it(repository: Path) -> None:
    has_template(repository)
    files = [write_job(repository, job(name)) for name in ("a", "b")]
    write_job(repository, job("c", hyperparameters={"xgboost": {"max_depth": 3}}))
    write_job(repository, minimal_job("d"))
    commit(repository)
    assert changes(repository) == []
    deeper = {**LARGE, "hyperparameters": {"xgboost": {"eta": 0.1, "max_depth": 9}}}
    has_template(repository, deeper)
    found = changes(repository)
    assert [(f.rule.id, f.file, f.pointer, f.line) for f in found] == [
        ("base/edited-job", file, "/template", 3) for file in files
    ]
    assert all('by its template "large"' in f.message for f in found)
    assert changes(repository, allow_edits=True) == []


def test_a_job_that_takes_the_same_from_a_template_is_not_edited(repository: Path) -> None:
    whole = {**LARGE, "jobName": "a"}
    has_template(repository)
    write_job(repository, whole)
    commit(repository)
    write_job(repository, job("a"))
    assert changes(repository) == []


def test_a_cluster_that_a_template_adds_is_said_in_its_file(repository: Path) -> None:
    has_template(repository, {**LARGE, "scheduling": {"mode": "all"}})
    write_job(repository, job("a"))
    commit(repository)
    has_template(
        repository, {**LARGE, "scheduling": {"mode": "all"}, "targetClusters": ["c1", "c2"]}
    )
    (found,) = changes(repository)
    assert (found.rule.id, found.file) == ("base/new-copy", FILE)
    assert (found.line, found.column) == place(repository, FILE, '"c2"')


def test_a_job_whose_template_broke_is_not_deleted(repository: Path) -> None:
    has_template(repository)
    write_job(repository, job("a"))
    commit(repository)
    (repository / FILE).write_text("{")
    assert changes(repository) == []


# Fields in words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("template", ["params.json", "gpu-large", "template/unknown"]),
        ("templates", ["platform.yaml", "templates.file", "templates.fixed"]),
        ("templates.fixed", ["No job may set", "template/fixed-absent"]),
        ("templates.gpu-large.file", ["templates/gpu-large.json"]),
    ],
)
def test_templates_are_explained(name: str, words: list[str]) -> None:
    ran = rayjobs("explain", name)
    assert ran.returncode == 0, ran.stderr
    for word in words:
        assert word.lower() in ran.stdout.lower()


def test_a_platform_without_templates_reads_none(repository: Path) -> None:
    assert Platform().templates == {}
    assert checked(repository, allow_no_jobs=True).repository.templates.usable == {}


# rayjobs new


def test_new_writes_only_what_the_template_does_not_say(repository: Path) -> None:
    has_template(repository)
    ran = new(repository, "--template", "large", "--set", "hyperparameters.xgboost.eta=0.5")
    assert ran.returncode == 0, ran.stderr
    assert written(repository, "train-2") == {
        **job("train-2"),
        "hyperparameters": {"xgboost": {"eta": 0.5}},
    }
    (submission,) = checked(repository).fleet.submissions
    assert submission.job.hyperparameters_of("xgboost").model_dump()["eta"] == 0.5


def test_new_sets_values_as_json_or_as_text(repository: Path) -> None:
    has_template(repository)
    values = {
        "targetClusters": "c1, c2",
        "namespace": "123",
        "hyperparameters.xgboost.eval_metric": '["auc"]',
        "customHyperparameters.num_class": "3",
        "customHyperparameters.kind": "fine",
        "inputDataConfig[1].prefix": "other.csv",
        "scheduling.mode": "one-of",
    }
    assigned = [part for item in values.items() for part in ("--set", "=".join(item))]
    ran = new(repository, "--template", "large", *assigned)
    assert ran.returncode == 0, ran.stderr
    document = written(repository, "train-2")
    assert document["targetClusters"] == ["c1", "c2"]
    assert document["namespace"] == "123"
    assert document["hyperparameters"] == {"xgboost": {"eval_metric": ["auc"]}}
    assert document["customHyperparameters"] == {"num_class": 3, "kind": "fine"}
    # The template's list, with one of its values changed.
    first, second = LARGE["inputDataConfig"]
    assert document["inputDataConfig"] == [first, {**second, "prefix": "other.csv"}]


def test_new_changes_the_templates_channels_by_its_options(repository: Path) -> None:
    has_template(repository)
    ran = new(repository, "--template", "large", "--bucket", "other")
    assert ran.returncode == 0, ran.stderr
    assert {one["bucket"] for one in written(repository, "train-2")["inputDataConfig"]} == {"other"}
    again = rayjobs("new", "a", "--root", repository, "--from", "train-2", "--set", "priority=5")
    assert again.returncode == 0, again.stderr
    assert written(repository, "a") == {
        **written(repository, "train-2"), "jobName": "a", "priority": 5
    }  # fmt: skip


def test_new_refuses_a_fixed_field(repository: Path) -> None:
    has_template(repository, fixed=("resources.instanceResources",))
    ran = new(repository, "--template", "large", "--cpu", "1")
    assert ran.returncode == 1
    assert "template/fixed-field" in ran.stderr
    assert not list(repository.glob("jobs/*/*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--template", "larg"], ["no template", "did you mean", "there is: large"]),
        (["--template", "large", "--from", "x"], ["give only one of them"]),
        (["--template", "large", "--set", "max_dept=3"], ["hyperparameters.xgboost.max_depth"]),
        (["--template", "large", "--set", "resources.instancecount=3"], ["instanceCount"]),
        (["--template", "large", "--set", "priority"], ["is not PATH=VALUE"]),
        (["--template", "large", "--set", "jobName=b"], ["the name is NAME"]),
        (["--template", "large", "--set", "inputDataConfig[5].bucket=b"], ["no place for"]),
        (["--set", "priority=7"], ["--endpoint", "--bucket", "--prefix", "--cluster"]),
    ],
)
def test_new_called_wrongly_exits_2(
    repository: Path, arguments: list[str], words: list[str]
) -> None:
    has_template(repository)
    ran = new(repository, *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    said = " ".join(re.sub(r"[│╭╰─╮╯]", " ", ran.stderr).split())
    for word in words:
        assert word in said
    assert not list(repository.glob("jobs/*/*"))


def test_new_says_what_neither_gives(repository: Path) -> None:
    has_template(repository, {"priority": 7})
    ran = new(repository, "--template", "large", "--cluster", "c1")
    assert ran.returncode == 2
    for option in ("--endpoint", "--set", "algorithm.algorithmName=", "instanceCount="):
        assert option in ran.stderr


def test_new_with_a_broken_template_says_what_is_wrong_with_it(repository: Path) -> None:
    has_template(repository, {"priority": 7000})
    ran = new(repository, "--template", "large")
    assert ran.returncode == 1
    assert f"{FILE}:2:15: error[schema/range]" in ran.stderr


def test_on_a_terminal_new_asks_for_what_is_missing(repository: Path) -> None:
    has_template(repository, {"algorithm": {"algorithmName": "xgboost"}, "priority": 7})
    # The workers are given; the cores are answered wrongly twice, and the clusters once.
    answers = ["many", "0", "4", "16", "https://minio.local", "b", "k.csv", "c1,C2", "c1,c2"]
    code, said = on_a_terminal(repository, answers, "--template", "large", "--workers", "3")
    assert code == 0, said
    assert written(repository, "train-2") == {
        "jobName": "train-2",
        "template": "large",
        "resources": {
            "instanceCount": 3,
            "instanceResources": {"cpuCores": 4, "memoryGiB": 16},
        },
        "inputDataConfig": [
            {
                "channelName": "train",
                "endpoint": "https://minio.local",
                "bucket": "b",
                "prefix": "k.csv",
            }
        ],
        "targetClusters": ["c1", "c2"],
    }
    assert "Cores of each worker, and of the head without a size of its own" in said
    assert '"many" is not a whole number' in said
    assert "0 is out of range" in said
    assert "takes a whole number, 1 to 2147483647, for example 4" in said
    assert "must be small letters" in said


def has_two_templates(root: Path) -> None:
    has_template(root)
    (root / "templates/broken.json").write_text('{"priority": 7000}')
    (root / "platform.yaml").write_text(
        "templates:\n"
        "  large: {file: templates/large.json, title: Large, description: Many GPUs.}\n"
        "  same: {file: templates/large.json}\n"
        "  broken: {file: templates/broken.json, title: Broken}\n"
    )


def test_on_a_terminal_new_offers_the_templates_first(repository: Path) -> None:
    has_two_templates(repository)
    options = ("--workers", "3", "--set", "hyperparameters.xgboost.eta=0.2")
    code, said = on_a_terminal(repository, ["larg", "broken", "large"], *options)
    assert code == 0, said
    assert written(repository, "train-2") == {
        "jobName": "train-2",
        "template": "large",
        "resources": {"instanceCount": 3},
        "hyperparameters": {"xgboost": {"eta": 0.2}},
    }
    lines = said.splitlines()
    assert "  large  Large: Many GPUs." in lines
    assert "  same   same" in lines
    assert not any("Broken" in line for line in lines)
    assert 'there is no template "larg"; did you mean "large"?' in said
    assert "broken is wrong by itself" in said


def test_on_a_terminal_no_template_is_the_default(repository: Path) -> None:
    has_two_templates(repository)
    options = ("--endpoint", "https://minio.local", "--bucket", "b", "--prefix", "k.csv")
    code, said = on_a_terminal(repository, ["", "c1"], *options)
    assert code == 0, said
    assert said.index("Template (empty for none)") < said.index("targetClusters: ")
    job = written(repository, "train-2")
    assert "template" not in job
    assert job["targetClusters"] == ["c1"]


@pytest.mark.parametrize("arguments", [("--from", "train-1"), ("--template", "same"), ("whole",)])
def test_a_template_is_not_offered_where_none_is_wanted(
    repository: Path, arguments: tuple[str, ...]
) -> None:
    has_two_templates(repository)
    write_job(repository, minimal_job("train-1"))
    if arguments == ("whole",):
        where = ("--endpoint", "https://minio.local", "--bucket", "b", "--prefix", "k.csv")
        arguments = (*where, "--cluster", "c1")
    code, said = on_a_terminal(repository, [], *arguments)
    assert code == 0, said
    assert "empty for none" not in said


def test_a_name_is_refused_before_anything_is_asked(repository: Path) -> None:
    has_two_templates(repository)
    code, said = on_a_terminal(repository, [], name="Train_2")
    assert code == 1
    assert "schema/pattern" in said
    assert "takes" not in said
    assert "empty for none" not in said
