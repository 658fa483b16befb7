"""What the page shows, from what Git, the rules and Karmada say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from heapq import nlargest

from generator.commands.page.data import (
    ChangeRow,
    JobRow,
    Kind,
    Page,
    ProblemRow,
    by_cluster,
    by_tenant,
    copies_in_git,
    copies_on_karmada,
)
from generator.diagnostics import Located
from generator.diagnostics.wording import position
from generator.history.commits import Commit
from generator.history.listing import Jobs, ListedJob
from generator.history.timelines import order_of
from generator.karmada.status.job_status import JobStatus
from generator.repository.fleet import ObjectName

MOST_PROBLEMS = 500
MOST_CHANGES = 300


def gathered(
    jobs: Jobs,
    statuses: Mapping[ObjectName, JobStatus] | None,
    diagnostics: Sequence[Located],
    now: datetime,
) -> Page:
    """The page as of ``now``; ``statuses`` are None where Karmada was not asked."""
    fleet = jobs.repository.fleet
    problems = [*_diagnosed(diagnostics), *_on_karmada(statuses or {})]
    if statuses is None:
        copies = list(copies_in_git(fleet))
        rows = [_git_row(one) for one in jobs.listed]
    else:
        copies = list(copies_on_karmada(fleet, statuses.values()))
        rows = sorted(_live_rows(jobs.listed, statuses, now), key=lambda row: row.label)
    changes = list(_changes(jobs))
    return Page(
        as_of=now,
        commit=jobs.past.commit if jobs.past else None,
        is_live=statuses is not None,
        jobs=tuple(rows),
        problems=tuple(problems[:MOST_PROBLEMS]),
        problem_count=len(problems),
        clusters=tuple(by_cluster(copies, fleet.platform)),
        tenants=tuple(by_tenant(copies, fleet.platform)),
        changes=tuple(changes),
        change_count=sum(len(line.changes) for line in jobs.lines.values()),
        notes=tuple(_notes(jobs, statuses)),
    )


def _git_row(job: ListedJob) -> JobRow:
    state = "broken" if job.is_broken else job.state or "not in Git"
    return _row(job, state.capitalize(), "bad" if job.is_broken else "plain", job.clusters or ())


def _live_rows(
    listed: Iterable[ListedJob], statuses: Mapping[ObjectName, JobStatus], now: datetime
) -> Iterator[JobRow]:
    seen = set()
    for job in listed:
        key = (job.namespace or "", job.name or "")
        seen.add(key)
        if status := statuses.get(key):
            yield _live_row(job, status, now, ", broken in Git" if job.is_broken else "")
        else:
            yield _row(job, "Broken" if job.is_broken else "Not on Karmada", "wrong", ())
    for key, status in statuses.items():
        if key not in seen:
            of_karmada = ListedJob("", status.name, status.namespace, status.tenant)
            yield _live_row(of_karmada, status, now)


def _live_row(job: ListedJob, status: JobStatus, now: datetime, more: str = "") -> JobRow:
    clusters = tuple(run.cluster for run in status.runs)
    took = status.took(now)
    return replace(
        _row(job, _words(status) + more, _kind(status), clusters),
        since=status.since,
        seconds=None if took is None else max(int(took.total_seconds()), 0),
    )


def _words(status: JobStatus) -> str:
    if not status.phase:
        return status.sync[:1].upper() + status.sync[1:]
    phase = status.phase_in_words
    return phase if status.sync == "synced" else f"{phase}, {status.sync}"


def _kind(status: JobStatus) -> Kind:
    if status.has_failed:
        return "bad"
    if status.problems:
        return "wrong"
    if status.has_ended:
        return "good"
    return "going" if "Running" in status.phase else "plain"


def _row(job: ListedJob, state: str, kind: Kind, clusters: tuple[str, ...]) -> JobRow:
    return JobRow(
        namespace=job.namespace,
        name=job.name or job.file,
        state=state,
        kind=kind,
        clusters=clusters,
        gpus=job.gpus,
        cpu_cores=job.cpu_cores,
        algorithm=job.algorithm,
        tenant=job.tenant,
        added=_time(job.added),
        by=job.added.author if job.added else None,
    )


def _time(commit: Commit | None) -> datetime | None:
    """When a commit was written, in UTC, as far as it says."""
    if commit is None or not commit.author_date:
        return None
    try:
        return datetime.fromisoformat(commit.author_date).astimezone(UTC)
    except OverflowError:  # a year that UTC does not have
        return None


def _diagnosed(diagnostics: Iterable[Located]) -> Iterator[ProblemRow]:
    for found in sorted(diagnostics, key=lambda one: not one.is_error):
        place = position(found.file, found.line, found.column)
        message = f"{found.message} ({found.rule.id})"
        yield ProblemRow("error" if found.is_error else "warning", place, message, found.hint)


def _on_karmada(statuses: Mapping[ObjectName, JobStatus]) -> Iterator[ProblemRow]:
    for status in statuses.values():
        for one in status.problems:
            where = f" on {one.cluster}" if one.cluster else ""
            place = f"{status.namespace}/{status.name}{where}"
            texts = (" ".join(text.split()) for text in (one.advice.message, one.advice.hint))
            yield ProblemRow("on Karmada", place, *texts)


def _changes(jobs: Jobs) -> Iterator[ChangeRow]:
    """The latest changes of all jobs, newest first."""
    if jobs.past is None:
        return
    place = order_of(jobs.past)
    told = ((line, change) for line in jobs.lines.values() for change in line.changes)
    latest = nlargest(
        MOST_CHANGES, told, key=lambda one: (place[one[1].commit.id], one[1].file, one[1].kind)
    )
    for line, change in latest:
        commit = change.commit
        what: str = "there already" if change.kind == "earliest" else change.kind
        if change.moved_from:
            what = f"moved from {change.moved_from}"
        label = "/".join(part for part in line.key if part)
        yield ChangeRow(_time(commit), label, what, commit.author, commit.id, commit.subject)


def _notes(jobs: Jobs, statuses: Mapping[ObjectName, JobStatus] | None) -> Iterator[str]:
    if statuses is None:
        yield "Karmada was not asked: this page says nothing of what runs."
    elif any(one.runs and one.silences is None for one in statuses.values()):
        yield "Whether clusters answer Karmada is not known: what runs may be what was last heard."
    if jobs.unknown is not None:
        yield f"Git does not say since when jobs are there: {jobs.unknown.message}."
    elif jobs.past is not None and not jobs.past.is_whole:
        yield "Made from a shallow clone: what is older than its oldest commits is not known."
    if differing := sum(job.state in ("edited", "new") for job in jobs.listed):
        words = "1 job is" if differing == 1 else f"{differing:,} jobs are"
        yield f"{words} not in the commit as shown here."
    unknown = sum(status.sync == "not in Git" for status in (statuses or {}).values())
    if unknown:
        words = "RayJob on Karmada is" if unknown == 1 else "RayJobs on Karmada are"
        yield f"{unknown:,} {words} not in Git: what they take is not counted."
