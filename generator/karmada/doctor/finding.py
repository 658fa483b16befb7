"""What a check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.diagnostics.advice import Advice
from generator.diagnostics.names import first_few
from generator.diagnostics.wording import plural

Outcome: TypeAlias = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is as it should be, or is not, and what to do about it.

    ``about`` names the objects or files that are meant, all of them.
    """

    outcome: Outcome
    advice: Advice
    about: tuple[str, ...] = ()

    @classmethod
    def ok(cls, message: str) -> Finding:
        """Return a finding of what is as it should be."""
        return cls("ok", Advice(message))

    @classmethod
    def warning(cls, message: str, hint: str, names: Sequence[str] = ()) -> Finding:
        """Return a finding of what may keep jobs from running, or could not be read.

        It is about ``names``, the first of which end the message.
        """
        return cls("warning", Advice(_with_names(message, names), hint), tuple(names))

    @classmethod
    def problem(cls, message: str, hint: str, names: Sequence[str] = ()) -> Finding:
        """Return a finding of what keeps jobs from running; ``names`` as in :meth:`warning`."""
        return cls("problem", Advice(_with_names(message, names), hint), tuple(names))


def _with_names(message: str, names: Sequence[str]) -> str:
    return f"{message}: {first_few(names)}" if names else message


def counted(number: int, noun: str) -> str:
    """Return the number, its thousands set apart, with its noun: ``1 job``, ``1,000 jobs``."""
    return plural(number, noun, is_grouped=True)
