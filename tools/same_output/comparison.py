"""What two versions printed and wrote, compared run by run.

Nothing here imports ``generator``, nor what generates repositories.
"""

from __future__ import annotations

import difflib
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

_SHOWN = 40
"""Lines of a difference that are printed."""


def compared(then: list[Path], now: list[Path], most: int) -> int:
    """Print the first ``most`` differences and how many there are; returns the exit status."""
    count: Counter[str] = Counter()
    different = 0
    for old, new in zip_longest(_read(then), _read(now)):
        count[f"exit {old[2]['exit']}" if old else "missing"] += 1
        if old == new:
            continue
        different += 1
        if different <= most:
            print("\n".join(_difference(old, new)), flush=True)
    total = ", ".join(f"{number:,} with {what}" for what, number in sorted(count.items()))
    print(f"{count.total():,} runs: {total}")
    print(f"{different:,} are different" if different else "all are the same")
    return 1 if different else 0


def _read(files: list[Path]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in files:
        with gzip.open(file, "rt") as opened:
            for line in opened:
                name, command, result = json.loads(line)
                yield name, command, result


def _difference(old: Any, new: Any) -> Iterator[str]:
    if old is None or new is None or old[:2] != new[:2]:
        yield f"other runs: {old and old[:2]} and {new and new[:2]}"
        return
    yield f"--- {old[0]}: rayjobs {old[1]}"
    texts = (json.dumps(one[2], indent=1).replace("\\n", "\n") for one in (old, new))
    then, now = (text.splitlines() for text in texts)
    lines = difflib.unified_diff(then, now, "before", "now", lineterm="", n=1)
    yield from islice(lines, 2, _SHOWN)
