"""What render would change, as findings and as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from generator.diagnostics import Diagnostic
from generator.output.tree import RENDERED, STALE, Change, Plan


def drift(plan: Plan) -> Iterator[Diagnostic]:
    """A finding for each file that is not what it would be rendered to."""
    for changes, words in (
        (plan.create, "is missing"),
        (plan.change, "is not what its source renders to"),
        (plan.delete, "has no source any more"),
    ):
        for change in changes:
            yield STALE.found(
                f"this file {words}",
                hint="run `rayjobs render` and commit what it writes",
                file=f"{RENDERED}/{change.path}",
            )


def unified_diff(plan: Plan) -> Iterator[str]:
    """The lines, each with its end, of a diff that ``git apply`` takes."""
    for change in sorted(plan.writes + plan.delete, key=lambda c: c.path):
        yield from _file_diff(change)


def statistics(plan: Plan) -> Iterator[str]:
    """A line for each file with the number of lines added and removed, and one with the sum."""
    changes = sorted(plan.writes + plan.delete, key=lambda c: c.path)
    added = removed = 0
    for change in changes:
        body = _body(change)[2:]
        plus = sum(line.startswith("+") for line in body)
        minus = sum(line.startswith("-") for line in body)
        added, removed = added + plus, removed + minus
        yield f"{RENDERED}/{change.path} | +{plus} -{minus}\n"
    noun = "file" if len(changes) == 1 else "files"
    yield f"{len(changes)} {noun} changed, {added} lines added, {removed} removed\n"


def _file_diff(change: Change) -> Iterator[str]:
    path = f"{RENDERED}/{change.path}"
    yield f"diff --git a/{path} b/{path}\n"
    if change.old is None:
        yield "new file mode 100644\n"
    elif change.new is None:
        yield "deleted file mode 100644\n"
    for line in _body(change):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _body(change: Change) -> list[str]:
    """The two names and the hunks of a unified diff."""
    path = f"{RENDERED}/{change.path}"
    before = "/dev/null" if change.old is None else f"a/{path}"
    after = "/dev/null" if change.new is None else f"b/{path}"
    return list(difflib.unified_diff(_lines(change.old), _lines(change.new), before, after))


def _lines(content: bytes | None) -> list[str]:
    """The lines with their ends; only \\n ends a line, unlike in ``str.splitlines``."""
    text = (content or b"").decode("utf-8", "backslashreplace")
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
