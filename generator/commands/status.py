"""``rayjobs status``: what Karmada says of the jobs, once or as it changes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import Annotated, Literal

import typer

from generator.check.outcome import Checked, checked
from generator.console.jobs import ContextOption, KubeconfigOption, job_meant, karmada, say
from generator.console.reporting import HERE, Color, ColorOption, RootOption, write_json
from generator.console.streams import standard_output, write
from generator.console.terminal import Column, Screen, is_live, screen_on, table, width_of
from generator.diagnostics.wording import visible
from generator.karmada.amounts import in_words, iso
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.job_state import Run
from generator.karmada.status.as_json import status_document
from generator.karmada.status.job_status import JobStatus, phase_of, took
from generator.karmada.status.selection import Selection
from generator.karmada.watch import WatchedStatuses
from generator.repository.fleet import ObjectName, Submission

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
    has_places = len(status.runs) > 1
    said = [
        *(_at(one.advice.message, one.cluster if has_places else None) for one in problems),
        *(run.message for run in status.runs),
    ]
    return " ".join(next(filter(None, said), "").split())


_OF_CLUSTERS = frozenset({"not-answering", "leaving"})


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
        copies = table(_COPIES, rows, None if width is None else width - 2)
        text += indent(copies, "  ")
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


def follow(plane: ControlPlane, selection: Selection) -> list[JobStatus]:
    """Show the jobs as they change, until all named ones have ended, and return what they are.

    Of jobs that are not named it goes on until it is interrupted. LiveError.
    """
    # This runs for hours, unlike all else (see generator/__main__.py).
    gc.enable()
    # What cannot be read is said once, before a terminal is another screen.
    watched = WatchedStatuses(plane, selection, say)
    if is_live(sys.stdout):
        with screen_on(standard_output()) as screen:
            for statuses in watched:
                _draw(screen, statuses)
    else:
        _print_changes(watched)
    return watched.explained()


def _draw(screen: Screen, statuses: list[JobStatus]) -> None:
    now, size = datetime.now(UTC), screen.size
    if len(statuses) + 1 > size.lines:
        # Where there is no room for all, not for those of which nothing new is to be told.
        statuses = sorted(statuses, key=lambda one: one.has_ended)
    screen.draw(as_table(statuses, now, size.columns).splitlines())


def _print_changes(watched: Iterable[list[JobStatus]]) -> None:
    """Print each job that is not as it was; one that is gone as well."""
    said: dict[ObjectName, str] = {}
    for statuses in watched:
        now = iso(datetime.now(UTC))
        lines = {(one.namespace, one.name): as_line(one) for one in statuses}
        for name in said.keys() - lines.keys():
            lines[name] = visible(f"{'/'.join(name)}: gone")
        for name, line in lines.items():
            if said.get(name) != line:
                write(f"{now} {line}\n")
        said = lines


def status(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="JOB", help="Names of jobs, NAMESPACE/NAME, or their files or directories."
        ),
    ] = None,
    root: RootOption = HERE,
    tenant: Annotated[
        list[str] | None,
        typer.Option(help="Only jobs of this directory below jobs/; repeatable: of any of them."),
    ] = None,
    namespace: Annotated[
        list[str] | None, typer.Option("--namespace", "-n", help="Only of this one; repeatable.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on, until the named jobs have ended.")
    ] = False,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """Say what Karmada does with the jobs, and of named ones what is wrong and what to do.

    Exits 1 when a named job has failed, or its cluster does not answer before it has ended; 3 when
    Karmada cannot be read.
    """
    if watch and form == "json":
        raise typer.BadParameter("--watch prints text only", param_hint="--format")
    if jobs and (tenant or namespace):
        raise typer.BadParameter("is for all jobs, not for named ones", param_hint="--tenant")
    loaded = checked(root)
    if jobs:
        selection = Selection.named(root, loaded, _named(root, loaded, jobs, color))
    else:
        selection = Selection.matching(root, loaded, tenant or (), namespace or ())
    now = datetime.now(UTC)
    with karmada(kubeconfig, context) as plane:
        statuses = follow(plane, selection) if watch else selection.read(plane, now, say)
    _print(statuses, form, is_named=selection.is_named)
    if selection.is_named and any(one.has_failed or one.silences for one in statuses):
        raise typer.Exit(1)


def _named(root: Path, loaded: Checked, names: list[str], color: Color) -> list[Submission]:
    """The jobs that are meant, each once; exits as ``rayjobs show`` where one is not clear."""
    meant = (job_meant(root, loaded, name, color) for name in names)
    return list({one.name: one for one in meant}.values())


def _print(statuses: Sequence[JobStatus], form: str, *, is_named: bool) -> None:
    now = datetime.now(UTC)
    if form == "json":
        write_json(status_document(statuses, now))
        return
    if statuses:
        write((as_details if is_named else as_table)(statuses, now, width_of(sys.stdout)))
    else:
        write("there is no such job\n", sys.stderr)
