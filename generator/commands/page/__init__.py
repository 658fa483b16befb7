"""A static page of the jobs: what it shows, and its text."""

from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.check.outcome import check_repository
from generator.commands.page.build import gathered
from generator.commands.page.html import MARK
from generator.commands.page.html import page as page_of
from generator.console.jobs import ContextOption, KubeconfigOption, karmada, read_jobs, say
from generator.console.reporting import HERE, ColorOption, QuietOption, RootOption
from generator.console.streams import write
from generator.diagnostics.wording import visible
from generator.karmada.status.selection import read_all
from generator.source.atomic_write import held_back, replace_atomically
from generator.source.files import link_in_repository

INDEX = "index.html"
_EPOCH = "SOURCE_DATE_EPOCH"


def in_the_way(directory: Path) -> str | None:
    """Why ``directory/index.html`` is not written over; None where it may be. OSError."""
    place = directory / INDEX
    try:
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        return "is no file"
    with place.open("rb") as opened:
        is_ours = opened.read(len(MARK)) == MARK.encode()
    return None if is_ours else "was not written by rayjobs page"


def write_page(directory: Path, text: str) -> None:
    """Write ``directory/index.html``: a reader sees the old page or the new one. OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with held_back():
        replace_atomically(directory / INDEX, text.encode())


def page(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Where index.html is written; made if it is missing.",
            file_okay=False,
        ),
    ],
    root: RootOption = HERE,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask Karmada; the page says so.")
    ] = False,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    quiet: QuietOption = False,
    color: ColorOption = "auto",
) -> None:
    """Write a page of the jobs: where they run, GPUs, problems, history. It is one file.

    Exits 3, and writes nothing, when Karmada cannot be read.
    """
    if offline and (kubeconfig or context):
        raise typer.BadParameter("asks nobody, so name no server", param_hint="--offline")
    now = _now()
    if link := link_in_repository(directory / INDEX, root):
        raise _refused(Path(link), "is a symbolic link of the repository: remove it")
    try:
        reason = in_the_way(directory)
    except OSError as problem:
        raise _refused(directory, f"cannot be read: {problem.strerror}") from None
    if reason is not None:
        raise _refused(directory / INDEX, f"{reason}, and is left alone")
    jobs = read_jobs(root, color)
    found = check_repository(jobs.repository, allow_no_jobs=True)
    statuses = None
    if not offline:
        with karmada(kubeconfig, context) as plane:
            statuses = read_all(plane, root, found.fleet, found.broken, now, say)
    text = page_of(gathered(jobs, statuses, found.diagnostics, now))
    try:
        write_page(directory, text)
    except OSError as problem:
        raise _refused(directory / INDEX, f"cannot be written: {problem.strerror}") from None
    if not quiet:
        write(f"wrote {visible(str(directory / INDEX))}\n")


def _refused(place: Path, words: str) -> typer.Exit:
    write(f"{visible(str(place))}: {words}\n", sys.stderr)
    return typer.Exit(1)


def _now() -> datetime:
    """The time that is to be taken for now, else the clock's."""
    given = os.environ.get(_EPOCH)
    if not given:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        words = "is not a number of seconds since 1970"
        raise typer.BadParameter(words, param_hint=_EPOCH) from None
