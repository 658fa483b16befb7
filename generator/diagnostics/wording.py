"""Phrases that every message forms alike."""

from __future__ import annotations

from collections.abc import Sequence


def plural(number: int, noun: str, *, is_grouped: bool = False) -> str:
    """Return the number with its noun: ``1 job``, ``2000 jobs``, grouped ``2,000 jobs``."""
    digits = f"{number:,}" if is_grouped else str(number)
    return f"{digits} {noun}{'' if number == 1 else 's'}"


def did_you_mean(*candidates: str) -> str:
    """Return ``did you mean a, b?``, or an empty string without candidates."""
    return f"did you mean {', '.join(candidates)}?" if candidates else ""


def either(words: Sequence[str]) -> str:
    """Return ``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def position(file: str | None, line: int | None = None, column: int | None = None) -> str:
    """Return ``file:line:column`` as far as they are known."""
    return ":".join(str(part) for part in (file, line, column) if part is not None)
