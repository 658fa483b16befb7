"""``rayjobs status``: what Karmada says of the jobs, once or as it changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from generator.check.findings import Checked, checked
from generator.commands.status_text import as_details, as_table
from generator.commands.watch import follow
from generator.console.jobs import job_meant
from generator.console.karmada import ContextOption, KubeconfigOption, karmada, say
from generator.console.options import HERE, Color, ColorOption, RootOption
from generator.console.printing import write
from generator.console.reporting import write_json
from generator.console.table import width_of
from generator.karmada.status.as_json import status_document
from generator.karmada.status.job_status import JobStatus
from generator.karmada.status.selection import Selection
from generator.repository.fleet import Submission


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
    with karmada(kubeconfig, context) as plane:
        statuses = follow(plane, selection) if watch else selection.read(plane, say)
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
