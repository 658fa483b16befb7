"""What can be wrong, as data: a rule, and one finding of it at a place in a file.

Every stage returns diagnostics; none raises them. Where a finding stands in the text is worked out
only for those that exist (``generator.source.locate``), so a clean run never counts lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

MOST_ALIKE = 100
"""Findings of one rule that are kept of one file: more than anyone corrects before the next run,
and a report stays of a size that a person, a pull request and code scanning can take."""


class Severity(StrEnum):
    """How a finding counts: an error refuses the run, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``file`` is relative to the repository's root, with ``/``. ``pointer`` is a JSON pointer
    (RFC 6901) into the file's document; ``on_key`` tells that the finding concerns the member's
    name rather than its value. ``line`` and ``column`` are 1-based and count characters; they are
    None for what concerns the file as a whole. ``source_line`` is the text of that line, of a long
    one what stands around the column, and ``caret`` counts the characters of it before the column.
    ``details`` are further lines, such as those of a table in columns of one width. ``more`` is 0,
    or how many findings of the rule and file this one stands for.
    """

    rule: str
    severity: Severity
    message: str
    hint: str = ""
    file: str | None = None
    pointer: str | None = None
    on_key: bool = False
    line: int | None = None
    column: int | None = None
    source_line: str | None = None
    caret: int = 0
    details: tuple[str, ...] = ()
    more: int = 0

    @property
    def is_error(self) -> bool:
        """Whether this finding refuses the run."""
        return self.severity is Severity.ERROR

    def in_file(self, file: str) -> Diagnostic:
        """The same finding, said of ``file``."""
        return replace(self, file=file)


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding: its id (``stage/what``), its severity and a one-line summary."""

    id: str
    severity: Severity
    summary: str

    def found(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | None = None,
        pointer: str | None = None,
        on_key: bool = False,
        details: tuple[str, ...] = (),
    ) -> Diagnostic:
        """A finding of this rule; ``hint`` says what to do."""
        return Diagnostic(
            self.id, self.severity, message, hint, file, pointer, on_key, details=details
        )


def error(rule_id: str, summary: str) -> Rule:
    """A rule whose findings refuse the run."""
    return Rule(rule_id, Severity.ERROR, summary)


def warning(rule_id: str, summary: str) -> Rule:
    """A rule whose findings are said and do not refuse the run."""
    return Rule(rule_id, Severity.WARNING, summary)


def pointer_of(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) of a path: ``pointer_of("a/b", 0)`` is ``/a~1b/0``."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file, line and column, then rule: the same findings always print alike."""
    return sorted(
        diagnostics,
        key=lambda d: (
            d.file or "",
            d.line or 0,
            d.column or 0,
            d.rule,
            d.pointer or "",
            d.message,
        ),
    )


def capped(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first hundred findings of each rule in each file, then one that counts the others.

    It has their rule and severity, so that it is weighed and ignored as they are, and stands where
    the first of them does. What was capped before may be capped again.
    """
    kept: Counter[tuple[str | None, str, Severity]] = Counter()
    first: dict[tuple[str | None, str, Severity], Diagnostic] = {}
    more: Counter[tuple[str | None, str, Severity]] = Counter()
    for found in diagnostics:
        key = found.file, found.rule, found.severity
        if found.more or kept[key] == MOST_ALIKE:
            first.setdefault(key, found)
            more[key] += found.more or 1
        else:
            kept[key] += 1
            yield found
    for key, found in first.items():
        yield left_out(found, more[key])


def left_out(first: Diagnostic, number: int) -> Diagnostic:
    """What stands for ``number`` findings of which ``first`` is one."""
    return replace(
        first,
        message=f"… and {number:,} more of {first.rule} in this file",
        hint="correct those that are shown, and run again",
        details=(),
        more=number,
    )


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding refuses the run."""
    return any(diagnostic.is_error for diagnostic in diagnostics)
