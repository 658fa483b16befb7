"""The github report: annotations, and nothing else that the runner takes for a command."""

from __future__ import annotations

import re

from generator.check.outcome import Outcome
from generator.reports.github import GitHubReporter, new_token, without_commands
from tests.helpers.outcomes import found, hostile, summary, warned


def lines_of(outcome: Outcome, *, quiet: bool = False) -> list[str]:
    return GitHubReporter(quiet=quiet, token="T0KEN").report(outcome).splitlines()


def commands(lines: list[str]) -> list[str]:
    """The lines that the runner obeys: it trims them, and looks for ``##[`` anywhere."""
    obeyed, stopped = [], ""
    for line in lines:
        given = line.lstrip()
        if stopped:
            stopped = "" if given.startswith(f"::{stopped}::") else stopped
        elif given.startswith("::stop-commands::"):
            stopped = given.removeprefix("::stop-commands::")
        elif given.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert not stopped
    return obeyed


def test_errors_come_first_and_then_the_summary() -> None:
    outcome = Outcome(
        [warned("a", file="a"), found("b", file="b", line=2, column=3, hint="100%")], [summary()]
    )
    assert lines_of(outcome) == [
        "::error file=b,line=2,col=3,title=schema/range::b%0A100%25",
        "::warning file=a,title=job/unused::a",
        "::stop-commands::T0KEN",
        "train-1 runs once, on c1: 2 workers, no GPUs",
        "1 job, 1 error, 1 warning",
        "::T0KEN::",
    ]
    assert len(lines_of(outcome, quiet=True)) == 2
    assert lines_of(Outcome([]), quiet=True) == []


def test_ten_of_each_are_annotated_and_the_others_are_said() -> None:
    errors = [found(f"error {n:02}", file=f"f{n:02}") for n in range(12)]
    warnings = [warned(f"warning {n:02}", file=f"f{n:02}") for n in range(11)]
    lines = lines_of(Outcome([*reversed(errors), *warnings]), quiet=True)
    assert len(commands(lines)) == 20
    assert [line.rpartition(":")[2] for line in lines[:20]] == [
        *(f"error {n:02}" for n in range(10)),
        *(f"warning {n:02}" for n in range(10)),
    ]
    assert lines[20:] == [
        "::stop-commands::T0KEN",
        "12 errors and 11 warnings; annotated are the first 10 errors and 10 warnings, "
        "the others follow",
        "f10: error[schema/range]: error 10",
        "f11: error[schema/range]: error 11",
        "f10: warning[job/unused]: warning 10",
        "::T0KEN::",
    ]


def test_untrusted_text_is_no_command() -> None:
    outcome = hostile()
    outcome.jobs.append(summary(words="##[add-mask]x\n::set-output name=x::y"))
    outcome.diagnostics *= 12
    lines = lines_of(outcome)
    obeyed = commands(lines)
    assert len(obeyed) == 20
    assert all(re.match(r"::(error|warning) (file|title)=", line) for line in obeyed)
    assert all(line.isprintable() for line in lines)


def test_a_property_ends_where_it_should() -> None:
    outcome = Outcome([found("a::b,c", file="te,am/a:b%\n", line=1)])
    first = lines_of(outcome)[0]
    assert first == "::error file=te%2Cam/a%3Ab%25\\u000a,line=1,col=1,title=schema/range::a::b,c"


def test_a_token_is_never_the_same() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert GitHubReporter().token != GitHubReporter().token
    assert without_commands("", "T") == ""
