"""Claims that exist already, what jobs may ask for, and jobs that do without a claim."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.model.job.channels import names_objects
from tests.helpers.commits import commit, places
from tests.helpers.findings import claim_job, found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.storage import TO_OBJECTS, object_job, platform, pods
from tests.helpers.trees import errors

EXISTING = "storage: {existingClaims: [{name: shared, clusters: [c1]}]}\n"


# Existing claims


def test_an_existing_claim_is_mounted_and_not_rendered(repository: Path, report: Report) -> None:
    platform(repository, EXISTING)
    write_job(repository, claim_job("a"))
    document = report("render")
    assert document["diagnostics"] == []
    assert document["plan"]["create"] == [
        "rendered/default/a.yaml",
        "rendered/default/credentials/s3-credentials.yaml",
    ]
    job, _ = yaml.safe_load_all((repository / "rendered/default/a.yaml").read_text())
    volume = {"name": "result-storage", "persistentVolumeClaim": {"claimName": "shared"}}
    assert [pod["volumes"] for pod in pods(job)] == [[volume], [volume]]


def test_an_existing_claim_bounds_its_jobs(repository: Path, report: Report) -> None:
    platform(repository, EXISTING)
    job = claim_job("a", 5, storage_class="fast", targetClusters=["c1", "c2"])
    job["scheduling"] = {"mode": "all"}
    file = write_job(repository, job)
    write_job(repository, claim_job("b", storage_class="slow"))
    document = report("validate")
    assert found(document, "fleet/claim-clusters") == [(file, "/targetClusters/1")]
    assert (file, "/resources/volumeSizeGB") in found(document, "fleet/existing-claim")
    assert (file, "/resources/storageClassName") in found(document, "fleet/existing-claim")
    # The classes have no effect, so that two of them contradict nothing.
    assert found(document, "fleet/storage-class") == []
    assert found(document, "fleet/no-claim") == []


def test_an_existing_claim_is_one_of_its_namespace(repository: Path, report: Report) -> None:
    platform(repository, EXISTING)
    file = write_job(repository, claim_job("a", namespace="other"))
    assert found(report("validate"), "fleet/no-claim") == [(file, "/pvcName")]


def test_a_job_may_be_called_like_an_existing_claim(repository: Path, report: Report) -> None:
    """No policy is called after it."""
    platform(repository, EXISTING)
    write_job(repository, claim_job("shared"))
    assert report("validate")["diagnostics"] == []


def test_a_claim_cannot_be_declared_and_exist(repository: Path, report: Report) -> None:
    declared = "  claims: [{name: shared, sizeGB: 1, clusters: [c1]}]\n"
    platform(
        repository,
        f"storage:\n{declared}  existingClaims:\n  - clusters: [c1]\n    name: shared\n",
    )
    write_job(repository, claim_job("a"))
    (problem,) = report("validate")["diagnostics"]
    assert (problem["rule"], problem["line"], problem["column"]) == (
        "platform/duplicate-claim", 5, 11,
    )  # fmt: skip


def test_a_claim_that_becomes_an_existing_one_stays(repository: Path) -> None:
    write_job(repository, claim_job("a", 5))
    commit(repository)
    platform(repository, EXISTING)
    write_job(repository, claim_job("a"))
    assert places(repository) == []


# Limits

LIMITS = "storage: {allowedStorageClasses: [fast, slow], maxSizeGB: 10}\n"


def test_a_job_within_the_limits_is_fine(repository: Path, report: Report) -> None:
    platform(repository, LIMITS)
    write_job(repository, claim_job("a", 10, storage_class="slow"))
    write_job(repository, minimal_job("b"))
    assert report("validate")["diagnostics"] == []


def test_a_job_beyond_the_limits_is_an_error_at_its_line(repository: Path, report: Report) -> None:
    platform(repository, LIMITS)
    rules = ("storage/class-not-allowed", "storage/too-large")
    ignore = [{"rule": rule, "reason": "we need it"} for rule in rules]
    job = claim_job("a", 11, storage_class="dear", rayjobs={"ignore": ignore})
    file = write_job(repository, job)
    text = (repository / file).read_text().splitlines()
    by_rule = {d["rule"]: d for d in report("validate")["diagnostics"]}
    for rule, field in zip(rules, ("storageClassName", "volumeSizeGB"), strict=True):
        assert f'"{field}"' in text[by_rule[rule]["line"] - 1]
    assert "fast, slow" in by_rule["storage/class-not-allowed"]["hint"]
    assert "at most 10 GiB" in by_rule["storage/too-large"]["message"]
    # Nor can a job, or its reviewer, wave a limit away.
    assert "adjust/fixed-rule" in by_rule


def test_no_class_may_be_named_where_none_is_listed(repository: Path, report: Report) -> None:
    platform(repository, "storage: {allowedStorageClasses: [], storageClassName: own}\n")
    write_job(repository, minimal_job("a"))
    file = write_job(repository, claim_job("b", 1, storage_class="own"))
    pointer = "/resources/storageClassName"
    assert found(report("validate"), "storage/class-not-allowed") == [(file, pointer)]


def test_a_declared_claim_may_be_beyond_the_limits(repository: Path, report: Report) -> None:
    claim = "{name: shared, sizeGB: 99, storageClassName: dear, clusters: [c1]}"
    platform(
        repository, f"storage: {{maxSizeGB: 1, allowedStorageClasses: [a], claims: [{claim}]}}\n"
    )
    write_job(repository, claim_job("a"))
    assert report("validate")["diagnostics"] == []


# Object storage


def test_a_job_without_a_claim(repository: Path, report: Report) -> None:
    platform(repository, TO_OBJECTS)
    write_job(repository, object_job())
    document = report("render")
    assert document["diagnostics"] == []
    assert document["plan"]["create"] == [
        "rendered/default/credentials/s3-credentials.yaml",
        "rendered/default/train-1.yaml",
    ]
    job, _ = yaml.safe_load_all((repository / "rendered/default/train-1.yaml").read_text())
    variables = yaml.safe_load(job["spec"]["runtimeEnvYAML"])["env_vars"]
    assert variables["STORAGE_PATH"] == "s3://results/run-1"
    for pod in pods(job):
        assert "volumes" not in pod
        assert [set(c) for c in pod["containers"]] == [{"name", "image", "env", "resources"}]
    assert errors(report("check", "--conformance", "embedded")) == []


def test_a_claim_is_what_a_job_gets_that_says_so(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job())
    assert report("render")["diagnostics"] == []
    write_job(repository, minimal_job(outputDataConfig={"destinationType": "claim"}))
    assert report("render")["plan"] == {"create": [], "change": [], "delete": []}


def test_only_listed_algorithms_may_do_without(repository: Path, report: Report) -> None:
    platform(repository, TO_OBJECTS.replace("xgboost", "resnet"))
    file = write_job(repository, object_job())
    own = {"headImage": "own:1", "workerImage": "own:1", "entrypoint": "python /own.py"}
    container = {"source": "container", "algorithmName": "resnet"}
    write_job(repository, object_job(jobName="b", algorithm=container, **own))
    place = (file, "/outputDataConfig/destinationType")
    assert found(report("validate"), "storage/object-output") == [place]


@pytest.mark.parametrize(
    ("uri", "pointer"),
    [
        (None, "/outputDataConfig"),
        *(
            (uri, "/outputDataConfig/artifactUri")
            for uri in (
                "file:///home/ray/result-storage/run-1",
                "s3://results",
                "s3://results/",
                "s3://results//run-1",
                "s3://results/../other/run-1",
                "s3://Results/run-1",
                "s3://results/run-1?endpoint_override=x",
                "https://results/run-1",
            )
        ),
    ],
)
def test_the_uri_names_a_prefix_of_a_bucket(
    repository: Path, report: Report, uri: str | None, pointer: str
) -> None:
    platform(repository, TO_OBJECTS)
    file = write_job(repository, object_job(uri))
    document = report("validate")
    assert found(document, "storage/object-uri") == [(file, pointer)]
    assert {d["rule"] for d in document["diagnostics"]} == {"storage/object-uri"}


def test_a_uri_has_to_survive_kuberays_quoting(repository: Path, report: Report) -> None:
    platform(repository, TO_OBJECTS)
    file = write_job(repository, object_job("s3://results/\U0001d400"))
    place = (file, "/outputDataConfig/artifactUri")
    assert found(report("validate"), "job/unquotable") == [place]


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", fullmatch=True), st.text(max_size=30))
def test_a_uri_that_is_taken_has_its_parts_where_a_url_has_them(bucket: str, key: str) -> None:
    from urllib.parse import urlsplit

    uri = f"s3://{bucket}/{key}"
    if names_objects(uri):
        parts = urlsplit(uri)
        assert (parts.netloc, parts.path, parts.query, parts.fragment) == (
            bucket, f"/{key}", "", "",
        )  # fmt: skip
        assert not key.startswith("/")
        assert ".." not in key.split("/")


def test_what_a_claim_is_has_no_effect_without_one(repository: Path, report: Report) -> None:
    platform(repository, TO_OBJECTS)
    resources = {**minimal_job()["resources"], "storageClassName": "fast"}
    write_job(repository, object_job(resources=resources, pvcName="own"))
    pointers = {pointer for _, pointer in found(report("validate"), "storage/unused-claim")}
    assert pointers == {"/pvcName", "/resources/volumeSizeGB", "/resources/storageClassName"}


def test_a_uri_of_object_storage_says_what_a_script_that_can_needs(
    repository: Path, report: Report
) -> None:
    write_job(repository, minimal_job(outputDataConfig={"artifactUri": "s3://results/run-1"}))
    (ignored,) = report("validate")["diagnostics"]
    assert ignored["rule"] == "storage/artifact-ignored"
    assert "destinationType" in ignored["hint"]


def test_a_job_that_leaves_its_claim_is_edited(repository: Path) -> None:
    platform(repository, TO_OBJECTS)
    file = write_job(repository, claim_job("a", 5))
    write_job(repository, claim_job("b", 2))
    commit(repository)
    write_job(repository, object_job(jobName="a"))
    assert places(repository, allow_edits=True) == [
        ("base/claim-shrinks", file, "/outputDataConfig/destinationType")
    ]
    assert ("base/edited-job", file, "/jobName") in places(repository)


@pytest.mark.parametrize("setting", ["maxSizeGB: 9", "allowedStorageClasses: []"])
def test_limits_change_no_rayjob(repository: Path, setting: str) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    platform(repository, f"storage: {{{setting}}}\n")
    assert places(repository) == []
