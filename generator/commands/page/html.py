"""The page as HTML: one file that asks for nothing, in which nothing runs but its own script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any

from generator.commands.page.data import (
    Cell,
    CellValue,
    Column,
    JobRow,
    Kind,
    Page,
    State,
    UseRow,
    escaped,
    moment,
    table,
)
from generator.diagnostics.wording import visible
from generator.karmada.amounts import in_words

MARK = "<!doctype html>\n<!-- Written by rayjobs page: changes made here are lost. -->\n"
"""How each page begins."""

_HERE = Path(__file__).parent
_SHORT_ID = 8
_MOST_STATES = 8
_ROWS = 500
_LIVE = frozenset({"Since", "Took"})
_COLUMNS = (
    Column("Job", "name"),
    Column("State", "state"),
    Column("Clusters", "list"),
    Column("GPUs", "number"),
    Column("CPUs", "number"),
    Column("Algorithm"),
    Column("Tenant"),
    Column("Since", "short"),
    Column("Took", "number"),
    Column("Added", "short"),
    Column("By", "person"),
)
_OF_PROBLEMS = (
    Column("Kind", "state"),
    Column("Where", "name"),
    Column("What is wrong", "what"),
    Column("What to do", "what"),
)
_OF_CHANGES = (
    Column("When", "short"),
    Column("Job", "name"),
    Column("What", "list"),
    Column("By", "person"),
    Column("Commit", "short"),
    Column("Subject", "what"),
)
_MARKS: dict[str, Kind] = {"error": "bad", "warning": "wrong", "on Karmada": "wrong"}


def page(data: Page) -> str:
    """The whole file; the same data give the same text."""
    style, script = _text("page.css"), _text("page.js")
    columns = [one for one in _COLUMNS if data.is_live or one.title not in _LIVE]
    rows = [_row(job, columns) for job in data.jobs]
    kinds = [one.kind for one in columns]
    return Template(_text("page.html")).substitute(
        policy=escaped(_policy(style, script)),
        style=style,
        script=script,
        as_of=_as_of(data),
        notes="\n".join(f'<p class="note">{escaped(note)}</p>' for note in data.notes),
        links="\n".join(_links(data)),
        summary=_summary(data.jobs),
        jobs=table(columns, (), "Jobs", name="jobs-table") if rows else _none("There is no job."),
        jobs_as_written="\n".join(_in_parts(columns, rows)),
        problems=_problems(data),
        gpus=_gpus(data),
        history=_history(data),
        data=as_script({"kinds": kinds, "jobs": [list(map(_plain, row)) for row in rows]}),
    )


def _in_parts(columns: Sequence[Column], rows: Sequence[list[CellValue]]) -> Iterator[str]:
    """The jobs as tables that need no script: one that is very long is slow to lay out."""
    for start in range(0, len(rows), _ROWS):
        end = min(start + _ROWS, len(rows))
        words = "Jobs" if len(rows) <= _ROWS else f"Jobs {start + 1:,} to {end:,}"
        yield table(columns, rows[start:end], words)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only this style and this script count; nothing is asked for, and nothing sent."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def as_script(data: Any) -> str:
    """JSON that stands in a ``script`` element: nothing in it ends one, or begins a comment."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(value: CellValue) -> Any:
    """A cell as the script reads it: a text, a number, null, or two values."""
    if isinstance(value, Cell):
        return [visible(value.text), value.key]
    if isinstance(value, State):
        return [visible(value.text), value.kind]
    return visible(value) if isinstance(value, str) else value


def _row(job: JobRow, columns: Iterable[Column]) -> list[CellValue]:
    added, seconds = moment(job.added), job.seconds
    took = None if seconds is None else Cell(in_words(timedelta(seconds=seconds)), seconds)
    cells: dict[str, CellValue] = {
        "Job": job.label,
        "State": State(job.state, job.kind),
        "Clusters": ", ".join(job.clusters),
        "GPUs": job.gpus,
        "CPUs": job.cpu_cores,
        "Algorithm": job.algorithm,
        "Tenant": job.tenant,
        "Since": moment(job.since),
        "Took": took,
        "Added": Cell(added.text[:10], added.key) if added else None,
        "By": job.by,
    }
    return [cells[column.title] for column in columns]


def _as_of(data: Page) -> str:
    time = moment(data.as_of)
    assert time is not None, "a page has a time"
    words = f'As of <time datetime="{time.key}">{time.text}</time> UTC, as are all times here'
    return f"{words}; commit {escaped(data.commit[:_SHORT_ID])}" if data.commit else words


def _links(data: Page) -> Iterator[str]:
    counts = (
        ("jobs", "Jobs", f"{len(data.jobs):,}"),
        ("problems", "Problems", f"{data.problem_count:,}"),
        ("gpus", "GPUs", f"{sum(one.gpus for one in data.tenants):,}"),
        ("history", "History", f"{data.change_count:,}"),
    )
    for name, title, count in counts:
        yield f'<li><a href="#{name}">{title}</a> <span class="quiet">{count}</span></li>'


def _summary(jobs: Iterable[JobRow]) -> str:
    """How many jobs are in each state, the most first."""
    counts = Counter((job.state, job.kind) for job in jobs)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = "".join(
        f'<div><dt><span class="state {kind}">{escaped(state)}</span></dt>'
        f"<dd>{count:,}</dd></div>\n"
        for (state, kind), count in ordered[:_MOST_STATES]
    )
    return f'<dl class="summary">\n{shown}</dl>' if shown else ""


def _none(words: str) -> str:
    return f'<p class="quiet">{escaped(words)}</p>'


def _left_out(shown: int, every: int, what: str) -> str:
    return _none(f"The first {shown:,} of {every:,} {what}.") if every > shown else ""


def _problems(data: Page) -> str:
    if not data.problems:
        return _none("Nothing is wrong.")
    rows = [
        (State(one.kind, _MARKS[one.kind]), one.place, one.message, one.hint)
        for one in data.problems
    ]
    more = _left_out(len(rows), data.problem_count, "problems")
    return more + table(_OF_PROBLEMS, rows, "Problems")


def _gpus(data: Page) -> str:
    counted = (
        "What copies that have not ended and are not suspended ask for."
        if data.is_live
        else "What all jobs in Git ask for: Git does not know which have ended."
    )
    amounts = (Column("Copies", "number"), Column("CPUs", "number"), Column("GPUs", "number"))
    by_cluster = table(
        (Column("Cluster"), Column("Tenant"), *amounts, Column("GPUs there", "number")),
        [(one.name, one.tenant or "all", *_amounts(one)) for one in data.clusters],
        "GPUs by cluster",
        caption="By cluster",
        sums=(at for at, one in enumerate(data.clusters) if one.tenant is None),
    )
    by_tenant = table(
        (Column("Tenant"), *amounts, Column("Quota", "number")),
        [(one.name, *_amounts(one)) for one in data.tenants],
        "GPUs by tenant",
        caption="By tenant",
    )
    return f'{_none(counted)}\n<div class="pair">\n{by_cluster}\n{by_tenant}\n</div>'


def _amounts(one: UseRow) -> tuple[int, int, int, int | None]:
    return one.copies, one.cpu_cores, one.gpus, one.bound


def _history(data: Page) -> str:
    if not data.changes:
        return _none("Git says nothing of any job.")
    rows = [
        (moment(one.time), one.job, one.what, one.author, one.commit[:_SHORT_ID], one.subject)
        for one in data.changes
    ]
    more = _left_out(len(rows), data.change_count, "changes, newest first")
    return more + table(_OF_CHANGES, rows, "Changes of jobs, newest first")
