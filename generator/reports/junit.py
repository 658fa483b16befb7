"""JUnit XML, which most continuous integration servers show: one test case a job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from generator.check.outcome import Outcome
from generator.diagnostics import Located
from generator.diagnostics.wording import visible
from generator.reports.base import Reporter, one_line

_OTHER = "rayjobs"
"""Class name of the cases that are no valid job's."""


@dataclass(frozen=True, slots=True)
class _Case:
    class_name: str
    name: str
    file: str | None
    errors: list[Located]
    warnings: list[Located]


class JUnitReporter(Reporter):
    """A job's errors are its failure, its warnings its output; other files have their own cases."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        cases = list(_cases(outcome))
        failures = sum(bool(case.errors) for case in cases)
        totals = f'tests="{len(cases)}" failures="{failures}" errors="0"'
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="rayjobs" {totals}>',
            f'  <testsuite name="rayjobs" {totals} skipped="0">',
            *(line for case in cases for line in _lines(case)),
            "  </testsuite>",
            "</testsuites>",
        ]
        return "".join(f"{line}\n" for line in lines)


def _cases(outcome: Outcome) -> Iterator[_Case]:
    by_file: dict[str | None, list[Located]] = defaultdict(list)
    for found in outcome.diagnostics:
        by_file[found.file].append(found)
    for job in outcome.jobs:
        found_here = by_file.pop(job.file, [])
        yield _case(job.namespace, f"{job.name} ({job.file})", job.file, found_here)
    for file, found_here in by_file.items():
        yield _case(_OTHER, file or "the repository", file, found_here)


def _case(class_name: str, name: str, file: str | None, found: list[Located]) -> _Case:
    errors = [one for one in found if one.is_error]
    return _Case(class_name, name, file, errors, [one for one in found if not one.is_error])


def _lines(case: _Case) -> Iterator[str]:
    attributes = f"classname={_quoted(case.class_name)} name={_quoted(case.name)}"
    if case.file is not None:
        attributes += f" file={_quoted(case.file)}"
    if not case.errors and not case.warnings:
        yield f"    <testcase {attributes}/>"
        return
    yield f"    <testcase {attributes}>"
    if case.errors:
        first = case.errors[0]
        more = len(case.errors) - 1
        message = first.message + (f" (and {more} more)" if more else "")
        said = f"type={_quoted(first.rule.id)} message={_quoted(message)}"
        yield f"      <failure {said}>{_text(case.errors)}</failure>"
    if case.warnings:
        yield f"      <system-out>{_text(case.warnings)}</system-out>"
    yield "    </testcase>"


def _text(diagnostics: list[Located]) -> str:
    lines = (
        line for found in diagnostics for line in (one_line(found), *map(visible, found.details))
    )
    return "\n".join(escape(line, quote=False) for line in lines)


def _quoted(text: str) -> str:
    # What XML 1.0 has no way to write is among what cannot be shown.
    return f'"{escape(visible(text))}"'
