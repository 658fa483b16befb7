"""Annotations of GitHub Actions: workflow commands, then what is no command at all.

Source: GitHub's documentation, "Workflow commands for GitHub Actions". The runner takes a line for
a command also where spaces stand before it, or ``##[`` anywhere in it: so everything but our own
annotations is printed while commands are stopped.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from generator.check.outcome import Outcome
from generator.diagnostics import Located, in_order
from generator.diagnostics.wording import visible
from generator.reports.base import Reporter, one_line, summary_lines, totals

SHOWN = 10
"""Errors, and warnings, that GitHub shows of one step."""


def new_token() -> str:
    """A word that no text of a repository can know: with it commands start to count again."""
    return secrets.token_hex(16)


def without_commands(text: str, token: str) -> str:
    """``text``, whole lines, so that nothing in it is a workflow command."""
    return f"::stop-commands::{token}\n{text}::{token}::\n" if text else ""


@dataclass(frozen=True, slots=True)
class GitHubReporter(Reporter):
    """``::error file=…,line=…,col=…,title=…::message``, errors first, ten of each severity.

    The findings beyond those are said in the step's log. ``token`` is the word that ends what is
    printed while commands are stopped.
    """

    token: str = field(default_factory=new_token)

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        found = in_order(outcome.diagnostics)
        errors = [one for one in found if one.is_error]
        warnings = [one for one in found if not one.is_error]
        annotated = [*errors[:SHOWN], *warnings[:SHOWN]]
        plain: list[str] = []
        if len(annotated) < len(found):
            plain.append(
                f"{totals(found, ' and ')}; annotated are the first {totals(annotated, ' and ')}, "
                "the others follow"
            )
            plain += map(one_line, [*errors[SHOWN:], *warnings[SHOWN:]])
        if not self.quiet:
            plain += map(visible, summary_lines(outcome))
        return _joined(map(_annotation, annotated)) + without_commands(_joined(plain), self.token)


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _annotation(found: Located) -> str:
    properties = {
        "file": found.file,
        "line": found.line,
        "col": found.column,
        "title": found.rule.id,
    }
    given = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    said = [found.message, *found.details, *([found.hint] if found.hint else [])]
    message = "\n".join(map(visible, said))
    return f"::{found.severity} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
