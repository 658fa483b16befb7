"""What ``rayjobs status`` prints for a person: a table of jobs, or all that is known of some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from generator.console.table import Column, table
from generator.diagnostics.characters import visible
from generator.karmada.durations import in_words, iso
from generator.karmada.job_state import Run
from generator.karmada.status.job_status import JobStatus, phase_of, took

_COLUMNS = (
    Column("JOB"),
    Column("SYNC", 3),
    Column("CLUSTERS", 4, is_cut=True),
    Column("STATE", is_cut=True),
    Column("SINCE", 1),
    Column("TOOK", 5),
    Column("MESSAGE", 2, is_cut=True),
)
_COPIES = (
    Column("CLUSTER"),
    Column("APPLIED", 3),
    Column("DEPLOYMENT"),
    Column("JOB"),
    Column("STARTED", 1),
    Column("ENDED", 2),
    Column("TOOK"),
    Column("REASON", 4),
)


def as_table(statuses: Iterable[JobStatus], now: datetime, width: int | None) -> str:
    """One line a job, below the titles; ``width`` is None where nothing has to fit."""
    return table(_COLUMNS, [_row(one, now) for one in statuses], width)


def _row(status: JobStatus, now: datetime) -> Sequence[str]:
    clusters = ",".join(run.cluster for run in status.runs)
    since = in_words(now - status.since) if status.since else ""
    duration = status.took(now)
    lasted = in_words(duration) if duration is not None else ""
    name = f"{status.namespace}/{status.name}"
    phase = status.phase_in_words
    return name, status.sync, clusters, phase, since, lasted, message_of(status)


def message_of(status: JobStatus) -> str:
    """The first thing that is wrong, else what a member says, in one line.

    Before all else, that a cluster does not answer or is leaving: the rest may be old by then.
    """
    problems = sorted(status.problems, key=lambda one: one.id not in _OF_CLUSTERS)
    said = [
        *(_with_place(problem.advice.message, problem.cluster, status) for problem in problems),
        *(run.message for run in status.runs),
    ]
    return " ".join(next(filter(None, said), "").split())


_OF_CLUSTERS = frozenset({"not-answering", "leaving"})


def _with_place(message: str, cluster: str | None, status: JobStatus) -> str:
    return _at(message, cluster) if len(status.runs) > 1 else message


def _at(message: str, cluster: str | None) -> str:
    """With the cluster before it, which some messages begin with."""
    is_named = cluster is None or message.startswith(f"{cluster} ")
    return message if is_named else f"{cluster}: {message}"


def as_line(status: JobStatus) -> str:
    """What a job does, in one line without the time."""
    clusters = ", ".join(run.cluster for run in status.runs)
    where = f" on {clusters}" if clusters else ""
    sync = "" if status.sync == "synced" else f" ({status.sync})"
    message = message_of(status)
    words = f"{status.namespace}/{status.name}: {status.phase_in_words or 'Nowhere'}{where}{sync}"
    return visible(f"{words}: {message}" if message else words)


def as_details(statuses: Iterable[JobStatus], now: datetime, width: int | None) -> str:
    """Everything that is known of each job, and what to do about what is wrong."""
    return "\n".join(_details(one, now, width) for one in statuses)


def _details(status: JobStatus, now: datetime, width: int | None) -> str:
    lines = [f"{status.namespace}/{status.name}: {status.phase_in_words or status.sync}"]
    lines += [f"  {name:<10} {value}" for name, value in _facts(status) if value]
    text = "".join(f"{visible(line)}\n" for line in lines)
    if status.runs:
        rows = [_copy(run, now) for run in status.runs]
        inner = None if width is None else width - 2
        copies = table(_COPIES, rows, inner).splitlines()
        text += "".join(f"  {line}\n" for line in copies)
    return text + "".join(f"{visible(line)}\n" for line in _advice(status))


def _facts(status: JobStatus) -> Iterator[tuple[str, str]]:
    yield "file", status.file or ""
    at = f" at {', '.join(status.differences)}" if status.differences else ""
    yield "sync", f"{status.sync}{at}"
    state = status.state
    if state is None:
        return
    if state.scheduled is False:
        yield "scheduled", f"no, {state.reason}: {state.message}"
    elif state.clusters:
        yield "scheduled", f"on {', '.join(state.clusters)}"
    for run in status.runs:
        if run.message:
            yield "message", f"{run.cluster}: {' '.join(run.message.split())}"


def _copy(run: Run, now: datetime) -> Sequence[str]:
    duration = took(run, now)
    return (
        run.cluster,
        "yes" if run.applied else "no",
        run.deployment or phase_of(run),
        run.job,
        iso(run.started) or "",
        iso(run.ended) or "",
        in_words(duration) if duration is not None else "",
        run.reason,
    )


def _advice(status: JobStatus) -> Iterator[str]:
    for problem in status.problems:
        yield f"  {_at(' '.join(problem.advice.message.split()), problem.cluster)}"
        yield f"    what to do: {problem.advice.hint}"
