"""The command line that compares rules with what versions of a library do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

_Set = TypeVar("_Set")


def report_disagreements(
    program: str,
    parameter_sets: Callable[[int], Iterable[_Set]],
    interpreters: Mapping[str, Callable[[], Path]],
    compare: Callable[[Sequence[_Set], dict[str, Path]], list[str]],
) -> int:
    """Print every disagreement; return the exit code, 1 when there is one.

    ``parameter_sets`` are drawn by a seed, ``interpreters`` made by version, and ``compare``
    gives a line for each disagreement.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--seed", type=int, default=0, help="of the random combinations")
    parser.add_argument("--every", type=int, default=1, help="take one set of so many")
    options = parser.parse_args()
    sets = list(parameter_sets(options.seed))[:: options.every]
    found = compare(sets, {version: made() for version, made in interpreters.items()})
    for line in found:
        print(line)
    versions = ", ".join(interpreters)
    print(f"{len(sets)} parameter sets, versions {versions}: {len(found)} disagreements")
    return int(bool(found))
