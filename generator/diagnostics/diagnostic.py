"""A rule, one finding of it at a place in a file, and findings in order and in number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from enum import Enum, StrEnum
from functools import partial
from typing import TypeVar

_D = TypeVar("_D", bound="Diagnostic")

MOST_ALIKE = 100
"""Findings of one rule that are kept of one file: more than anyone corrects before the next run,
and a report stays of a size that a person, a pull request and code scanning can take."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file's document, known when the finding is.

    ``file`` is relative to the repository's root, with ``/``. ``pointer`` is a JSON pointer
    (RFC 6901) into its document; None for what concerns the file as a whole. ``on_key`` tells that
    the member's name is meant rather than its value. ``taken_by`` is the file of the job that is
    judged, where the value stands in the file of its template.
    """

    file: str | None = None
    pointer: str | None = None
    on_key: bool = False
    taken_by: str | None = None


NOWHERE = Location()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file whose document is judged, which tells where a value of it stands."""

    file: str | None = None

    def at(self, pointer: str, *, on_key: bool = False) -> Location:
        """Return where the value at ``pointer`` stands."""
        return Location(self.file, pointer, on_key)


UNNAMED_FILE = SourceFile()
"""A document that is in no file, or in one whose name does not matter."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text.

    ``line`` and ``column`` are 1-based and count characters. ``source_line`` is the text of the
    line, of a long one what stands around the column, and ``caret`` counts the characters of it
    before the column.
    """

    line: int
    column: int
    source_line: str
    caret: int


def pointer_of(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a path: of ``"a/b", 0`` it is ``/a~1b/0``."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


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
    summary: str
    severity: Severity
    adjustable: bool = False
    needs_platform: bool = False
    bounds_jobs: bool = False
    scope: Scope = Scope.FILE

    def found(
        self,
        message: str,
        *,
        hint: str = "",
        at: Location = NOWHERE,
        details: tuple[str, ...] = (),
    ) -> Diagnostic:
        """Return a finding of this rule; ``hint`` says what to do."""
        return Diagnostic(self, self.severity, message, hint, at, details)


error = partial(Rule, severity=Severity.ERROR)
"""A rule whose findings refuse the run."""
warning = partial(Rule, severity=Severity.WARNING, adjustable=True)
"""A rule whose findings are said and do not refuse the run."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``severity`` is the rule's, or what platform.yaml makes of it. ``details`` are further lines,
    such as those of a table in columns of one width. ``more`` is 0, or how many findings of the
    rule and file this one stands for.
    """

    rule: Rule
    severity: Severity
    message: str
    hint: str = ""
    location: Location = NOWHERE
    details: tuple[str, ...] = ()
    more: int = 0

    @property
    def is_error(self) -> bool:
        """Return whether this finding refuses the run."""
        return self.severity is Severity.ERROR

    @property
    def file(self) -> str | None:
        """Return the file in which it stands."""
        return self.location.file

    @property
    def pointer(self) -> str | None:
        """Return the JSON pointer of what it is about; None for the file as a whole."""
        return self.location.pointer

    @property
    def judged_file(self) -> str | None:
        """Return the file that is wrong: the job's, where it stands in that of its template."""
        return self.location.taken_by or self.location.file


@dataclass(frozen=True, slots=True)
class Located(Diagnostic):
    """A finding with its place in the text; ``span`` is None for the file as a whole."""

    span: Span | None = None

    @property
    def line(self) -> int | None:
        """Return the line, from 1."""
        return self.span.line if self.span else None

    @property
    def column(self) -> int | None:
        """Return the column, from 1."""
        return self.span.column if self.span else None


@dataclass(frozen=True, slots=True)
class Advice:
    """What is the case, and what to do about it in the imperative; the hint may be empty."""

    message: str
    hint: str = ""


def located(found: Diagnostic, span: Span | None = None) -> Located:
    """Return ``found`` with its place in the text; as it is where it has one."""
    if isinstance(found, Located):
        return found
    return Located(**{field.name: getattr(found, field.name) for field in fields(found)}, span=span)


def in_order(diagnostics: Iterable[Located]) -> list[Located]:
    """Return them sorted by file, line and column, then rule: the same always print alike."""
    return sorted(
        diagnostics,
        key=lambda d: (
            d.file or "",
            d.line or 0,
            d.column or 0,
            d.rule.id,
            d.pointer or "",
            d.message,
        ),
    )


def capped(diagnostics: Iterable[_D]) -> Iterator[_D]:
    """Yield the first hundred findings of each rule in each file, then one that counts the others.

    It has their rule and severity, so that it is weighed and ignored as they are, and stands where
    the first of them does. What was capped before may be capped again.
    """
    kept: Counter[tuple[str | None, Rule, Severity]] = Counter()
    first: dict[tuple[str | None, Rule, Severity], _D] = {}
    more: Counter[tuple[str | None, Rule, Severity]] = Counter()
    for found in diagnostics:
        key = found.judged_file, found.rule, found.severity
        if found.more or kept[key] == MOST_ALIKE:
            first.setdefault(key, found)
            more[key] += found.more or 1
        else:
            kept[key] += 1
            yield found
    for key, found in first.items():
        yield left_out(found, more[key])


def left_out(first: _D, number: int) -> _D:
    """Return what stands for ``number`` findings of which ``first`` is one."""
    return replace(
        first,
        message=f"… and {number:,} more of {first.rule.id} in this file",
        hint="correct those that are shown, and run again",
        details=(),
        more=number,
    )


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Return whether any finding refuses the run."""
    return any(diagnostic.is_error for diagnostic in diagnostics)
