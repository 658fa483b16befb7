"""The junit report: one test case a job, XML whatever the text is."""

from __future__ import annotations

from xml.etree import ElementTree

from generator.check.outcome import Outcome
from generator.reports.junit import JUnitReporter
from tests.helpers.outcomes import found, hostile, summary, warned


def suite_of(outcome: Outcome) -> ElementTree.Element:
    """The one suite of a report, whose totals are right."""
    text = JUnitReporter().report(outcome)
    root = ElementTree.fromstring(text.encode("utf-8"))
    (suite,) = root
    for totals in (root.attrib, suite.attrib):
        assert int(totals["tests"]) == len(suite.findall("testcase"))
        assert int(totals["failures"]) == len(suite.findall("testcase/failure"))
    return suite


def test_a_job_is_a_case() -> None:
    outcome = Outcome(
        [
            found("first", file="jobs/team/bad/params.json", line=3, column=4, hint="mend it"),
            found("second", file="jobs/team/bad/params.json"),
            warned("odd", file="jobs/team/bad/params.json"),
            warned("odd", file="jobs/team/odd/params.json"),
        ],
        [summary("good", "team"), summary("bad"), summary("odd")],
    )
    good, bad, odd = suite_of(outcome)
    assert good.attrib == {
        "classname": "team",
        "name": "good (jobs/team/good/params.json)",
        "file": "jobs/team/good/params.json",
    }
    assert list(good) == []
    failure, output = bad
    assert failure.attrib == {"type": "schema/range", "message": "first (and 1 more)"}
    assert (failure.text or "").splitlines() == [
        "jobs/team/bad/params.json:3:4: error[schema/range]: first (mend it)",
        "jobs/team/bad/params.json: error[schema/range]: second",
    ]
    assert output.tag == "system-out"
    assert "warning[job/unused]: odd" in (output.text or "")
    assert [part.tag for part in odd] == ["system-out"]


def test_what_is_no_valid_jobs_is_a_case_by_file() -> None:
    outcome = Outcome(
        [
            found(file="jobs/team/broken/params.json"),
            found("another", file="jobs/team/broken/params.json"),
            warned(file="platform.yaml"),
            found("kubeconform cannot be run", file=None),
        ],
        [summary("good")],
    )
    cases = list(suite_of(outcome))
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("default", "good (jobs/team/good/params.json)"),
        ("rayjobs", "jobs/team/broken/params.json"),
        ("rayjobs", "platform.yaml"),
        ("rayjobs", "the repository"),
    ]
    assert [len(case.findall("failure")) for case in cases] == [0, 1, 0, 1]


def test_hostile_text_stays_text() -> None:
    suite = suite_of(hostile())
    assert len(suite) == 2
    for element in suite.iter():
        assert element.tag in ("testsuite", "testcase", "failure", "system-out")
        for text in (*element.attrib.values(), element.text or ""):
            assert all(line.isprintable() for line in text.split("\n"))
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "<b>bold</b>" in (failure.text or "")
    assert "\\u001b[31m" in (failure.text or "")
