"""Phrases that every message forms alike."""

from __future__ import annotations

from collections.abc import Sequence


def plural(number: int, noun: str) -> str:
    """Return the number with its noun: ``1 job``, ``2 jobs``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def did_you_mean(candidates: Sequence[str]) -> str:
    """Return ``did you mean a, b?``, or an empty string without candidates."""
    return f"did you mean {', '.join(candidates)}?" if candidates else ""


def position(file: str, line: int | None = None, column: int | None = None) -> str:
    """Return ``file:line:column`` as far as they are known."""
    return ":".join(str(part) for part in (file, line, column) if part is not None)
