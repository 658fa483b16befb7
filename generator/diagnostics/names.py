"""Many names in a few words, and the names that one may have meant.

A message never grows with the names that there are: said of each of thousands of jobs it would be
larger than all that was read.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from heapq import nsmallest

SHOWN = 10
_LONGEST = 128
_MOST = 500
"""Of longer names, and among more, nothing is alike: comparing takes the product of both."""


def listed(names: Collection[str]) -> str:
    """The first ten names, sorted, and how many more there are."""
    return _with_more(nsmallest(SHOWN, names), len(names))


def first_few(names: Sequence[str], most: int = 3) -> str:
    """Return the first names as they come, and how many more there are."""
    return _with_more([*names[:most]], len(names))


def others(ordered: Sequence[str], own: str) -> str:
    """As :func:`listed`, of sorted names without ``own``, which is one of them."""
    shown = [name for name in ordered[: SHOWN + 1] if name != own][:SHOWN]
    return _with_more(shown, len(ordered) - 1)


def one_of(names: Iterable[str]) -> str:
    """The first ten names as they come, in quotes: ``"a" or "b"``."""
    every = list(names)
    more = len(every) - SHOWN
    shown = [f'"{name}"' for name in every[:SHOWN]]
    return " or ".join([*shown, f"one of {more:,} more"] if more > 0 else shown)


def _with_more(shown: list[str], number: int) -> str:
    more = number - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def alike(wanted: str, names: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that ``wanted`` may be a slip of; None also where comparing is too much."""
    if len(wanted) > _LONGEST or len(names) > _MOST:
        return None
    known = [name for name in names if len(name) <= _LONGEST]
    return next(iter(nearest(wanted, known, most=1, cutoff=cutoff)), None)


def nearest(wanted: str, names: Iterable[str], *, most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return the names that ``wanted`` may be a slip of, the nearest first, however many there are.

    For what is asked once a run, as of a name on the command line.
    """
    return difflib.get_close_matches(wanted, list(names), n=most, cutoff=cutoff)
