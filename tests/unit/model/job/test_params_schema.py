"""Law 8: a document is valid for the exported schema if and only if it is valid for the models."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from generator.algorithms import BUILT_IN
from generator.model.job.job import Job
from generator.model.job.schema import (
    JobFromTemplate,
    Template,
    explain,
    params_schema,
    template_schema,
)
from generator.model.platform.model import Platform
from generator.source.schema_errors import DocumentSchema
from tests.helpers.command import ROOT
from tests.helpers.documents import EVERY_FIELD, EVERY_FIELD_OF_LIGHTGBM, PLATFORM
from tests.helpers.jobs import minimal_job
from tests.helpers.mutations import (
    FROM_TEMPLATE,
    ODD,
    SMALL_FROM_TEMPLATE,
    TEMPLATE,
    mutated,
    places,
    put,
)
from tools.schemas import SCHEMAS as EXPORTED

SCHEMAS = {name: DocumentSchema((ROOT / "schemas" / name).read_text()) for name in EXPORTED}


def takes(model: type[BaseModel], document: Any) -> bool:
    try:
        model.model_validate(document)
    except ValidationError:
        return False
    return True


def finite(document: Any) -> bool:
    return "Infinity" not in json.dumps(document)


@settings(max_examples=1500, deadline=None)
@given(mutated([EVERY_FIELD, EVERY_FIELD_OF_LIGHTGBM, minimal_job()]))
def test_schema_and_models_agree_on_jobs(document: Any) -> None:
    if finite(document):
        assert SCHEMAS["params.schema.json"].accepts(document) == takes(Job, document)


@settings(max_examples=1000, deadline=None)
@given(mutated([FROM_TEMPLATE, SMALL_FROM_TEMPLATE, {**SMALL_FROM_TEMPLATE, **minimal_job()}]))
def test_schema_and_models_agree_on_jobs_of_templates(document: Any) -> None:
    if finite(document):
        model = JobFromTemplate if "template" in document else Job
        assert SCHEMAS["params.schema.json"].accepts(document) == takes(model, document)
        assert SCHEMAS["params.schema.json"].accepts(document) == (explain(document) == [])


@settings(max_examples=500, deadline=None)
@given(mutated([TEMPLATE, {"resources": {"instanceCount": 2}}]))
def test_schema_and_model_agree_on_templates(document: Any) -> None:
    if finite(document):
        assert SCHEMAS["template.schema.json"].accepts(document) == takes(Template, document)


def test_a_job_of_a_template_needs_its_name_only() -> None:
    accepts = SCHEMAS["params.schema.json"].accepts
    assert accepts({"jobName": "a", "template": "b"})
    assert not accepts({"template": "b"})
    assert not accepts({"jobName": "a"})
    # What does not go together in a whole job may be completed by the template.
    assert accepts({"jobName": "a", "template": "b", "algorithm": {"algorithmName": "own"}})
    assert not accepts({**minimal_job(), "algorithm": {"algorithmName": "own"}})


@settings(max_examples=500, deadline=None)
@given(mutated([PLATFORM]))
def test_schema_and_model_agree_on_platforms(document: Any) -> None:
    if finite(document):
        assert SCHEMAS["platform.schema.json"].accepts(document) == takes(Platform, document)


FIELDS = [(EVERY_FIELD, path) for path in places(EVERY_FIELD)[1:]]
FIELDS += [
    (EVERY_FIELD_OF_LIGHTGBM, path)
    for path in places(EVERY_FIELD_OF_LIGHTGBM)[1:]
    if path[:2] == ("hyperparameters", "lightgbm")
]


@pytest.mark.parametrize(("sample", "path"), FIELDS, ids=[str(path) for _, path in FIELDS])
def test_schema_and_models_agree_on_every_field_with_every_odd_value(
    sample: dict[str, Any], path: tuple[Any, ...]
) -> None:
    for value in ODD:
        document = copy.deepcopy(sample)
        put(document, path, value)
        accepted = SCHEMAS["params.schema.json"].accepts(document)
        assert accepted == takes(Job, document), (path, value)


@settings(max_examples=300, deadline=None)
@given(mutated([EVERY_FIELD, minimal_job()]))
def test_what_is_refused_is_explained(document: Any) -> None:
    found = explain(document)
    assert bool(found) != SCHEMAS["params.schema.json"].accepts(document)
    assert all(diagnostic.message and diagnostic.hint for diagnostic in found)


@pytest.mark.parametrize("name", EXPORTED)
def test_schemas_follow_their_meta_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((ROOT / "schemas" / name).read_text()))


@pytest.mark.parametrize("name", EXPORTED)
def test_committed_schemas_are_current(name: str) -> None:
    exported = json.dumps(EXPORTED[name](), indent=2, ensure_ascii=False) + "\n"
    assert (ROOT / "schemas" / name).read_text(encoding="utf-8") == exported


@pytest.mark.parametrize(
    "name", ["params.schema.json", "platform.schema.json", "template.schema.json"]
)
def test_editors_are_told_what_every_field_is(name: str) -> None:
    schema = EXPORTED[name]()
    for part in [schema, *schema["$defs"].values()]:
        for field, member in part.get("properties", {}).items():
            target = schema["$defs"][member["$ref"].split("/")[-1]] if "$ref" in member else {}
            shown = {**target, **member}
            assert shown.get("title"), field
            assert shown.get("description"), field
            validator = Draft202012Validator({**shown, "$defs": schema["$defs"]})
            samples = [
                *member.get("examples", []),
                *([member["default"]] if "default" in member else []),
            ]
            assert samples or "$ref" in member or shown["type"] in ("array", "object"), field
            for sample in samples:
                validator.validate(sample)


def test_samples_use_every_field() -> None:
    assert SCHEMAS["params.schema.json"].accepts(EVERY_FIELD)
    assert SCHEMAS["platform.schema.json"].accepts(PLATFORM)
    defs = params_schema()["$defs"]
    assert set(FROM_TEMPLATE) == set(params_schema()["properties"])
    assert set(TEMPLATE) == set(template_schema()["properties"])
    assert set(EVERY_FIELD["hyperparameters"]["xgboost"]) == set(defs["XGBoost"]["properties"])
    assert len(defs["XGBoost"]["properties"]) == 39
    lightgbm = EVERY_FIELD_OF_LIGHTGBM["hyperparameters"]["lightgbm"]
    assert set(lightgbm) == set(defs["LightGBM"]["properties"])
    assert set(EVERY_FIELD["inputDataConfig"][0]) == set(defs["Channel"]["properties"])


def test_a_minimal_job_has_ten_lines() -> None:
    job = minimal_job()
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in job.items()]
    assert len(lines) + 2 <= 10


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("jobname", 'did you mean "jobName"?'),
        (
            "cpuCores",
            '"cpuCores" belongs in resources.instanceResources or resources.headResources',
        ),
        ("max_depth", '"max_depth" belongs in hyperparameters.lightgbm or hyperparameters.xgboost'),
    ],
)
def test_an_unknown_field_gets_the_nearest_known_name(field: str, hint: str) -> None:
    (found,) = explain({**minimal_job(), field: 1})
    assert found.hint == hint


def test_editor_settings_point_to_the_schema() -> None:
    written = json.loads(Path(ROOT, ".vscode", "settings.json").read_text())
    (entry,) = (e for e in written["json.schemas"] if "params.json" in str(e["fileMatch"]))
    assert (ROOT / entry["url"]).is_file()
    for job in sorted((ROOT / "jobs").rglob("params.json")):
        reference = json.loads(job.read_text())["$schema"]
        assert (job.parent / reference).resolve() == ROOT / "schemas" / "params.schema.json"


def test_what_jobs_leave_out_is_made_once() -> None:
    """Most of a job are hyperparameters of algorithms that it does not run."""
    one, other = (Job.model_validate(minimal_job(name)) for name in ("a", "b"))
    for algorithm in set(BUILT_IN) - {"xgboost"}:
        assert one.hyperparameters_of(algorithm) is other.hyperparameters_of(algorithm)
    assert one.scheduling is other.scheduling
