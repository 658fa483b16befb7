"""A unified diff of two lists of lines in time that their number bounds."""

from __future__ import annotations

import difflib
from itertools import takewhile

MOST_COMPARED = 2000
"""Lines that differ, of either file, up to which the fewest changes are looked for: that takes the
square of them, or more where lines repeat, and no file that is rendered has so many."""
_CONTEXT = 3


def unified(old: list[str], new: list[str], before: str, after: str) -> list[str]:
    """The two names and the hunks; beyond :data:`MOST_COMPARED` one that exchanges all between."""
    head = _alike(old, new)
    most = min(len(old), len(new)) - head
    tail = min(most, _alike(old[::-1], new[::-1]))
    if max(len(old), len(new)) - head - tail <= MOST_COMPARED:
        return list(difflib.unified_diff(old, new, before, after))
    start = max(0, head - _CONTEXT)
    ends = [len(lines) - tail + min(tail, _CONTEXT) for lines in (old, new)]
    ranges = [_range(start, end) for end in ends]
    return [
        f"--- {before}\n",
        f"+++ {after}\n",
        f"@@ -{ranges[0]} +{ranges[1]} @@\n",
        *(f" {line}" for line in old[start:head]),
        *(f"-{line}" for line in old[head : len(old) - tail]),
        *(f"+{line}" for line in new[head : len(new) - tail]),
        *(f" {line}" for line in old[len(old) - tail : ends[0]]),
    ]


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines are the same at the beginning of both."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _range(start: int, end: int) -> str:
    """Lines from ``start`` up to ``end``, from 0, as a hunk's head counts them."""
    return f"{start + 1 if end > start else start},{end - start}"
