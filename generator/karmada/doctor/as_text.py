"""What ``rayjobs doctor`` prints for people."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics.characters import visible
from generator.karmada.doctor.finding import Outcome, counted
from generator.karmada.doctor.run import Report

_STYLES: dict[Outcome, str] = {"ok": "32", "warning": "1;33", "problem": "1;31"}


def doctor_text(report: Report, *, is_colored: bool) -> str:
    """Return a line for each finding, with its hint below it, and a line that counts them."""
    return "".join(_lines(report, is_colored=is_colored))


def _lines(report: Report, *, is_colored: bool) -> Iterator[str]:
    width = max(len(one.check) for one in report.results)
    for one in report.results:
        outcome, advice = one.finding.outcome, one.finding.advice
        word = f"{outcome:7}"
        shown = f"\x1b[{_STYLES[outcome]}m{word}\x1b[0m" if is_colored else word
        yield f"{shown}  {one.check:{width}}  {visible(advice.message)}\n"
        if advice.hint:
            yield f"{'':7}  {'':{width}}  hint: {visible(advice.hint)}\n"
    outcomes = [one.finding.outcome for one in report.results]
    problems, warnings = outcomes.count("problem"), outcomes.count("warning")
    yield f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}\n"
