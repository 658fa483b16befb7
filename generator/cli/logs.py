"""``rayjobs logs``: what a job prints, and what was done with it, through Karmada's proxy."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from generator.cli.live import ContextOption, KubeconfigOption, karmada
from generator.cli.options import HERE, RootOption
from generator.cli.printing import standard_output, write

if TYPE_CHECKING:
    from generator.karmada.client.control_plane import ControlPlane
    from generator.karmada.client.failures import LiveError
    from generator.karmada.job_state import JobState
    from generator.karmada.logs.events import JobEvent
    from generator.karmada.logs.query import Asked, Line

_NO_LOG = 1
_NO_EVENTS = "there are no events: a member keeps them for an hour or so"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def logs(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB", help="Name of a job, NAMESPACE/NAME, or its file or directory."
        ),
    ],
    root: RootOption = HERE,
    cluster: Annotated[
        str | None, typer.Option(help="Only of the copy on this one; else of all copies.")
    ] = None,
    component: Annotated[
        Literal["driver", "head", "worker", "operator-events"],
        typer.Option(help="Whose log; the driver's is what the training prints."),
    ] = "driver",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for the log, and go on until it ends.")
    ] = False,
    tail: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Only the last N lines of each log.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Only what is newer: 45s, 10m, 1h30m.")
    ] = None,
    timestamps: Annotated[
        bool, typer.Option("--timestamps", help="Begin each line with its time.")
    ] = False,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
) -> None:
    """Print the log of a job's driver, head or workers, or the events of its objects.

    Exits 1 when there is no such log, and says why; 3 when Karmada or a member cannot be read.
    """
    seconds = _seconds(since)
    with karmada(kubeconfig, context) as plane:
        from generator.cli.named_job import named_job
        from generator.karmada.logs.query import Asked, NoSuchClusterError, Query

        name = named_job(root, plane, job, "auto")
        asked = Asked(*name, component, cluster, Query(tail, seconds, timestamps))
        try:
            found = (_follow if follow else _read)(plane, asked)
        except NoSuchClusterError as problem:
            words = f"{'/'.join(name)} is not on {cluster}, but on {problem}"
            raise typer.BadParameter(words, param_hint="--cluster") from None
    if not found:
        raise typer.Exit(_NO_LOG)


def _seconds(since: str | None) -> int | None:
    if since is None:
        return None
    parts = re.findall(r"([0-9]+)([smhd])", since)
    if not re.fullmatch(r"([0-9]{1,9}[smhd])+", since) or not since.strip("0smhd"):
        raise typer.BadParameter("is no duration such as 45s, 10m or 1h30m", param_hint="--since")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def _read(plane: ControlPlane, asked: Asked) -> bool:
    """Print what there is now: whether there is a log."""
    from generator.karmada.job_state import read_state
    from generator.karmada.logs.missing import standing_of
    from generator.karmada.logs.query import runs_of

    state = read_state(plane, asked.namespace, asked.job)
    if state is None:
        _say("it is not on Karmada: not pushed yet, or not synced, or removed")
        return False
    runs = runs_of(state, asked.cluster)
    if not runs:
        _say(standing_of(state))
        return False
    if asked.component == "operator-events":
        return _read_events(plane, asked, state)
    return _read_pods(plane, asked, state)


def _read_events(plane: ControlPlane, asked: Asked, state: JobState) -> bool:
    from datetime import UTC, datetime

    from generator.cli.log_lines import LineWriter
    from generator.karmada.client.failures import LiveError
    from generator.karmada.logs.events import chosen, read_events
    from generator.karmada.logs.query import runs_of

    writer = LineWriter(standard_output())
    runs = runs_of(state, asked.cluster)
    _say_clusters([run.cluster for run in runs])
    found: list[JobEvent] = []
    problems = []
    for run in runs:
        try:
            found += read_events(plane, state, run)
        except LiveError as problem:
            problems.append(problem)
    found.sort(key=lambda one: one.time)
    for event in chosen(found, asked.query, datetime.now(UTC)):
        writer.write(f"{event}\n".encode(), event.cluster if len(runs) > 1 else "")
    writer.flush()
    _raise_last(problems)
    if not found:
        _say(_NO_EVENTS)
    return bool(found)


def _raise_last(problems: list[LiveError]) -> None:
    """What could not be read, once all that could be is printed."""
    for other in problems[:-1]:
        _say(str(other))
    if problems:
        raise problems[-1]


def _read_pods(plane: ControlPlane, asked: Asked, state: JobState) -> bool:
    """One log after the other. LiveError once the others are printed, where one cannot be read."""
    from generator.cli.log_lines import LineWriter
    from generator.karmada.client.failures import LiveError
    from generator.karmada.logs.missing import why_no_log
    from generator.karmada.logs.query import Line, runs_of
    from generator.karmada.logs.sources import sources_of
    from generator.karmada.logs.stream import read_lines

    assert asked.component != "operator-events"
    runs = runs_of(state, asked.cluster)
    _say_clusters([run.cluster for run in runs])
    writer = LineWriter(standard_output())
    found, problems = False, []
    for run in runs:
        try:
            sources = sources_of(plane, state, run, asked.component)
            for source in (one for one in sources if one.has_begun):
                found = True
                for text in read_lines(plane, source, asked.query):
                    line = Line(source.cluster, source.pod, text)
                    writer.write(text, _prefix(line, len(runs) > 1, len(sources) > 1))
            writer.flush()
            waiting = [one for one in sources if not one.has_begun]
            if waiting or not sources:
                words = why_no_log(state, run, asked.component, waiting)
                _say(f"{run.cluster}: {words}")
        except LiveError as problem:
            writer.flush()
            problems.append(problem)
    _raise_last(problems)
    return found


def _follow(plane: ControlPlane, asked: Asked) -> bool:
    """Print what there is and what comes: whether there was a log."""
    import gc

    from generator.cli.log_lines import LineWriter
    from generator.karmada.logs.follow import Following

    # This runs for hours, unlike all else (see generator/__main__.py).
    gc.enable()
    following = Following(plane, asked, _say)
    writer = LineWriter(standard_output())
    found = False
    for line in following:
        if not found:
            _say_clusters(following.clusters)
        found = True
        writer.write(line.text, _prefix(line, len(following.clusters) > 1, following.has_pods))
        writer.flush()
    if not found and asked.component == "operator-events":
        _say(_NO_EVENTS)
    return found or following.has_begun


def _prefix(line: Line, has_clusters: bool, has_pods: bool) -> str:
    """What tells the lines of several logs apart."""
    parts = [line.cluster] * has_clusters + [line.pod] * (has_pods and bool(line.pod))
    return "/".join(parts)


def _say_clusters(clusters: tuple[str, ...] | list[str]) -> None:
    if len(clusters) > 1:
        _say(f"{len(clusters)} copies: {', '.join(clusters)}; --cluster chooses one")


def _say(words: str) -> None:
    from generator.characters import visible

    sys.stdout.flush()
    write(f"{visible(words)}\n", sys.stderr)
