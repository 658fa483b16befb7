"""The command ``rayjobs``. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.main import get_command

from generator import __version__
from generator.cli.archive import archive
from generator.cli.clusters import clusters
from generator.cli.doctor import doctor
from generator.cli.explain import explain
from generator.cli.history import history
from generator.cli.init import init
from generator.cli.list import list_jobs
from generator.cli.logs import logs
from generator.cli.new import new
from generator.cli.options import (
    HERE,
    AllowEmptyOption,
    KeepForeignOption,
    Output,
    RootOption,
    reporting,
    write,
)
from generator.cli.page import page
from generator.cli.show import show
from generator.cli.status import status
from generator.cli.sync import sync

app = typer.Typer(
    name="rayjobs",
    help="Render training jobs into RayJobs for Karmada, and say at review time what would fail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init)
app.command("new")(new)
app.command("show")(show)
app.command("list")(list_jobs)
app.command("history")(history)
app.command("status")(status)
app.command("logs")(logs)
app.command("clusters")(clusters)
app.command("doctor")(doctor)
app.command("archive")(archive)
app.command("page")(page)
app.command("explain")(explain)
app.add_typer(sync, name="sync")


@app.callback(invoke_without_command=True)
def rayjobs(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Render training jobs into RayJobs, and say at review time what would fail later."""
    if version:
        write(f"rayjobs {__version__}\n")
        raise typer.Exit


@app.command()
@reporting
def validate(
    output: Output,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Report only on these files and directories.")
    ] = None,
    root: RootOption = HERE,
) -> None:
    """Say what is wrong with the jobs, and what would run where."""
    from generator import pipeline

    within = [_within(root, path) for path in paths or []]
    with output.progress() as progress:
        outcome = pipeline.validate(root, within, progress=progress)
    output.finish(outcome)


@app.command()
@reporting
def render(
    output: Output,
    root: RootOption = HERE,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Write rendered/ from jobs/ and platform.yaml; nothing is written if anything is wrong."""
    from generator import pipeline

    with output.progress() as progress:
        outcome = pipeline.render(
            root, allow_empty=allow_empty, keep_foreign=keep_foreign, progress=progress
        )
    output.finish(outcome)


@app.command()
@reporting
def check(
    output: Output,
    root: RootOption = HERE,
    conformance: Annotated[
        Literal["auto", "kubeconform", "embedded", "off"],
        typer.Option(help="What checks manifests against the API servers' schemas."),
    ] = "auto",
    kubeconform: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The kubeconform to run, instead of the one on PATH."),
    ] = None,
    allow_empty: AllowEmptyOption = False,
    base: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Compare with what this Git ref rendered."),
    ] = None,
    allow_edits: Annotated[
        bool, typer.Option("--allow-edits", help="Let jobs that have not started be edited.")
    ] = False,
) -> None:
    """Validate, and fail if rendered/ is not what render writes: what CI runs."""
    from generator import pipeline

    with output.progress() as progress:
        outcome = pipeline.check(
            root,
            conformance=conformance,
            kubeconform=kubeconform,
            allow_empty=allow_empty,
            base=base,
            allow_edits=allow_edits,
            progress=progress,
        )
    output.finish(outcome)


@app.command()
@reporting
def diff(
    output: Output,
    root: RootOption = HERE,
    stat: Annotated[bool, typer.Option("--stat", help="Numbers of lines only.")] = False,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Show what render would change, as a diff that `git apply` takes."""
    from generator import pipeline
    from generator.output.drift import statistics, unified_diff

    with output.progress() as progress:
        outcome = pipeline.preview(
            root, allow_empty=allow_empty, keep_foreign=keep_foreign, progress=progress
        )
    if output.chosen not in ("text", "github"):
        output.finish(outcome)
    if outcome.plan is None or outcome.failed:
        output.finish(outcome, sys.stderr)
    else:
        shown = "".join((statistics if stat else unified_diff)(outcome.plan))
        output.finish_with_patch(shown, outcome)


@app.command()
def schema(
    name: Annotated[
        Literal[
            "params", "platform", "template",
            "archive", "clusters", "doctor", "history", "list", "report", "show", "status",
        ],
        typer.Argument(help="Which schema."),
    ] = "params",
) -> None:  # fmt: skip
    """Print a JSON Schema: of params.json, platform.yaml, a template, or what JSON output is."""
    from generator.schemas import read_schema

    write(read_schema(f"{name}.schema.json"))


command = get_command(app)
"""What is run. Built with the module, and so once in a process that runs it many times."""


def _within(root: Path, path: Path) -> str:
    """``path`` relative to ``root``, with /; a usage error where it is missing or elsewhere."""
    if not os.path.lexists(path):
        raise typer.BadParameter(f"{path} does not exist", param_hint="PATHS")
    # Not resolved: a link is a finding, and its target may lie elsewhere.
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        raise typer.BadParameter(f"{path} is not below {root}", param_hint="PATHS")
    return relative.replace(os.sep, "/")
