"""Rules across fields and across jobs, as the json report of a repository shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.findings import claim_job, found
from tests.helpers.jobs import Report, minimal_job, write_job


def channel(name: str, **changes: Any) -> dict[str, Any]:
    job = minimal_job()
    given: dict[str, Any] = {**job["inputDataConfig"][0], "channelName": name, **changes}
    return given


CONTAINER = {"source": "container", "algorithmName": "resnet"}
OTHER_CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        "job/channel-order",
        {"inputDataConfig": [channel("train"), channel("train")]},
        "/inputDataConfig/1/channelName",
    ),
    (
        "job/channel-storage",
        {"inputDataConfig": [channel("train"), channel("validation", endpoint="http://o")]},
        "/inputDataConfig/1/endpoint",
    ),
    ("job/custom-name", {"customHyperparameters": {"a": 1, "A": 1}}, "/customHyperparameters/A"),
    (
        "job/custom-name",
        {"customHyperparameters": {"s3_secret_key": "x"}},
        "/customHyperparameters/s3_secret_key",
    ),
    (
        "job/artifact-uri",
        {"outputDataConfig": {"artifactUri": "file:///home/../etc"}},
        "/outputDataConfig/artifactUri",
    ),
    (
        "job/custom-reserved",
        {"customHyperparameters": {"ray_address": "x"}},
        "/customHyperparameters/ray_address",
    ),
    ("job/custom-reserved", {"customHyperparameters": {"Path": 1}}, "/customHyperparameters/Path"),
    (
        "job/deadline",
        {"stoppingCondition": {"maxWaitSeconds": 59}},
        "/stoppingCondition/maxWaitSeconds",
    ),
    (
        "job/few-cpus",
        {
            "entrypoint": "python /opt/own.py",
            "resources": {
                "instanceResources": {"cpuCores": 2, "memoryGiB": 4, "gpuCount": 4},
                "instanceCount": 1,
            },
        },
        "/resources/instanceResources/cpuCores",
    ),
    (
        "job/hidden-text",
        {"inputDataConfig": [channel("train", contentType="\x1b[31m")]},
        "/inputDataConfig/0/contentType",
    ),
    (
        "job/credential",
        {"customHyperparameters": {"id": "AKIA" + "EXAMPLEEXAMPLEEX"}},
        "/customHyperparameters/id",
    ),
    (
        "job/credential",
        {"customHyperparameters": {"cert": "-----BEGIN EXAMPLE-----"}},
        "/customHyperparameters/cert",
    ),
    (
        "job/credential",
        {"inputDataConfig": [channel("train", endpoint="https://user:EXAMPLE@minio.local")]},
        "/inputDataConfig/0/endpoint",
    ),
    (
        "storage/provider",
        {"inputDataConfig": [channel("train", storageProvider="azure")]},
        "/inputDataConfig/0/storageProvider",
    ),
    (
        "storage/repeated-bucket",
        {"inputDataConfig": [channel("train", endpoint="https://data.s3.example")]},
        "/inputDataConfig/0/endpoint",
    ),
    (
        "storage/outside-mount",
        {"outputDataConfig": {"artifactUri": "file:///home/ray/result-storage-2/x"}},
        "/outputDataConfig/artifactUri",
    ),
]
"""What else breaks a rule than the example of its explanation, which test_catalogue runs."""


@pytest.mark.parametrize(("rule", "changes", "pointer"), OTHER_CASES)
def test_a_rule_points_at_the_value_to_change(
    repository: Path, report: Report, rule: str, changes: dict[str, Any], pointer: str
) -> None:
    file = write_job(repository, minimal_job(**changes))
    assert (file, pointer) in found(report("validate"), rule)


def test_a_minimal_job_has_no_findings(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job())
    assert report("validate")["diagnostics"] == []


def test_two_jobs_of_one_name_are_an_error_at_both(repository: Path, report: Report) -> None:
    files = {write_job(repository, minimal_job(), f"team/{name}") for name in "ab"}
    pointers = found(report("validate"), "fleet/duplicate-job")
    assert pointers == [(file, "/jobName") for file in sorted(files)]


def test_the_same_name_in_two_namespaces_is_fine(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job(), "a/x")
    write_job(repository, minimal_job(namespace="other"), "b/x")
    assert report("validate")["diagnostics"] == []


def test_jobs_that_disagree_on_the_storage_class(repository: Path, report: Report) -> None:
    a = write_job(repository, claim_job("a", 5, storage_class="fast"))
    b = write_job(repository, claim_job("b", 5, storage_class="slow"))
    write_job(repository, claim_job("c"))
    pointer = "/resources/storageClassName"
    assert found(report("validate"), "fleet/storage-class") == [(a, pointer), (b, pointer)]


DECLARED = """
storage:
  claims:
  - name: shared
    sizeGB: 10
    storageClassName: fast
    clusters: [c1]
