"""The sarif report: SARIF 2.1.0 with every rule, and fingerprints that stay."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema

from generator import __version__
from generator.check.outcome import Outcome
from generator.diagnostics import Location, Span
from generator.reports.sarif import SarifReporter
from generator.rules.catalogue import checked_rules
from tests.helpers.command import ROOT
from tests.helpers.outcomes import HOSTILE, found, hostile, warned

SCHEMA = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def run_of(outcome: Outcome) -> dict[str, Any]:
    """The run of a report that follows its schema."""
    document = json.loads(SarifReporter().report(outcome))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(SCHEMA, format_checker=checker).validate(document)
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("rayjobs", __version__)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    found_run: dict[str, Any] = run
    return found_run


def test_every_rule_is_there_with_its_help() -> None:
    rules = {rule["id"]: rule for rule in run_of(Outcome([]))["tool"]["driver"]["rules"]}
    assert list(rules) == sorted(rules)
    assert {*checked_rules(), "rendered/stale", "conformance/invalid"} <= rules.keys()
    for rule_id, rule in checked_rules().items():
        assert rules[rule_id]["shortDescription"]["text"] == rule.summary
        assert rules[rule_id]["help"]["text"]
        assert rules[rule_id]["defaultConfiguration"] == {"level": str(rule.severity)}


def test_a_finding_is_a_result() -> None:
    # The second's rule is stated by no module, and gets an entry all the same.
    assert "job/unused" not in checked_rules()
    run = run_of(Outcome([found(hint="write 1", line=25, column=15), warned()]))
    first, second = run["results"]
    assert first["level"] == "error"
    assert first["message"] == {"text": "0 is out of range\nwrite 1"}
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": "jobs/team/train-1/params.json",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": 25, "startColumn": 15},
            }
        }
    ]
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    assert second["level"] == "warning"
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_what_concerns_no_file_has_a_place_too() -> None:
    (result,) = run_of(Outcome([found(file=None)]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "."


def test_fingerprints_stay_when_lines_move() -> None:
    one = found(pointer="/priority", line=3, column=1)
    others = [
        replace(one, span=Span(30, 9, "x", 0)),
        replace(one, location=Location(one.file, "/other")),
        replace(one, message="another"),
    ]
    (alone,) = run_of(Outcome([one]))["results"]
    results = run_of(Outcome(others))["results"]
    assert results[0]["partialFingerprints"] == alone["partialFingerprints"]
    assert len({result["partialFingerprints"]["rayjobs/v1"] for result in results}) == 3


def test_a_path_is_a_uri() -> None:
    outcome = Outcome([found(file="jobs/a b/ü%:\udcff/params.json")])
    (result,) = run_of(outcome)["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "jobs/a%20b/%C3%BC%25%3A%ED%B3%BF/params.json"


def test_hostile_text_makes_no_link() -> None:
    outcome = hostile()
    outcome.diagnostics = [
        replace(d, location=Location(None if d.file is None else "jobs/x/params.json"))
        for d in outcome.diagnostics
    ]
    assert "](" in HOSTILE
    for result in run_of(outcome)["results"]:
        text = result["message"]["text"]
        assert "](" not in text
        assert all(line.isprintable() for line in text.split("\n"))
    run_of(hostile())
