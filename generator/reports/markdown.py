"""A comment on a pull request, or a step's summary: headline, jobs, problems, diff."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.check.outcome import JobSummary, Outcome
from generator.diagnostics import Located, in_order
from generator.diagnostics.wording import plural, position, visible
from generator.render.drift import unified_diff
from generator.render.tree import RENDERED, Change, Plan
from generator.reports.base import Reporter, totals
from generator.reports.footprint import Footprint, footprint, footprint_in, is_job

LIMIT = 65_536
"""Characters that GitHub takes in a comment. Counted in bytes, of which there are never fewer."""
MARK = "<!-- rayjobs -->"
"""Last line of every report, by which a comment is found again to be updated."""

_TABLE_SHARE = 24_000
_PROBLEMS_SHARE = 20_000
_FRAME = 600
"""Bytes kept free for the lines around a diff."""
_SHOWN_CLUSTERS = 8
_LONGEST = 400
_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """``text`` as a code span that also stands in a cell of a table; cut where it is long.

    A ``|`` is written as its code point: after a backslash no escape keeps it in its cell.
    """
    shown = visible(text).replace("|", "\\u007c")
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}…"
    if not shown.strip():
        # A span of spaces alone is one too, but nobody sees it.
        shown = f'"{shown}"'
    marks = "`" * (longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{marks}{pad}{shown}{pad}{marks}"


def longest_run(text: str) -> int:
    """How many backticks stand side by side in ``text`` at most: a fence or a span has more."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)


class MarkdownReporter(Reporter):
    """Nothing in it that comes from a job is markup; what does not fit is counted."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        problems = _problems(in_order(outcome.diagnostics))
        if self.quiet:
            return f"{problems}\n{MARK}\n" if problems else ""
        plan = outcome.plan
        parts = [_headline(outcome), _table(outcome) if plan else "", problems]
        text = "\n".join(part for part in parts if part)
        if plan is not None and not plan.is_empty:
            text += _diff(plan, LIMIT - _size(text) - _FRAME)
        return f"{text}\n{MARK}\n"


def _headline(outcome: Outcome) -> str:
    lines = [f"## rayjobs: {totals(outcome.diagnostics)}", ""]
    plan = outcome.plan
    if plan is None and outcome.failed:
        lines.append(f"{RENDERED}/ was not compared: the errors come first.")
    elif plan is None:
        lines.append(f"{plural(len(outcome.jobs), 'job')} validated.")
    elif plan.is_empty and outcome.failed:
        lines.append(
            f"No file of {plan.directory}/ would change ({plural(len(plan.keep), 'file')})."
        )
    elif plan.is_empty:
        lines.append(f"{plan.directory}/ is up to date ({plural(len(plan.keep), 'file')}).")
    else:
        verb = "was written" if outcome.applied else "is not what the jobs render to"
        groups = (("new", plan.create), ("changed", plan.change), ("deleted", plan.delete))
        files = ", ".join(f"{len(changes)} {word}" for word, changes in groups if changes)
        lines.append(f"{plan.directory}/ {verb}: files {files}.")
    return "\n".join(lines) + "\n"


class _Row(NamedTuple):
    word: str
    change: Change
    job: JobSummary | None

    @property
    def cells(self) -> list[str]:
        before = footprint_in(self.change.old) if self.change.old is not None else None
        after = footprint(self.job) if self.job else None
        amounts = map(_both, _in_words(before), _in_words(after))
        return [self.word, code(self.change.path.removesuffix(".yaml")), *amounts]


def _in_words(taken: Footprint | None) -> list[str]:
    """Clusters, copies, GPUs, cores and memory; nothing of a job that is not known."""
    if taken is None:
        return [""] * 5
    shown = ", ".join(map(code, taken.clusters[:_SHOWN_CLUSTERS]))
    more = len(taken.clusters) - _SHOWN_CLUSTERS
    return [
        f"{shown} and {more} more" if more > 0 else shown,
        *(f"{amount:,}" for amount in (taken.copies, taken.gpus, taken.cpu_cores)),
        f"{taken.memory_gib:,} GiB",
    ]


def _both(before: str, after: str) -> str:
    """Before and after where both are known and differ, else the one that is known."""
    if before and after and before != after:
        return f"{before} → {after}"
    return after or before or "?"


def _rows(plan: Plan, jobs: Iterable[JobSummary]) -> list[_Row]:
    """New, changed, then deleted jobs; what else is in the plan is no job's."""
    by_path = {f"{job.namespace}/{job.name}.yaml": job for job in jobs}
    named = (("new", plan.create), ("changed", plan.change))
    rows = [
        _Row(word, change, by_path[change.path])
        for word, changes in named
        for change in changes
        if change.path in by_path
    ]
    deleted = [change for change in plan.delete if change.old and is_job(change.old)]
    return rows + [_Row("deleted", change, None) for change in deleted]


