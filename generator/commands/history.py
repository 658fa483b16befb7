"""``rayjobs history``: what became of a job, commit by commit, in its own words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Literal

import typer

from generator.console.jobs import SHALLOW, read_jobs, short_id
from generator.console.options import HERE, ColorOption, RootOption
from generator.console.printing import refuse, write
from generator.console.reporting import write_json
from generator.diagnostics.characters import visible
from generator.diagnostics.names import nearest
from generator.diagnostics.wording import did_you_mean
from generator.history.as_json import history_document
from generator.history.listing import Jobs
from generator.history.one_job import Entry, Known, find_jobs_called, history_of, known_jobs
from generator.source.git import GitError


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
        listed = ", ".join(sorted({one.name for one in found}))
        if len({one.name for one in found}) < len(found):
            listed = ", ".join(sorted(one.file for one in found))
        raise typer.BadParameter(f"several jobs are called that: {listed}", param_hint="JOB")
    there = sorted({one.key[1] for one in known_jobs(jobs)})
    raise typer.BadParameter(_unknown(wanted, there), param_hint="JOB")


def _unknown(wanted: str, names: list[str]) -> str:
    elsewhere = "`rayjobs list` and `rayjobs list --deleted` have all"
    hint = did_you_mean(*nearest(wanted, names)) or elsewhere
    return f"neither the files nor Git have a job {visible(wanted)}; {hint}"


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
