"""The command line of a page of docs/ that is written from the program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.generated_files import stale_files, write_files


def write_page(
    made: Callable[[], str],
    place: Path,
    says: str,
    arguments: Sequence[str] | None,
) -> int:
    """Write what ``made`` gives to ``place``; the exit code is 1 if --check finds it stale.

    ``says`` are the words of what the page follows: ``what the rules say``.
    """
    parser = argparse.ArgumentParser(description=f"Write docs/{place.name}: {says}.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    parser.add_argument("--output", type=Path, default=place, metavar="FILE", help="the page")
    options = parser.parse_args(arguments)
    output: Path = options.output
    stale = stale_files({output: made().encode("utf-8")})
    if stale and options.check:
        print(f"{output.name} is not {says}: run make docs", file=sys.stderr)
        return 1
    write_files(stale)
    return 0
