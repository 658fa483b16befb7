"""A rule, and one finding of it at a place in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum


class Severity(StrEnum):
    """How a finding counts: an error refuses the run, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Scope(Enum):
    """What a rule judges: one value whatever stands around it, one file, or all jobs together."""

    VALUE = "value"
    FILE = "file"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A kind of finding: its id (``group/what``), its severity and a one-line summary.

    ``adjustable`` tells whether platform.yaml and jobs may change what its findings count. What
    keeps objects apart, expansion out and credentials away stays as it is, as does what holds jobs
    within what platform.yaml allows (``bounds_jobs``). Where platform.yaml cannot be read, findings
    of a rule that ``needs_platform`` would be about the defaults.
    """

    id: str
    severity: Severity
    summary: str
    adjustable: bool = False
    needs_platform: bool = False
    bounds_jobs: bool = False
    scope: Scope = Scope.FILE

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
        """Return a finding of this rule; ``hint`` says what to do."""
        return Diagnostic(
            self, self.severity, message, hint, file, pointer, on_key, details=details
        )


def error(
    rule_id: str,
    summary: str,
    *,
    adjustable: bool = False,
    needs_platform: bool = False,
    bounds_jobs: bool = False,
    scope: Scope = Scope.FILE,
) -> Rule:
    """Return a rule whose findings refuse the run."""
    return Rule(rule_id, Severity.ERROR, summary, adjustable, needs_platform, bounds_jobs, scope)


def warning(
    rule_id: str,
    summary: str,
    *,
    adjustable: bool = True,
    needs_platform: bool = False,
    scope: Scope = Scope.FILE,
) -> Rule:
    """Return a rule whose findings are said and do not refuse the run."""
    return Rule(rule_id, Severity.WARNING, summary, adjustable, needs_platform, scope=scope)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``severity`` is the rule's, or what platform.yaml makes of it. ``file`` is relative to the
    repository's root, with ``/``. ``pointer`` is a JSON pointer (RFC 6901) into the file's
    document; ``on_key`` tells that the finding concerns the member's name rather than its value.
    ``line`` and ``column`` are 1-based and count characters; they are None for what concerns the
    file as a whole. ``source_line`` is the text of that line, of a long one what stands around the
    column, and ``caret`` counts the characters of it before the column. ``details`` are further
    lines, such as those of a table in columns of one width. ``more`` is 0, or how many findings of
    the rule and file this one stands for.
    """

    rule: Rule
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
        """Return whether this finding refuses the run."""
        return self.severity is Severity.ERROR

    def in_file(self, file: str) -> Diagnostic:
        """The same finding, said of ``file``."""
        return replace(self, file=file)
