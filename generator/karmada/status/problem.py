"""What is wrong with a job on Karmada: in words, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from generator.diagnostics.advice import Advice


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a job from running or has ended it; ``cluster`` is where, if in one.

    ``id`` is its kind, for programs. What Karmada and members said may be part of the advice: it
    is not made visible yet.
    """

    id: str
    advice: Advice
    cluster: str | None = None


_LOOKED_AT = 4096
"""Characters of a text in which words are looked for: some patterns take its square."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """Words by which a problem is known. Groups of ``pattern`` fill ``advice``."""

    id: str
    pattern: re.Pattern[str]
    advice: Advice

    def problem(self, text: str, cluster: str | None = None, **more: str) -> Problem | None:
        """Return the problem that ``text`` tells, if any; ``{text}`` in the advice is ``text``."""
        found = self.pattern.search(text[:_LOOKED_AT])
        if found is None:
            return None
        words = {"text": text, **more, **{k: v or "" for k, v in found.groupdict().items()}}
        advice = Advice(self.advice.message.format(**words), self.advice.hint.format(**words))
        return Problem(self.id, advice, cluster)


def symptom(id: str, pattern: str, message: str, hint: str) -> Symptom:  # noqa: A002  # its name
    """Return a row of a table of symptoms; capitals and small letters are the same."""
    return Symptom(id, re.compile(pattern, re.IGNORECASE | re.DOTALL), Advice(message, hint))


def first_problem(
    table: Iterable[Symptom], text: str, cluster: str | None = None, **more: str
) -> Problem | None:
    """Return the first problem of a table that ``text`` tells; ``more`` fills its advice too."""
    for row in table:
        problem = row.problem(text, cluster, **more)
        if problem is not None:
            return problem
    return None
