"""Severities that platform.yaml changes, and findings that a job ignores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.rules.catalogue import checked_rules
from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job

FOLDER: dict[str, Any] = {
    "inputDataConfig": [{**c, "prefix": "iris/"} for c in minimal_job()["inputDataConfig"]]
}


def ignoring(*rules: str, **changes: Any) -> dict[str, Any]:
    listed = [{"rule": rule, "reason": "meant"} for rule in rules]
    return minimal_job(**changes, rayjobs={"ignore": listed})


def said(report: Report) -> list[tuple[str, str, str | None]]:
    found = report("validate")["diagnostics"]
    return [(d["rule"], d["severity"], d["pointer"]) for d in found]


@pytest.mark.parametrize("severity", ["error", "warning", "off"])
def test_the_platform_weighs_a_rule(repository: Path, report: Report, severity: str) -> None:
    (repository / "platform.yaml").write_text(f"rules: {{storage/folder-key: '{severity}'}}\n")
    write_job(repository, minimal_job(**FOLDER))
    expected = [] if severity == "off" else [severity, severity]
    assert [found[1] for found in said(report)] == expected


@pytest.mark.parametrize(
    "rule",
    [
        "job/credential",
        "json/syntax",
        "fleet/duplicate-job",
        "fleet/suspended-in-queue",
        "job/reserved-namespace",
    ],
)
def test_what_endangers_stays_as_it_is(repository: Path, report: Report, rule: str) -> None:
    (repository / "platform.yaml").write_text(f"rules: {{{rule}: 'off'}}\n")
    write_job(repository, ignoring(rule))
    pointer = "/rules/" + rule.replace("/", "~1")
    assert said(report) == [
        ("adjust/fixed-rule", "error", "/rayjobs/ignore/0/rule"),
        ("adjust/fixed-rule", "error", pointer),
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("limit/maximum", "it holds jobs within what platform.yaml allows"),
        ("tenant/image", "it holds jobs within what platform.yaml allows"),
        ("storage/too-large", "it holds jobs within what platform.yaml allows"),
        ("job/credential", "its findings would corrupt or endanger"),
    ],
)
def test_why_a_rule_stays_as_it_is(repository: Path, report: Report, rule: str, why: str) -> None:
    (repository / "platform.yaml").write_text(f"rules: {{{rule}: 'off'}}\n")
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["line"], found["column"]) == ("adjust/fixed-rule", 1, 9)
    assert found["message"] == f"{rule} cannot be changed or ignored: {why}"


def test_the_setting_says_which_rules_stay() -> None:
    ran = rayjobs("explain", "rules")
    assert "nor can those of limits and tenants" in " ".join(ran.stdout.split())
    for rule in checked_rules().values():
        if rule.id.startswith(("limit/", "tenant/")):
            assert not rule.adjustable


def test_a_credential_is_found_though_ignored(repository: Path, report: Report) -> None:
    write_job(repository, ignoring("job/credential", customHyperparameters={"password": "EXAMPLE"}))
    assert "job/credential" in [found[0] for found in said(report)]


def test_no_job_gets_into_a_namespace_of_the_control_plane(
    repository: Path, report: Report
) -> None:
    (repository / "platform.yaml").write_text("rules: {job/reserved-namespace: 'off'}\n")
    write_job(repository, ignoring("job/reserved-namespace", namespace="kube-system"))
    assert ("job/reserved-namespace", "error", "/namespace") in said(report)


def test_a_rule_that_does_not_exist(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text("rules: {job/nothing: 'off'}\n")
    write_job(repository, ignoring("job/nothing-else"))
    found = report("validate")["diagnostics"]
    assert [(d["rule"], d["file"], d["line"] is not None) for d in found] == [
        ("adjust/unknown-rule", "jobs/team/train-1/params.json", True),
        ("adjust/unknown-rule", "platform.yaml", True),
    ]


def test_a_job_ignores_what_is_meant(repository: Path, report: Report) -> None:
    write_job(repository, ignoring("fleet/full-copies", targetClusters=["c1", "c2"]))
    assert said(report) == []


def test_an_ignore_that_ignores_nothing(repository: Path, report: Report) -> None:
    write_job(repository, ignoring("fleet/full-copies"))
    assert said(report) == [("adjust/unused-ignore", "warning", "/rayjobs/ignore/0/rule")]


def test_an_ignore_needs_a_reason(repository: Path, report: Report) -> None:
    job = ignoring("fleet/full-copies", targetClusters=["c1", "c2"])
    job["rayjobs"]["ignore"][0]["reason"] = ""
    write_job(repository, job)
    assert said(report) == [("schema/length", "error", "/rayjobs/ignore/0/reason")]


def test_one_job_ignores_only_its_own_findings(repository: Path, report: Report) -> None:
    write_job(repository, ignoring("fleet/full-copies", targetClusters=["c1", "c2"]))
    write_job(repository, minimal_job("other", targetClusters=["c1", "c2"]))
    assert [found[0] for found in said(report)] == ["fleet/full-copies"]


def test_nothing_of_it_is_rendered(repository: Path, report: Report) -> None:
    write_job(repository, ignoring("fleet/full-copies", targetClusters=["c1", "c2"]))
    report("render")
    assert "meant" not in (repository / "rendered/default/train-1.yaml").read_text()
