"""Telling how far a long run is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, to how many jobs, of how many; where it is None nobody is."""

T = TypeVar("T")


def watched(items: Iterable[T], doing: str, total: int, progress: Progress | None) -> Iterator[T]:
    """Give the items, while ``progress`` is told how many are done; of jobs there are ``total``."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(doing, min(done, total), total)
        yield item
