"""Jobs that have ended everywhere: which they are, and taking their folders out of jobs/."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ConfigDict, Field

from generator.commands.archive.finished import Finished, Kept, finished_jobs
from generator.commands.archive.folders import mend, read_tracked, refusals, remove_folders
from generator.console.jobs import (
    AlgorithmOption,
    ClusterOption,
    ContextOption,
    KubeconfigOption,
    NamespaceOption,
    TenantOption,
    chosen,
    day_and_commit,
    karmada,
    read_jobs,
    say,
)
from generator.console.reporting import HERE, ColorOption, RootOption, write_json
from generator.console.streams import refuse, write
from generator.console.terminal import Column, table, width_of
from generator.diagnostics.wording import plural, visible
from generator.fields.settings import JsonModel
from generator.karmada.amounts import JsonTime, duration_of, in_words, iso
from generator.karmada.client.resources import CLUSTERS
from generator.karmada.status.selection import read_all
from generator.render.apply import exclusive
from generator.source.atomic_write import files_aside, left_aside
from generator.source.git import GitError

_UNKNOWN = "null where Git does not say."
_COLUMNS = (
    Column("JOB"),
    Column("ENDED"),
    Column("HOW"),
    Column("AGO", 3, is_number=True),
    Column("ADDED", 2),
    Column("BY", 1, is_cut=True),
)


class FinishedDocument(JsonModel):
    """A job that has ended on every cluster."""

    namespace: str = Field(description="Namespace of the RayJob.")
    name: str = Field(description="Its name.")
    file: str = Field(description="Its params.json, relative to the root.")
    tenant: str | None = Field(description="Directory directly below jobs/.")
    ended: JsonTime = Field(description="When its last copy ended.")
    failed: bool = Field(description="Whether any copy has failed.")
    clusters: tuple[str, ...] = Field(description="Members that have a copy.")
    added_by: str | None = Field(description=f"Author of the commit that added it; {_UNKNOWN}")
    added_date: str | None = Field(description=f"When it was written, ISO 8601; {_UNKNOWN}")
    commit: str | None = Field(description=f"Its id; {_UNKNOWN}")


class KeptDocument(JsonModel):
    """A job that only seems finished."""

    namespace: str = Field(description="Namespace of the RayJob.")
    name: str = Field(description="Its name.")
    file: str = Field(description="Its params.json, relative to the root.")
    reason: str = Field(description="Why it is not finished.")


class ArchiveDocument(JsonModel):
    """What rayjobs archive prints with --format json."""

    model_config = ConfigDict(title="Jobs that have ended on every cluster")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    time: JsonTime = Field(description="When Karmada was asked.")
    deleted: bool = Field(description="Whether their folders were deleted.")
    jobs: tuple[FinishedDocument, ...] = Field(description="By namespace and name.")
    kept: tuple[KeptDocument, ...] = Field(
        description="Jobs that ended as long ago by what was last heard, and stay."
    )


def archive_document(
    finished: Iterable[Finished], kept: Iterable[Kept], now: datetime, *, deleted: bool
) -> ArchiveDocument:
    """Return the jobs in their order, as they were at ``now``."""
    return ArchiveDocument(
        version=1,
        time=now,
        deleted=deleted,
        jobs=tuple(map(_job, finished)),
        kept=tuple(map(_kept, kept)),
    )


def _kept(one: Kept) -> KeptDocument:
    # What has ended is valid, and so has both.
    namespace, name = one.listed.namespace or "", one.listed.name or ""
    return KeptDocument(namespace=namespace, name=name, file=one.listed.file, reason=one.reason)


def _job(one: Finished) -> FinishedDocument:
    added = one.listed.added
    return FinishedDocument(
        namespace=one.status.namespace,
        name=one.status.name,
        file=one.listed.file,
        tenant=one.listed.tenant,
        ended=one.ended,
        failed=one.status.has_failed,
        clusters=tuple(run.cluster for run in one.status.runs),
        added_by=added.author if added else None,
        added_date=(added.author_date or None) if added else None,
        commit=added.id if added else None,
    )


def archive(
    finished_for: Annotated[
        str,
        typer.Option("--finished-for", metavar="TIME", help="How long ago at least: 12h, 30d, 2w."),
    ],
    root: RootOption = HERE,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the folders of these jobs in jobs/, or none.")
    ] = False,
    tenant: TenantOption = None,
    namespace: NamespaceOption = None,
    algorithm: AlgorithmOption = None,
    cluster: ClusterOption = None,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """List the jobs that ended on every cluster so long ago, and delete their folders if asked.

    Claims and what is in them stay. Exits 3 when Karmada cannot be read.
    """
    lasting = duration_of(finished_for)
    if lasting is None:
        raise typer.BadParameter("say 12h, 30d or 2w", param_hint="--finished-for")
    now = datetime.now(UTC)
    if delete:
        _mend(root)
    jobs = read_jobs(root, color)
    fleet = jobs.repository.fleet
    wanted = chosen(jobs.listed, tenant, namespace, algorithm, cluster)
    with karmada(kubeconfig, context) as plane:
        members = {one["metadata"]["name"]: one for one in plane.items(CLUSTERS)}
        statuses = read_all(plane, root, fleet, jobs.broken, now, say)
    finished, kept = finished_jobs(wanted, fleet, statuses, members, now=now, lasting=lasting)
    if delete and finished:
        _delete(root, [one.listed.file for one in finished])
    if form == "json":
        write_json(archive_document(finished, kept, now, deleted=delete))
    elif finished:
        write(table(_COLUMNS, [_row(one, now) for one in finished], width_of(sys.stdout)))
        write(_what_next(finished, is_last=len(finished) == len(jobs.listed), deleted=delete))
    else:
        write(f"no job has been finished for {finished_for}\n", sys.stderr)
    _say_leaving(finished)
    _say_kept(kept)


def _mend(root: Path) -> None:
    """Finish what a killed run left; exits 1 where something else is in the place of its jobs."""
    try:
        with exclusive(root):
            files = [file for name in left_aside(root) for file in files_aside(root, name)]
            mend(root)
    except OSError as problem:
        place = f"{problem.filename}: " if problem.filename else ""
        reason = f"what a killed run left cannot be moved back: {place}{problem.strerror}"
        refuse(reason, "keep one of the two, in jobs/, then run again")
    if files:
        moved = plural(len(files), "file", is_grouped=True)
        write(f"note: moved back {moved} that a killed run had moved aside\n", sys.stderr)


def _delete(root: Path, files: list[str]) -> None:
    """Delete the folders of these jobs; exits 1, with the reasons, where nothing was deleted."""
    folders = [file.rpartition("/")[0] for file in files]
    try:
        with exclusive(root):
            tracked = read_tracked(root)
            refused = refusals(folders, tracked) or remove_folders(root, folders, tracked)
    except GitError as problem:
        refuse(f"nothing was deleted: {problem}", problem.advice.hint)
    except OSError as problem:
        words = problem.strerror or type(problem).__name__
        place = f" ({problem.filename})" if problem.filename else ""
        hint = "make room or correct the permissions; `git status` says what is left"
        refuse(f"the folders cannot be deleted: {words}{place}", hint)
    if refused:
        reasons = "".join(f"  {visible(f'{one.folder}: {one.reason}')}\n" for one in refused)
        hint = "commit, or move away what Git does not have: it could not bring that back"
        write(f"error: nothing was deleted\n{reasons}  hint: {hint}\n", sys.stderr)
        raise typer.Exit(1)


def _row(one: Finished, now: datetime) -> tuple[str, ...]:
    commit = one.listed.added
    name = f"{one.status.namespace}/{one.status.name}"
    author = commit.author if commit else ""
    ended, ago = iso(one.ended) or "", in_words(now - one.ended)
    return name, ended, one.how, ago, day_and_commit(commit), author


def _what_next(finished: list[Finished], *, is_last: bool, deleted: bool) -> str:
    jobs = plural(len(finished), "job", is_grouped=True)
    if not deleted:
        return f"{jobs}; --delete deletes their folders in jobs/, nothing in a cluster\n"
    render = "`rayjobs render --allow-empty`" if is_last else "`rayjobs render`"
    return (
        f"deleted the folders of {jobs}; next: {render}, then commit jobs/ and rendered/\n"
        "The sync engine then deletes the RayJobs. Their claims stay, and `rayjobs history` "
        "still knows them.\n"
    )


def _say_leaving(finished: list[Finished]) -> None:
    """Which of them are about to train again."""
    for one in finished:
        for problem in (found for found in one.status.problems if found.id == "leaving"):
            say(f"note: {one.status.namespace}/{one.status.name}: {problem.advice.message}")


def _say_kept(kept: list[Kept]) -> None:
    for one in kept:
        name = f"{one.listed.namespace}/{one.listed.name}"
        write(f"note: {visible(f'{name} seems finished and stays: {one.reason}')}\n", sys.stderr)
