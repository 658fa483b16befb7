"""Copies and jobs that write to one place in a bucket, as the json report shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.storage import TO_OBJECTS, object_job, platform

RULES = ("fleet/copied-output", "fleet/same-output")
POINTER = "/outputDataConfig/artifactUri"


def findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for found in document["diagnostics"] if found["rule"] in RULES]


@pytest.fixture(autouse=True)
def writes_to_objects(repository: Path) -> None:
    platform(repository, TO_OBJECTS)


@pytest.mark.parametrize("mode", ["all", None])
def test_copies_that_write_over_each_other(
    repository: Path, report: Report, mode: str | None
) -> None:
    scheduling = {"mode": mode} if mode else {}
    job = object_job(targetClusters=["c1", "c2", "c3"], scheduling=scheduling)
    file = write_job(repository, job)
    (found,) = findings(report("validate"))
    assert (found["rule"], found["severity"]) == ("fleet/copied-output", "warning")
    assert (found["file"], found["pointer"]) == (file, POINTER)
    assert "3 copies" in found["message"]
    assert "one-of" in found["hint"]


@pytest.mark.parametrize(
    "job",
    [
        object_job(),
        object_job(targetClusters=["c1", "c2"], scheduling={"mode": "one-of"}),
        object_job(targetClusters=["c1", "c2"], scheduling={"mode": "ordered"}),
        # A claim is another one in each cluster.
        minimal_job(targetClusters=["c1", "c2"], scheduling={"mode": "all"}),
        minimal_job(
            targetClusters=["c1", "c2"],
            scheduling={"mode": "all"},
            outputDataConfig={"artifactUri": "file:///home/ray/result-storage/run-1"},
        ),
        # Of a URI that is none this is not what is wrong.
        object_job("s3://results", targetClusters=["c1", "c2"], scheduling={"mode": "all"}),
    ],
)
def test_copies_that_do_not(repository: Path, report: Report, job: dict[str, Any]) -> None:
    write_job(repository, job)
    assert findings(report("validate")) == []


def test_only_clusters_with_the_labels_have_copies(repository: Path, report: Report) -> None:
    platform(
        repository, f"{TO_OBJECTS}clusters: {{c1: {{labels: {{a: b}}}}, c2: {{labels: {{}}}}}}\n"
    )
    scheduling = {"mode": "all", "clusterLabels": {"a": "b"}}
    write_job(repository, object_job(targetClusters=["c1", "c2"], scheduling=scheduling))
    assert report("validate")["diagnostics"] == []


@pytest.mark.parametrize("other", ["s3://results/run-1", "s3://results/run-1/"])
def test_jobs_that_write_over_each_other(repository: Path, report: Report, other: str) -> None:
    files = [write_job(repository, object_job(jobName=name)) for name in "ab"]
    files.append(write_job(repository, object_job(other, jobName="c", namespace="other")))
    found = findings(report("validate"))
    assert [(one["rule"], one["severity"]) for one in found] == [
        ("fleet/same-output", "warning")
    ] * 3
    assert [(one["file"], one["pointer"]) for one in found] == [(file, POINTER) for file in files]
    assert all(one["message"].endswith(f": {', '.join(files)}") for one in found)


def test_one_endpoint_in_two_spellings(repository: Path, report: Report) -> None:
    for name, endpoint in (("a", "https://minio.local"), ("b", "HTTPS://MINIO.local:443/")):
        job = object_job(jobName=name, inputDataConfig=channels(endpoint))
        write_job(repository, job)
    assert [one["rule"] for one in findings(report("validate"))] == ["fleet/same-output"] * 2


def channels(endpoint: str) -> list[dict[str, Any]]:
    return [{**channel, "endpoint": endpoint} for channel in minimal_job()["inputDataConfig"]]


@pytest.mark.parametrize(
    "other",
    [
        object_job("s3://results/run-2", jobName="b"),
        object_job("s3://results/run-1/b", jobName="b"),
        object_job("s3://other/run-1", jobName="b"),
        object_job(jobName="b", inputDataConfig=channels("https://other.example")),
        minimal_job("b", outputDataConfig={"artifactUri": "file:///home/ray/result-storage/a"}),
    ],
)
def test_jobs_that_do_not(repository: Path, report: Report, other: dict[str, Any]) -> None:
    write_job(repository, object_job(jobName="a"))
    write_job(repository, other)
    assert findings(report("validate")) == []


def test_jobs_of_one_claim_have_directories_of_their_own(repository: Path, report: Report) -> None:
    """Their scripts write below STORAGE_PATH/RUN_NAME."""
    output = {"artifactUri": "file:///home/ray/result-storage/models"}
    for name in "ab":
        write_job(repository, minimal_job(name, outputDataConfig=output))
    assert report("validate")["diagnostics"] == []


def test_a_job_that_stands_twice_is_said_to_stand_twice(repository: Path, report: Report) -> None:
    for directory in ("team/a", "team/b"):
        write_job(repository, object_job(), directory)
    rules = {found["rule"] for found in report("validate")["diagnostics"]}
    assert rules == {"fleet/duplicate-job"}


def test_a_templates_uri_is_one_mistake(repository: Path, report: Report) -> None:
    platform(repository, f"{TO_OBJECTS}templates: {{t: {{file: templates/t.json}}}}\n")
    (repository / "templates").mkdir()
    whole = object_job()
    given = {"outputDataConfig": whole.pop("outputDataConfig")}
    (repository / "templates/t.json").write_text(json.dumps(given, indent=1))
    for name in "ab":
        write_job(repository, {**whole, "jobName": name, "template": "t"})
    (found,) = findings(report("validate"))
    assert (found["file"], found["pointer"]) == ("templates/t.json", POINTER)
    assert found["message"].endswith("(in 2 jobs: a, b)")


def test_a_script_that_writes_below_the_name_may_be_said_to(
    repository: Path, report: Report
) -> None:
    platform(repository, f"{TO_OBJECTS}rules: {{fleet/same-output: 'off'}}\n")
    for name in "ab":
        write_job(repository, object_job(jobName=name))
    assert report("validate")["diagnostics"] == []