"""


def test_a_declared_claim_bounds_its_jobs(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text(DECLARED)
    write_job(repository, claim_job("fits", 10, storage_class="fast"))
    file = write_job(
        repository, claim_job("not", 11, storage_class="slow", targetClusters=["c1", "c2"])
    )
    document = report("validate")
    assert found(document, "fleet/claim-size") == [(file, "/resources/volumeSizeGB")]
    assert found(document, "fleet/claim-clusters") == [(file, "/targetClusters/1")]
    assert found(document, "fleet/storage-class") == [(file, "/resources/storageClassName")]


def test_platform_findings_have_a_line(repository: Path, report: Report) -> None:
    declared = DECLARED + DECLARED.split("claims:\n")[1]
    (repository / "platform.yaml").write_text(declared + "\nray: {versoin: 1}\n")
    (first,) = report("validate")["diagnostics"]
    assert (first["file"], first["line"], first["column"]) == ("platform.yaml", 13, 7)
    assert 'did you mean "version"?' in first["hint"]

    (repository / "platform.yaml").write_text(declared)
    (second,) = report("validate")["diagnostics"]
    assert (second["rule"], second["line"]) == ("platform/duplicate-claim", 8)


BY_PLATFORM: list[dict[str, Any]] = [
    {"algorithm": {"algorithmName": "lightgbm"}},
    {"algorithm": {"algorithmName": "jax"}, "headImage": "x", "workerImage": "x"},
    {"algorithm": CONTAINER},
    {"outputDataConfig": {"artifactUri": "file:///mnt/results/x"}},
    {"outputDataConfig": {"artifactUri": "x"}},
    {"outputDataConfig": {"destinationType": "object-storage", "artifactUri": "s3://results/x"}},
    {
        "targetClusters": ["c1", "c2"],
        "rayjobs": {"ignore": [{"rule": "fleet/full-copies", "reason": "meant"}]},
    },
]


@pytest.mark.parametrize("job", BY_PLATFORM)
def test_what_platform_yaml_decides_waits_until_it_can_be_read(
    repository: Path, report: Report, job: dict[str, Any]
) -> None:
    job = minimal_job(**job)
    if "destinationType" in job.get("outputDataConfig", {}):
        del job["resources"]["volumeSizeGB"]
    write_job(repository, job)
    file = write_job(repository, minimal_job("b", entrypoint="a; b"))
    (repository / "platform.yaml").write_text("ray: {versoin: 1}\n")
    rules = [(d["rule"], d["file"]) for d in report("validate")["diagnostics"]]
    assert rules == [("job/entrypoint", file), ("schema/unknown-field", "platform.yaml")]


def test_an_unlisted_namespace_is_a_warning(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text("namespaces: [listed]\n")
    write_job(repository, minimal_job("a", namespace="listed"))
    file = write_job(repository, minimal_job("b", namespace="other"))
    assert found(report("validate"), "fleet/unlisted-namespace") == [(file, "/namespace")]


def test_a_claim_called_like_the_secret(repository: Path, report: Report) -> None:
    resources = {**minimal_job()["resources"], "volumeSizeGB": 1}
    file = write_job(repository, minimal_job(pvcName="s3-credentials", resources=resources))
    assert found(report("validate"), "fleet/name-taken") == [(file, "/pvcName")]


def test_one_bad_file_hides_no_other(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job("a"), "team/a")
    (repository / "jobs/team/a/params.json").write_text("{")
    bad = write_job(repository, minimal_job("b", priority=0, namespace="X"))
    rules = [(d["file"], d["rule"]) for d in report("validate")["diagnostics"]]
    assert rules == [
        ("jobs/team/a/params.json", "json/syntax"),
        (bad, "schema/range"),
        (bad, "schema/pattern"),
    ]


@pytest.mark.parametrize(
    "harmless",
    [
        {"tokenizer": "bert"},
        {"secret_santa": "x"},
        {"contact": "someone@example.com"},
        {"text": "AKIA is a prefix"},
        {"url": "https://example.com/a@b"},
    ],
)
def test_what_is_no_credential(repository: Path, report: Report, harmless: dict[str, str]) -> None:
    write_job(repository, minimal_job(customHyperparameters=harmless))
    assert report("validate")["diagnostics"] == []


@pytest.mark.parametrize("hidden", ["x\x7fy", "x\u202ey"])
@pytest.mark.parametrize("escaped", [True, False])
def test_hidden_text_is_found_however_it_is_written(
    repository: Path, report: Report, hidden: str, escaped: bool
) -> None:
    job = minimal_job(inputDataConfig=[channel("train"), channel("validation", contentType=hidden)])
    file = write_job(repository, job)
    text = json.dumps(job, ensure_ascii=escaped)
    (repository / file).write_text(text.replace("\x7f", "\\u007f") if escaped else text)
    assert [d["rule"] for d in report("validate")["diagnostics"]] == ["job/hidden-text"]
