"""What every report is: an outcome turned into text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from generator.check.outcome import Outcome
from generator.diagnostics import Located
from generator.diagnostics.characters import visible
from generator.diagnostics.wording import plural, position
from generator.render.tree import Plan

SHOWN_JOBS = 20
SHOWN_FILES = 20


@dataclass(frozen=True, slots=True)
class Reporter(ABC):
    """Turns outcomes into one format; ``quiet`` leaves out everything but the findings."""

    color: bool = False
    quiet: bool = False

    @abstractmethod
    def report(self, outcome: Outcome) -> str:
        """The whole report, with a line break at its end unless it is empty."""


def summary_lines(outcome: Outcome) -> list[str]:
    """What will run where, what is written, and how many findings there are, in plain words."""
    lines = [f"{job.name} {job.words}" for job in outcome.jobs[:SHOWN_JOBS]]
    if (more := len(outcome.jobs) - SHOWN_JOBS) > 0:
        lines.append(f"… and {plural(more, 'job')} more (--format json lists all)")
    if outcome.plan is not None and not (outcome.failed and outcome.plan.is_empty):
        lines += _plan_lines(outcome.plan, outcome.applied)
    errors = sum(d.is_error for d in outcome.diagnostics)
    warnings = len(outcome.diagnostics) - errors
    lines.append(
        f"{plural(len(outcome.jobs), 'job')}, {plural(errors, 'error')}, "
        f"{plural(warnings, 'warning')}"
    )
    return lines


def _plan_lines(plan: Plan, applied: bool) -> list[str]:
    if plan.is_empty:
        return [f"{plan.directory}/ is up to date ({plural(len(plan.keep), 'file')})"]
    words = ("wrote", "rewrote", "deleted") if applied else ("create", "change", "delete")
    changes = [
        f"{word} {plan.place(change.path)}"
        for word, group in zip(words, (plan.create, plan.change, plan.delete), strict=True)
        for change in group
    ]
    more = len(changes) - SHOWN_FILES
    return changes[:SHOWN_FILES] + ([f"… and {plural(more, 'file')} more"] if more > 0 else [])


def one_line(found: Located) -> str:
    """A finding on one line: ``file:line:column: error[rule]: message (hint)``."""
    place = position(found.file, found.line, found.column)
    lead = f"{visible(place)}: " if place else ""
    hint = f" ({visible(found.hint)})" if found.hint else ""
    return f"{lead}{found.severity}[{found.rule.id}]: {visible(found.message)}{hint}"
