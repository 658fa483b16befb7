"""What writing a tree would change, as findings and as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Rule
from generator.output.tree import STALE, Change, Plan


def drift(plan: Plan, stale: Rule = STALE, command: str = "rayjobs render") -> Iterator[Diagnostic]:
    """A finding of the rule ``stale`` for each file that is not what ``command`` would write."""
    for changes, words in (
        (plan.create, "is missing"),
        (plan.change, "is not what its source renders to"),
        (plan.delete, "has no source any more"),
    ):
        for change in changes:
            yield stale.found(
                f"this file {words}",
                hint=f"run `{command}` and commit what it writes",
                file=plan.place(change.path),
            )


def unified_diff(plan: Plan) -> Iterator[str]:
    """The lines, each with its end, of a diff that ``git apply`` takes."""
    for change in sorted(plan.writes + plan.delete, key=lambda c: c.path):
        yield from _file_diff(change, plan)


def statistics(plan: Plan) -> Iterator[str]:
    """A line for each file with the number of lines added and removed, and one with the sum."""
    changes = sorted(plan.writes + plan.delete, key=lambda c: c.path)
    added = removed = 0
    for change in changes:
        body = _body(plan.place(change.path), change.old, change.new)[2:]
        plus = sum(line.startswith("+") for line in body)
        minus = sum(line.startswith("-") for line in body)
        added, removed = added + plus, removed + minus
        yield f"{plan.place(change.path)} | +{plus} -{minus}\n"
    noun = "file" if len(changes) == 1 else "files"
    yield f"{len(changes)} {noun} changed, {added} lines added, {removed} removed\n"


def _file_diff(change: Change, plan: Plan) -> Iterator[str]:
    yield from file_diff(plan.place(change.path), change.old, change.new)


def file_diff(path: str, old: bytes | None, new: bytes | None) -> Iterator[str]:
    """As :func:`unified_diff`, of one file; None is one that is not there."""
    yield f"diff --git a/{path} b/{path}\n"
    if old is None:
        yield "new file mode 100644\n"
    elif new is None:
        yield "deleted file mode 100644\n"
    for line in _body(path, old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _body(path: str, old: bytes | None, new: bytes | None) -> list[str]:
    """The two names and the hunks of a unified diff."""
    before = "/dev/null" if old is None else f"a/{path}"
    after = "/dev/null" if new is None else f"b/{path}"
    return list(difflib.unified_diff(_lines(old), _lines(new), before, after))


def _lines(content: bytes | None) -> list[str]:
    """The lines with their ends; only \\n ends a line, unlike in ``str.splitlines``."""
    text = (content or b"").decode("utf-8", "backslashreplace")
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
