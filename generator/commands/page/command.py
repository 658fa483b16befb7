"""``rayjobs page``: a static page of the jobs, for CI to publish."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from generator.check.findings import check_repository
from generator.commands.page.build import gathered
from generator.commands.page.html import page as page_of
from generator.commands.page.writing import INDEX, in_the_way, write_page
from generator.console.jobs import read_jobs
from generator.console.karmada import ContextOption, KubeconfigOption, karmada, say
from generator.console.options import HERE, ColorOption, QuietOption, RootOption
from generator.console.printing import write
from generator.diagnostics.characters import visible
from generator.history.listing import Jobs
from generator.karmada.status.all_jobs import read_all
from generator.source.git import GitError
from generator.source.work_tree import link_in_repository

_EPOCH = "SOURCE_DATE_EPOCH"


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
    text = page_of(gathered(jobs, statuses, found.diagnostics, now, _head(jobs)))
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


def _head(jobs: Jobs) -> str | None:
    """The commit that is checked out; None where there is none."""
    if jobs.past is None:
        return None
    try:
        # 1 and 128 are git's statuses where there is no commit yet.
        arguments = ("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        printed = jobs.past.git.run(*arguments, allowed=(0, 1, 128))
    except GitError:
        return None
    return printed.decode("ascii", "replace").strip() or None
