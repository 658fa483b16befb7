"""Annotations of GitHub Actions: workflow commands, one a finding, then the summary."""

from __future__ import annotations

from generator.characters import visible
from generator.diagnostics import Diagnostic
from generator.outcome import Outcome
from generator.reports.base import Reporter, summary_lines


class GitHubReporter(Reporter):
    """``::error file=…,line=…,col=…,title=…::message``, errors first.

    GitHub shows ten errors and ten warnings of a step: the order decides which.
    """

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        errors_first = sorted(outcome.diagnostics, key=lambda d: not d.is_error)
        lines = [_annotation(diagnostic) for diagnostic in errors_first]
        if not self.quiet:
            # A space first: no line of ours starts a workflow command.
            lines += [f" {visible(line)}" for line in summary_lines(outcome)]
        return "".join(f"{line}\n" for line in lines)


def _annotation(found: Diagnostic) -> str:
    properties = {"file": found.file, "line": found.line, "col": found.column, "title": found.rule}
    given = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    message = visible(found.message)
    if found.hint:
        message += f"\n{visible(found.hint)}"
    return f"::{found.severity} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
