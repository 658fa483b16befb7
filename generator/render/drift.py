"""What writing a tree would change, as findings and as a unified diff.

A diff takes time that the number of lines bounds.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from itertools import takewhile

from generator.diagnostics import Diagnostic, Location, Rule
from generator.diagnostics.wording import plural
from generator.render.tree import Change, Plan
from generator.render.tree_rules import STALE

MOST_COMPARED = 2000
"""Lines that differ, of either file, up to which the fewest changes are looked for: that takes the
square of them, or more where lines repeat, and no file that is rendered has so many."""
_CONTEXT = 3
_QUOTED = re.compile(rb'["\\\x00-\x1f\x7f-\xff]')
_LETTERS = {b'"': b'\\"', b"\\": b"\\\\", b"\n": b"\\n", b"\t": b"\\t", b"\r": b"\\r"}


def drift(plan: Plan, stale: Rule = STALE, command: str = "rayjobs render") -> Iterator[Diagnostic]:
    """A finding of the rule ``stale`` for each file that is not what ``command`` would write."""
    commit = f"run `{command}` and commit what it writes"
    wrong = [(change.path, "this file is missing", commit) for change in plan.create]
    for change in plan.change:
        is_mode = change.old == change.new
        what = "is executable" if is_mode else "is not what its source renders to"
        wrong.append((change.path, f"this file {what}", commit))
    wrong += [(change.path, "this file has no source", commit) for change in plan.delete]
    removing = f"run `{command}`, which removes it"
    left = (*plan.leftovers, *plan.abandoned)
    wrong += [(path, "an interrupted run left this", removing) for path in left]
    for path, words, hint in wrong:
        yield stale.found(words, hint=hint, at=Location(plan.place(path)))


def unified_diff(plan: Plan) -> Iterator[str]:
    """The lines, each with its end, of a diff that ``git apply`` takes."""
    for change in _ordered(plan):
        mode = 0o100755 if change.is_executable else 0o100644
        yield from file_diff(plan.place(change.path), change.old, change.new, mode)


def statistics(plan: Plan) -> Iterator[str]:
    """A line for each file with the number of lines added and removed, and one with the sum."""
    changes = _ordered(plan)
    added = removed = 0
    for change in changes:
        body = _hunks(change.old, change.new)
        plus = sum(line.startswith("+") for line in body)
        minus = sum(line.startswith("-") for line in body)
        added, removed = added + plus, removed + minus
        yield f"{quoted_name(plan.place(change.path))} | +{plus} -{minus}\n"
    files = plural(len(changes), "file")
    yield f"{files} changed, {added} lines added, {removed} removed\n"


def _ordered(plan: Plan) -> list[Change]:
    return sorted([*plan.writes, *plan.delete], key=lambda change: change.path)


def file_diff(
    path: str, old: bytes | None, new: bytes | None, mode: int = 0o100644
) -> Iterator[str]:
    """As :func:`unified_diff`, of one file that has ``mode``; None is one that is not there."""
    before, after = quoted_name(f"a/{path}"), quoted_name(f"b/{path}")
    yield f"diff --git {before} {after}\n"
    if old is None:
        yield "new file mode 100644\n"
    elif new is None:
        yield f"deleted file mode {mode:o}\n"
    elif mode != 0o100644:
        yield f"old mode {mode:o}\nnew mode 100644\n"
    hunks = _hunks(old, new)
    if hunks:
        # A tab ends a name with spaces, as Git writes it.
        end = "\t\n" if " " in path else "\n"
        yield "--- /dev/null\n" if old is None else f"--- {before}{end}"
        yield "+++ /dev/null\n" if new is None else f"+++ {after}{end}"
    for line in hunks:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def quoted_name(path: str) -> str:
    """Return a path as Git prints it: on one line, in quotes where a character is not plain."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:  # no file has such a name
        name = path.encode("utf-8", "surrogatepass")
    if _QUOTED.search(name) is None:
        return path
    return f'"{_QUOTED.sub(_escaped, name).decode("ascii")}"'


def _escaped(match: re.Match[bytes]) -> bytes:
    return _LETTERS.get(match.group(), b"\\%03o" % ord(match.group()))


def _hunks(old: bytes | None, new: bytes | None) -> list[str]:
    # Without its two lines of names.
    return unified(_lines(old), _lines(new), "", "")[2:]


def _lines(content: bytes | None) -> list[str]:
    """The lines with their ends; only \\n ends a line, unlike in ``str.splitlines``."""
    text = (content or b"").decode("utf-8", "backslashreplace")
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


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
