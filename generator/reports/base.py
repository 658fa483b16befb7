"""What every report is: an outcome turned into text."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generator.check.outcome import Outcome
from generator.diagnostics import Diagnostic, Located, Severity, Span
from generator.diagnostics.wording import plural, position, visible
from generator.render.tree import Plan

SHOWN_JOBS = 20
SHOWN_FILES = 20
_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33"}
_BOLD, _BLUE = "1", "1;34"


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
    return [*lines, f"{plural(len(outcome.jobs), 'job')}, {totals(outcome.diagnostics)}"]


def totals(diagnostics: Sequence[Diagnostic], joint: str = ", ") -> str:
    """How many errors and warnings there are."""
    errors = sum(found.is_error for found in diagnostics)
    warnings = len(diagnostics) - errors
    return f"{plural(errors, 'error')}{joint}{plural(warnings, 'warning')}"


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


def fingerprints(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """For each finding a SHA-256 of its rule, file, pointer and message, each in the list once.

    Line and column do not count. Findings that agree in all that does are numbered in their order.
    """
    seen: Counter[str] = Counter()
    names: list[str] = []
    for found in diagnostics:
        parts = (found.rule.id, found.file or "", found.pointer or "", found.message)
        said = "\0".join(parts)
        seen[said] += 1
        if seen[said] > 1:
            said += f"\0{seen[said]}"
        names.append(hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())
    return names


class TextReporter(Reporter):
    """``path:line:column: error[rule]: message``, the source line with a caret, and the hint."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        blocks = [self._block(diagnostic) for diagnostic in outcome.diagnostics]
        if not self.quiet:
            blocks.append("\n".join(map(visible, summary_lines(outcome))))
        return "\n".join(f"{block}\n" for block in blocks)

    def _block(self, found: Located) -> str:
        place = position(found.file, found.line, found.column)
        kind = self._styled(f"{found.severity}[{found.rule.id}]", _STYLES[found.severity])
        head = f"{self._styled(visible(place), _BOLD)}: {kind}" if place else kind
        lines = [f"{head}: {visible(found.message)}"]
        if found.span is not None:
            lines += self._source(found.span)
        lines += [f"    {visible(line)}" for line in found.details]
        if found.hint:
            lines.append(f"  hint: {visible(found.hint)}")
        return "\n".join(lines)

    def _source(self, span: Span) -> list[str]:
        before = visible(span.source_line[: span.caret].replace("\t", " "))
        after = visible(span.source_line[span.caret :].replace("\t", " "))
        number = str(span.line)
        gutter = self._styled(f"  {' ' * len(number)} |", _BLUE)
        numbered = self._styled(f"  {number} |", _BLUE)
        return [
            f"{numbered} {before}{after}",
            f"{gutter} {' ' * len(before)}{self._styled('^', _BOLD)}",
        ]

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color else text
