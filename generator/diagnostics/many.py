"""What is done with many findings: put them in order, and leave out what is too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from generator.diagnostics.diagnostic import Diagnostic, Located, Rule, Severity

_D = TypeVar("_D", bound=Diagnostic)

MOST_ALIKE = 100
"""Findings of one rule that are kept of one file: more than anyone corrects before the next run,
and a report stays of a size that a person, a pull request and code scanning can take."""


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
