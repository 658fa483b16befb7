"""``rayjobs list`` and ``history``: the jobs as Git knows them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import typer

from generator.console.jobs import (
    SHALLOW,
    AlgorithmOption,
    ClusterOption,
    NamespaceOption,
    TenantOption,
    chosen,
    day_and_commit,
    read_jobs,
    short_id,
)
from generator.console.reporting import HERE, ColorOption, RootOption, write_json
from generator.console.streams import refuse, write
from generator.console.terminal import Column, table, width_of
from generator.diagnostics.wording import did_you_mean, nearest, visible
from generator.history.as_json import history_document, list_document
from generator.history.commits import Commit
from generator.history.listing import Jobs, ListedJob, removed_jobs
from generator.history.one_job import Entry, Known, find_jobs_called, history_of, known_jobs
from generator.source.git import GitError

SortKey: TypeAlias = Literal[
    "name", "namespace", "tenant", "algorithm", "clusters", "copies", "cpu", "memory", "gpu",
    "priority", "added", "changed", "removed", "state",
]  # fmt: skip


def history(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB",
            help="Name of a job, NAMESPACE/NAME, or its file or directory; also a removed one.",
        ),
    ],
    root: RootOption = HERE,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print it.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """Say what became of a job, newest first: commit, date, author, and what changed."""
    jobs = read_jobs(root, color, templates=True)
    if jobs.unknown is not None:
        refuse(f"Git does not answer: {jobs.unknown.message}", jobs.unknown.hint)
    known = _found(jobs, job)
    try:
        entries = history_of(jobs, known)
    except GitError as problem:
        refuse(f"Git does not answer: {problem}", problem.advice.hint)
    if form == "json":
        write_json(history_document(jobs, known, entries))
    else:
        write("".join(f"{visible(line)}\n" for line in _as_text(known, entries)))
    if jobs.past is not None and not jobs.past.is_whole:
        write(f"note: {SHALLOW}\n", sys.stderr)


def _found(jobs: Jobs, wanted: str) -> Known:
    """The job that is meant; exits 2 where it is none, or one of several."""
    found = find_jobs_called(jobs, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        names = sorted({one.name for one in found})
        if len(names) < len(found):
            names = sorted(one.file for one in found)
        words = f"several jobs are called that: {', '.join(names)}"
        raise typer.BadParameter(words, param_hint="JOB")
    there = sorted({one.key[1] for one in known_jobs(jobs)})
    elsewhere = "`rayjobs list` and `rayjobs list --deleted` have all"
    hint = did_you_mean(*nearest(wanted, there)) or elsewhere
    words = f"neither the files nor Git have a job {visible(wanted)}; {hint}"
    raise typer.BadParameter(words, param_hint="JOB")


def _as_text(known: Known, entries: list[Entry]) -> Iterator[str]:
    yield f"{known.name} ({known.file})"
    for entry in entries:
        yield ""
        yield _heading(entry)
        if entry.commit is not None and entry.commit.subject:
            yield f"  {entry.commit.subject}"
        if entry.note:
            yield f"  - {entry.note}"
        for one in entry.differences:
            yield f"  - {one.words}"


def _heading(entry: Entry) -> str:
    what = {
        "added": "added",
        "earliest": "there already, in the oldest commit of this shallow clone",
        "changed": "changed",
        "moved": f"moved from {entry.moved_from} to {entry.file}",
        "copied": f"copied to {entry.file}",
        "removed": "removed",
        "template": f"changed by its template, {entry.file}",
    }[entry.kind]
    if entry.commit is None:
        return f"not committed yet: {what}"
    one = entry.commit
    return f"{one.author_date or '-'}  {short_id(one)}  {one.author}: {what}"


def list_jobs(
    root: RootOption = HERE,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="List the jobs that were removed instead.")
    ] = False,
    tenant: TenantOption = None,
    namespace: NamespaceOption = None,
    algorithm: AlgorithmOption = None,
    cluster: ClusterOption = None,
    sort: Annotated[
        SortKey | None,
        typer.Option(
            metavar="COLUMN",
            help="Sort by name, namespace, tenant, algorithm, clusters, copies, cpu, memory, gpu, "
            "priority, added, changed, removed or state; without it, by namespace and name.",
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="In the opposite order.")] = False,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """List the jobs: what they ask for, and the commits that added and changed them."""
    jobs = read_jobs(root, color)
    shown = _removed(jobs) if deleted else jobs.listed
    shown = chosen(shown, tenant, namespace, algorithm, cluster)
    if sort is not None:
        shown = _sorted(shown, sort)
    shown = shown[::-1] if reverse else shown
    if form == "json":
        write_json(list_document(jobs, shown))
    elif shown:
        write(_as_table(shown, deleted=deleted))
    else:
        write("no job was removed\n" if deleted else "there is no such job\n", sys.stderr)
    for note in _notes(jobs, shown):
        write(f"note: {note}\n", sys.stderr)


def _removed(jobs: Jobs) -> list[ListedJob]:
    if jobs.unknown is not None:
        refuse(f"Git does not say what was removed: {jobs.unknown.message}", jobs.unknown.hint)
    try:
        return removed_jobs(jobs)
    except GitError as problem:
        refuse(f"Git does not say what was removed: {problem}", problem.advice.hint)


def _sorted(jobs: list[ListedJob], by: SortKey) -> list[ListedJob]:
    """By a column, those without a value last; they come by namespace and name already."""
    key = _KEYS[by]
    known = [job for job in jobs if key(job) is not None]
    return [*sorted(known, key=key), *(job for job in jobs if key(job) is None)]


def _moment(commit: Commit | None) -> datetime | None:
    """When a commit was written, as far as it says."""
    if commit is None or not commit.author_date:
        return None
    return datetime.fromisoformat(commit.author_date)


def _state(job: ListedJob) -> str | None:
    return "broken" if job.is_broken else job.state


_KEYS: dict[SortKey, Callable[[ListedJob], Any]] = {
    "name": lambda job: job.name,
    "namespace": lambda job: job.namespace,
    "tenant": lambda job: job.tenant,
    "algorithm": lambda job: job.algorithm,
    "clusters": lambda job: job.clusters,
    "copies": lambda job: job.copies,
    "cpu": lambda job: job.cpu_cores,
    "memory": lambda job: job.memory_gib,
    "gpu": lambda job: job.gpus,
    "priority": lambda job: job.priority,
    "added": lambda job: _moment(job.added),
    "changed": lambda job: _moment(job.changed),
    "removed": lambda job: _moment(job.removed),
    "state": _state,
}

_COLUMNS = (
    (Column("NAME"), lambda job: job.name or job.file),
    (Column("NAMESPACE", 3), lambda job: job.namespace),
    (Column("TENANT", 9), lambda job: job.tenant),
    (Column("ALGORITHM", 6), lambda job: job.algorithm),
    (Column("CLUSTERS", 2), lambda job: ",".join(job.clusters or ())),
    (Column("COPIES", 8, is_number=True), lambda job: job.copies),
    (Column("CPU", 5, is_number=True), lambda job: job.cpu_cores),
    (Column("GPU", 1, is_number=True), lambda job: job.gpus),
    (Column("PRIORITY", 7, is_number=True), lambda job: job.priority),
    (Column("ADDED", 10), lambda job: day_and_commit(job.added)),
    (Column("CHANGED", 4), lambda job: day_and_commit(job.changed)),
)  # fmt: skip
_STATE = (Column("STATE"), _state)
_REMOVED = (Column("REMOVED"), lambda job: day_and_commit(job.removed))


def _as_table(jobs: list[ListedJob], *, deleted: bool) -> str:
    columns = (*_COLUMNS, _REMOVED if deleted else _STATE)
    values = ([cell(job) for _, cell in columns] for job in jobs)
    rows = [["" if value is None else str(value) for value in row] for row in values]
    return table([column for column, _ in columns], rows, width_of(sys.stdout))


def _notes(jobs: Jobs, shown: list[ListedJob]) -> list[str]:
    notes = []
    if jobs.unknown is not None:
        notes.append(f"Git does not say since when jobs are there: {jobs.unknown.message}")
    elif jobs.past is not None and not jobs.past.is_whole:
        notes.append(SHALLOW)
    broken = sum(job.is_broken for job in shown)
    if broken:
        is_or_are = "1 job is" if broken == 1 else f"{broken:,} jobs are"
        notes.append(f"{is_or_are} broken: `rayjobs validate` says what is wrong")
    return notes
