"""The gitlab report: what GitLab's Code Quality takes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from generator.check.outcome import Outcome
from generator.diagnostics import Location, Span
from generator.reports.gitlab import GitLabReporter
from tests.helpers.outcomes import found, hostile, warned


def entries(outcome: Outcome) -> list[dict[str, Any]]:
    document: list[dict[str, Any]] = json.loads(GitLabReporter().report(outcome))
    return document


def test_a_finding_is_an_entry() -> None:
    first, second = entries(Outcome([found(hint="write 1", line=25, column=15), warned(file=None)]))
    fingerprint = first.pop("fingerprint")
    assert len(fingerprint) == 64
    assert first == {
        "description": "0 is out of range (write 1)",
        "check_name": "schema/range",
        "severity": "major",
        "location": {"path": "jobs/team/train-1/params.json", "lines": {"begin": 25}},
    }
    assert second["severity"] == "minor"
    assert second["location"] == {"path": ".", "lines": {"begin": 1}}


def test_nothing_found_is_an_empty_list() -> None:
    assert GitLabReporter().report(Outcome([])) == "[]\n"


def test_fingerprints_stay_when_lines_move_and_are_each_there_once() -> None:
    one = found(pointer="/priority", line=3, column=1)
    moved = replace(one, span=Span(30, 9, "x", 0), hint="another")
    others = [
        replace(one, location=Location(one.file, "/other")),
        replace(one, message="another"),
        found(pointer="/priority", line=3, column=1, rule="schema/type"),
        replace(one, location=Location("jobs/team/b/params.json", one.pointer)),
    ]
    (alone,) = entries(Outcome([one]))
    reported = entries(Outcome([moved, one, *others]))
    assert reported[0]["fingerprint"] == alone["fingerprint"]
    assert len({entry["fingerprint"] for entry in reported}) == 6


def test_hostile_text_is_shown_as_code_points() -> None:
    text = GitLabReporter().report(hostile())
    assert text.isascii()
    for entry in json.loads(text):
        assert entry["description"].isprintable()
        assert entry["location"]["path"].isprintable()
