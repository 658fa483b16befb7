"""What can be wrong, as data: a rule, and one finding of it at a place in a file.

Every stage returns diagnostics; none raises them. Where a finding stands in the text is worked out
only for those that exist (``generator.source.locate``), so a clean run never counts lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


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
    None for what concerns the file as a whole. ``source_line`` is the text of that line.
    ``details`` are further lines, such as those of a table in columns of one width.
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
    details: tuple[str, ...] = ()

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


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding refuses the run."""
    return any(diagnostic.is_error for diagnostic in diagnostics)
