"""``rayjobs logs``: what a job prints, and what was done with it, through Karmada's proxy."""

from __future__ import annotations

import gc
import re
import sys
from typing import Annotated

import typer

from generator.console.jobs import ContextOption, KubeconfigOption, karmada, named_job, say
from generator.console.reporting import HERE, RootOption
from generator.console.streams import SafeStream, standard_output
from generator.diagnostics.wording import visible
from generator.karmada.logs.follow import Following, Reading
from generator.karmada.logs.sources import (
    Asked,
    Component,
    NoSuchClusterError,
    Query,
    copies_in_words,
)

# SGR, and nothing else that begins with an escape.
_COLORS = re.compile(rb"\x1b\[[0-9;:]*m")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def shown(line: bytes) -> str:
    """A line as a terminal may get it: without colors, and what else would control it visible."""
    text = _COLORS.sub(b"", line.rstrip(b"\r\n")).decode("utf-8", "backslashreplace")
    return "\t".join(map(visible, text.split("\t")))


def write_line(stream: SafeStream, line: bytes, prefix: str = "") -> None:
    """Write a line; with a prefix it ends with a line end, so that the next begins a line."""
    start = f"[{prefix}] " if prefix else ""
    if stream.is_watched:
        stream.send(f"{visible(start)}{shown(line)}\n")
        return
    ended = line if line.endswith(b"\n") or not prefix else line + b"\n"
    stream.send_bytes(start.encode() + ended)


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
        Component, typer.Option(help="Whose log; the driver's is what the training prints.")
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
    if follow:
        # This runs for hours, unlike all else (see generator/__main__.py).
        gc.enable()
    with karmada(kubeconfig, context) as plane:
        name = named_job(root, plane, job, "auto")
        asked = Asked(*name, component, cluster, Query(tail, seconds, timestamps))
        log = (Following if follow else Reading)(plane, asked, _say)
        try:
            _print(log, at_once=follow)
        except NoSuchClusterError as problem:
            words = f"{'/'.join(name)} is not on {cluster}, but on {problem}"
            raise typer.BadParameter(words, param_hint="--cluster") from None
    if not log.has_begun:
        raise typer.Exit(1)


def _seconds(since: str | None) -> int | None:
    if since is None:
        return None
    parts = re.findall(r"([0-9]+)([smhd])", since)
    if not re.fullmatch(r"([0-9]{1,9}[smhd])+", since) or not since.strip("0smhd"):
        raise typer.BadParameter("is no duration such as 45s, 10m or 1h30m", param_hint="--since")
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)


def _print(log: Reading | Following, *, at_once: bool) -> None:
    stream = standard_output()
    is_first = True
    try:
        for line in log:
            has_clusters = len(log.clusters) > 1
            if at_once and is_first and has_clusters:
                _say(copies_in_words(log.clusters))
            is_first = False
            prefix = line.prefix(has_clusters=has_clusters, has_pods=log.has_pods)
            write_line(stream, line.text, prefix)
            if at_once:
                stream.flush()
    finally:
        stream.flush()


def _say(words: str) -> None:
    sys.stdout.flush()
    say(words)
