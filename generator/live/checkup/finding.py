"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is as it should be, or is not, and what to do; ``about`` names the objects meant."""

    outcome: Outcome
    message: str
    hint: str = ""
    about: tuple[str, ...] = ()


def ok(message: str) -> Finding:
    """What is as it should be."""
    return Finding("ok", message)


def warning(message: str, hint: str, about: Iterable[str] = ()) -> Finding:
    """What may keep jobs from running, or could not be looked at."""
    return Finding("warning", message, hint, tuple(about))


def problem(message: str, hint: str, about: Iterable[str] = ()) -> Finding:
    """What keeps jobs from running."""
    return Finding("problem", message, hint, tuple(about))


def count(number: int, noun: str) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_a_row(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
