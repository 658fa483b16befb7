"""Outcomes made by hand, for the tests of reports."""

from __future__ import annotations

from typing import Any

from generator.check.outcome import JobSummary, Outcome
from generator.diagnostics import Located, Location, Rule, Severity, Span

HOSTILE = (
    "x\n::error::y\r\n##[error]z `` ``` | \\| <b>bold</b> <!-- --> </details> @everyone "
    "[a](https://evil.example) ![i](x) *b* ]]> & \" ' \x00 \x1b[31m \u202e \ud800 \ufffe "
    "www.evil.example"
)
"""Text that means something in every format there is."""


def found(
    message: str = "0 is out of range",
    *,
    rule: str = "schema/range",
    severity: Severity = Severity.ERROR,
    file: str | None = "jobs/team/train-1/params.json",
    pointer: str | None = None,
    line: int | None = None,
    column: int = 1,
    source_line: str = "",
    caret: int = 0,
    **more: Any,
) -> Located:
    """A finding."""
    span = None if line is None else Span(line, column, source_line, caret)
    at = Location(file, pointer)
    return Located(Rule(rule, rule, severity), severity, message, location=at, span=span, **more)


def warned(message: str = "this does nothing", **more: Any) -> Located:
    """A finding that is a warning."""
    return found(message, rule="job/unused", severity=Severity.WARNING, **more)


def summary(name: str = "train-1", namespace: str = "default", **changes: Any) -> JobSummary:
    """A job of two workers without GPUs on one cluster."""
    values: dict[str, Any] = {
        "file": f"jobs/team/{name}/params.json",
        "name": name,
        "namespace": namespace,
        "clusters": ["c1"],
        "copies": 1,
        "gpus": 0,
        "cpu_cores": 12,
        "memory_gib": 48,
        "words": "runs once, on c1: 2 workers, no GPUs",
        **changes,
    }
    return JobSummary(**values)


def hostile() -> Outcome:
    """Findings whose every untrusted part is hostile."""
    place = f"jobs/{HOSTILE}/params.json"
    return Outcome(
        [
            found(
                HOSTILE,
                hint=HOSTILE,
                file=place,
                pointer=f"/{HOSTILE}",
                line=3,
                column=4,
                details=(HOSTILE, "second"),
            ),
            warned(HOSTILE, hint=HOSTILE, file=place),
            found(HOSTILE, file=None),
        ],
        [summary(file=place)],
    )