def _table(outcome: Outcome) -> str:
    plan = outcome.plan
    rows = _rows(plan, outcome.jobs) if plan else []
    if not plan or not rows:
        return ""
    lines = [
        "| change | job | clusters | copies | GPUs | CPU cores | memory |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    kept = _fitting((f"| {' | '.join(row.cells)} |" for row in rows), _TABLE_SHARE)
    lines += [*kept, ""]
    if (more := len(rows) - len(kept)) > 0:
        lines += [f"… and {plural(more, 'more job')}, left out here.", ""]
    others = len(plan.writes) + len(plan.delete) - len(rows)
    if others:
        lines += [f"Beside jobs, {plural(others, 'file')} of claims, policies or namespaces.", ""]
    lines += ["GPUs, CPU cores and memory are those of all copies, heads included.", ""]
    return "\n".join(lines)


def _problems(diagnostics: list[Located]) -> str:
    """Errors, then warnings."""
    ordered = sorted(diagnostics, key=lambda found: not found.is_error)
    if not ordered:
        return ""
    kept = _fitting(map(_problem, ordered), _PROBLEMS_SHARE)
    lines = ["### Problems", "", *kept, ""]
    if left := ordered[len(kept) :]:
        others = totals(left, " and ")
        lines += [f"… and {others}, left out here: `rayjobs validate` prints all.", ""]
    return "\n".join(lines)


def _problem(found: Located) -> str:
    place = position(found.file, found.line, found.column)
    at = f" {code(place)}" if place else ""
    hint = f" – hint: {code(found.hint)}" if found.hint else ""
    lines = [f"- **{found.severity}** {code(found.rule.id)}{at}: {code(found.message)}{hint}"]
    lines += [f"  - {code(line)}" for line in found.details]
    return "\n".join(lines)


def _diff(plan: Plan, room: int) -> str:
    """The diff, folded; the lines that fit, and how many do not."""
    shown: list[str] = []
    total, marks, is_full = 0, 3, False
    for line in _diff_lines(plan):
        total += 1
        if is_full:
            continue
        cleaned = visible(line)
        room -= _size(cleaned) + 1
        marks = max(marks, longest_run(cleaned) + 1)
        is_full = room < 2 * marks
        if not is_full:
            shown.append(cleaned)
    fence = "`" * max([3, *(longest_run(line) + 1 for line in shown)])
    files = len(plan.writes) + len(plan.delete)
    note = ""
    if is_full:
        seen = sum(line.startswith("diff --git ") for line in shown)
        note = (
            f"The diff is cut: {len(shown):,} of {total:,} lines, {seen:,} of {files:,} files. "
            "`rayjobs diff` prints all of it.\n\n"
        )
    body = "\n".join([f"{fence}diff", *shown, fence])
    summary = f"<summary>Diff of {plural(files, 'file')}</summary>"
    return f"\n<details>\n{summary}\n\n{body}\n\n{note}</details>\n"


def _diff_lines(plan: Plan) -> Iterator[str]:
    for part in unified_diff(plan):
        yield from part.removesuffix("\n").split("\n")


def _fitting(lines: Iterator[str], room: int) -> list[str]:
    """The first lines that fit into so many bytes; the others are not even made."""
    kept: list[str] = []
    for line in lines:
        room -= _size(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
