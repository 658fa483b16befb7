"""Access modes of claims that do not suit the pods of a job, as the json report shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.storage import TO_OBJECTS, object_job, platform

RULES = ("fleet/claim-mode", "fleet/claim-node")


def findings(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for found in document["diagnostics"] if found["rule"] in RULES]


@pytest.mark.parametrize(
    ("mode", "rule", "severity", "words"),
    [
        ("ReadWriteOncePod", "fleet/claim-mode", "error", "all pods of train-1 but one wait"),
        ("ReadOnlyMany", "fleet/claim-mode", "error", "train-1 cannot save a model"),
        ("ReadWriteOnce", "fleet/claim-node", "warning", "on c1 all 2 pods of train-1 have to be"),
    ],
)
@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ("accessMode: {}", "/storage/accessMode"),
        (
            "claims: [{{name: kham-pv-for-xgboost, sizeGB: 5, clusters: [c1], accessMode: {}}}]",
            "/storage/claims/0/accessMode",
        ),
        (
            "accessMode: {}, claims: [{{name: kham-pv-for-xgboost, sizeGB: 5, clusters: [c1]}}]",
            "/storage/accessMode",
        ),
    ],
)
def test_a_mode_that_does_not_suit_is_found_where_it_was_chosen(
    repository: Path,
    report: Report,
    mode: str,
    rule: str,
    severity: str,
    words: str,
    settings: str,
    pointer: str,
) -> None:
    platform(repository, f"storage: {{{settings.format(mode)}}}\n")
    write_job(repository, minimal_job())
    (found,) = findings(report("validate"))
    assert (found["rule"], found["severity"]) == (rule, severity)
    assert (found["file"], found["pointer"], found["line"]) == ("platform.yaml", pointer, 1)
    assert words in found["message"]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("ReadWriteOncePod", "all pods of 12 jobs (job-00, job-01, job-02, job-03, job-04, "),
        ("ReadOnlyMany", "job-08, job-09 and 2 more) cannot save a model"),
        # Eleven of the jobs may run on c2, each with a head and two workers.
        ("ReadWriteOnce", "on c2 all 33 pods of 11 jobs (job-01, job-02, "),
    ],
)
def test_of_many_jobs_there_is_one_finding(
    repository: Path, report: Report, mode: str, words: str
) -> None:
    platform(repository, f"storage: {{accessMode: {mode}}}\n")
    for number in range(12):
        clusters = ["c1"] if number == 0 else ["c2", "c3"] if number == 1 else ["c2"]
        job = minimal_job(f"job-{number:02}", targetClusters=clusters)
        job["resources"]["instanceCount"] = 2
        write_job(repository, {**job, "scheduling": {"mode": "one-of"}})
    (found,) = findings(report("validate"))
    assert words in found["message"]


def test_each_place_that_chose_a_mode_has_its_finding(repository: Path, report: Report) -> None:
    platform(
        repository,
        "storage:\n"
        "  accessMode: ReadWriteOnce\n"
        "  claims:\n"
        "  - {name: pod, sizeGB: 1, clusters: [c1], accessMode: ReadWriteOncePod}\n"
        "  - {name: many, sizeGB: 1, clusters: [c1], accessMode: ReadWriteMany}\n"
        "  - {name: unused, sizeGB: 1, clusters: [c1], accessMode: ReadOnlyMany}\n",
    )
    for claim in ("pod", "many", "own-a", "own-b"):
        write_job(repository, minimal_job(claim + "-1", pvcName=claim))
    once, pod = findings(report("validate"))
    assert (once["pointer"], once["line"]) == ("/storage/accessMode", 2)
    assert once["message"].endswith("have to be on one node; so it is with 1 more claim")
    assert (pod["pointer"], pod["line"]) == ("/storage/claims/0/accessMode", 4)
    assert "pod-1" in pod["message"]


@pytest.mark.parametrize("mode", ["ReadWriteOncePod", "ReadOnlyMany", "ReadWriteOnce"])
@pytest.mark.parametrize(
    ("more", "jobs"),
    [
        pytest.param("", [], id="no job"),
        pytest.param("existingClaims: [{name: there, clusters: [c1]}]", ["there"], id="existing"),
        pytest.param(
            "claims: [{name: own, sizeGB: 1, clusters: [c1], accessMode: ReadWriteMany}]",
            ["own"],
            id="declared otherwise",
        ),
        pytest.param("", ["unsized"], id="not rendered"),
    ],
)
def test_a_mode_of_no_claim_of_a_job_is_no_mistake(
    repository: Path, report: Report, mode: str, more: str, jobs: list[str]
) -> None:
    platform(repository, f"storage:\n  accessMode: {mode}\n  {more}\n")
    for claim in jobs:
        job = minimal_job(pvcName=claim)
        del job["resources"]["volumeSizeGB"]
        write_job(repository, job)
    assert findings(report("validate")) == []


@pytest.mark.parametrize("mode", ["ReadWriteOncePod", "ReadOnlyMany", "ReadWriteOnce"])
def test_a_job_without_a_claim_mounts_none(repository: Path, report: Report, mode: str) -> None:
    platform(repository, f"{TO_OBJECTS.rstrip()[:-1]}, accessMode: {mode}}}\n")
    write_job(repository, object_job())
    assert report("validate")["diagnostics"] == []


def test_jobs_that_run_nowhere_need_no_node(repository: Path, report: Report) -> None:
    platform(repository, "storage: {accessMode: ReadWriteOnce}\nclusters: {c1: {labels: {}}}\n")
    write_job(repository, minimal_job(scheduling={"clusterLabels": {"gpu": "a100"}}))
    (found,) = report("validate")["diagnostics"]
    assert found["rule"] == "fleet/cluster-labels"


def test_the_platform_may_accept_one_node(repository: Path, report: Report) -> None:
    platform(repository, "storage: {accessMode: ReadWriteOnce}\nrules: {fleet/claim-node: 'off'}\n")
    write_job(repository, minimal_job())
    assert report("validate")["diagnostics"] == []
