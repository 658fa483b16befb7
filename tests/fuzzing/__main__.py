"""``python -m tests.fuzzing --cases N``: many cases in child processes with limits.

Each child runs one kind with one seed. The case that is running is kept in a file, so that one
that kills its process can be run again: ``python -m tests.fuzzing --reproduce FILE``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzzing.answers import CHANGES, Change, world
from tests.fuzzing.properties import MEGABYTE, MOST_MEMORY, assert_handled, most_memory
from tests.fuzzing.strategies import KINDS
from tests.fuzzing.trees import Tree, dumped, loaded

_CASES_A_CHILD = 500
_SECONDS_A_CHILD = 900
_ANSWERS = "answers"
"""The kind whose cases are answers of API servers, not trees."""
_UNREADABLE = 3
_REPRODUCER = "fuzz-failure.json"


def main() -> int:
    """Run what the options say; gives the exit status."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    options.add_argument("--cases", type=int, default=50_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--kind", choices=sorted([*KINDS, _ANSWERS]))
    options.add_argument("--reproduce", type=Path, metavar="FILE")
    options.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given_ones = options.parse_args()
    if given_ones.reproduce:
        kept = given_ones.reproduce.read_text()
        if "command" in (case := json.loads(kept)):
            with world() as planes:
                print(f"it holds; the exit code was {planes.assert_handled(Change(**case))}")
            return 0
        taken = assert_handled(loaded(kept))
        print(f"it holds; the repository was {'rendered' if taken else 'refused'}")
        return 0
    if given_ones.child:
        run = _run_answers if given_ones.kind == _ANSWERS else _run_here
        run(given_ones.kind, given_ones.seed, given_ones.cases, given_ones.child)
        return 0
    kinds = [given_ones.kind] if given_ones.kind else [*KINDS, _ANSWERS]
    return _run_children(kinds, given_ones.seed, given_ones.cases)


def _run_answers(_: str, number: int, cases: int, kept: Path) -> None:
    """Run cases of changed answers in this process."""
    count: Counter[str] = Counter()
    with world() as planes:

        @seed(number)
        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(CHANGES)
        def holds(case: Change) -> None:
            kept.write_text(case.dumped())
            count["cases"] += 1
            count["taken"] += planes.assert_handled(case) != _UNREADABLE

        holds()
    kept.unlink(missing_ok=True)
    print(count["cases"], count["taken"], most_memory())


def _run_here(kind: str, number: int, cases: int, kept: Path) -> None:
    """Run cases of one kind in this process, which may not take more memory than it should."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    count: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind])
    def holds(tree: Tree) -> None:
        kept.write_text(dumped(tree))
        count["cases"] += 1
        count["taken"] += assert_handled(tree)

    holds()
    kept.unlink(missing_ok=True)
    print(count["cases"], count["taken"], most_memory())


def _run_children(kinds: list[str], number: int, cases: int) -> int:
    started, total, most = time.monotonic(), 0, 0
    taken: Counter[str] = Counter()
    ran: Counter[str] = Counter()
    while total < cases:
        kind = kinds[number % len(kinds)]
        with tempfile.TemporaryDirectory(prefix="rayjobs-fuzz-") as directory:
            kept = Path(directory, "case.json")
            wanted = min(_CASES_A_CHILD, cases - total)
            done = _child(kind, number, wanted, kept)
            if done.returncode or not done.stdout:
                return _failed(kind, number, done, kept)
        here, here_taken, memory = map(int, done.stdout.split())
        ran[kind], taken[kind] = ran[kind] + here, taken[kind] + here_taken
        # A kind may have fewer distinct cases than are wanted: what was run counts.
        total, most, number = total + here, max(most, memory), number + 1
        seconds = time.monotonic() - started
        print(f"{total:,} of {cases:,} cases, {seconds:.0f} s", flush=True)
    for kind in kinds:
        print(f"{kind}: {ran[kind]:,} cases, of which {taken[kind]:,} were taken")
    print(f"{total:,} cases, nothing found; most memory {most // MEGABYTE} MiB")
    return 0


def _child(kind: str, number: int, cases: int, kept: Path) -> subprocess.CompletedProcess[str]:
    command = [
        *(sys.executable, "-m", "tests.fuzzing", "--kind", kind, "--seed", str(number)),
        *("--cases", str(cases), "--child", str(kept)),
    ]
    # Temporary files of a child that dies go with its directory.
    environment = {**os.environ, "TMPDIR": str(kept.parent)}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=False,
            env=environment,
            text=True,
            timeout=_SECONDS_A_CHILD,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", "the child process hung")


def _failed(kind: str, number: int, done: subprocess.CompletedProcess[str], kept: Path) -> int:
    print(done.stderr[-6000:], file=sys.stderr)
    print(f"failed: kind {kind}, seed {number}, status {done.returncode}", file=sys.stderr)
    if kept.exists():
        Path(_REPRODUCER).write_text(kept.read_text())
        print(f"run again: python -m tests.fuzzing --reproduce {_REPRODUCER}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
