"""Run the pipeline: ``rayjobs validate``, ``check``, ``render``, ``diff`` and ``sync``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from generator.check import pipeline
from generator.console.reporting import (
    HERE,
    AllowEmptyOption,
    KeepForeignOption,
    Output,
    RootOption,
    reporting,
)
from generator.render.drift import statistics, unified_diff


@reporting
def validate(
    output: Output,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Report only on these files and directories.")
    ] = None,
    root: RootOption = HERE,
) -> None:
    """Say what is wrong with the jobs, and what would run where."""
    within = [_within(root, path) for path in paths or []]
    with output.progress() as progress:
        outcome = pipeline.validate(root, within, pipeline.Options(progress=progress))
    output.finish(outcome)


def _within(root: Path, path: Path) -> str:
    """``path`` relative to ``root``, with /; a usage error where it is missing or elsewhere."""
    if not os.path.lexists(path):
        raise typer.BadParameter(f"{path} does not exist", param_hint="PATHS")
    # Not resolved: a link is a finding, and its target may lie elsewhere.
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        raise typer.BadParameter(f"{path} is not below {root}", param_hint="PATHS")
    return relative.replace(os.sep, "/")


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
    with output.progress() as progress:
        outcome = pipeline.check(
            root,
            conformance=conformance,
            kubeconform=kubeconform,
            base=base,
            allow_edits=allow_edits,
            options=pipeline.Options(allow_empty, progress=progress),
        )
    output.finish(outcome)


@reporting
def render(
    output: Output,
    root: RootOption = HERE,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Write rendered/ from jobs/ and platform.yaml; nothing is written if anything is wrong."""
    with output.progress() as progress:
        options = pipeline.Options(allow_empty, keep_foreign, progress)
        outcome = pipeline.render(root, options)
    output.finish(outcome)


@reporting
def diff(
    output: Output,
    root: RootOption = HERE,
    stat: Annotated[bool, typer.Option("--stat", help="Numbers of lines only.")] = False,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Show what render would change, as a diff that `git apply` takes."""
    with output.progress() as progress:
        options = pipeline.Options(allow_empty, keep_foreign, progress)
        outcome = pipeline.preview(root, options)
    if output.chosen not in ("text", "github"):
        output.finish(outcome)
    if outcome.plan is None or outcome.failed:
        output.finish(outcome, sys.stderr)
    else:
        shown = "".join((statistics if stat else unified_diff)(outcome.plan))
        output.finish_with_patch(shown, outcome)


sync = typer.Typer(no_args_is_help=True)


@sync.callback()
def engines() -> None:
    """Write what points a sync engine at rendered/."""


@sync.command()
@reporting
def flux(
    output: Output,
    root: RootOption = HERE,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Write one Kustomization a namespace into sync/flux/namespaces/; see docs/sync.md."""
    with output.progress() as progress:
        options = pipeline.Options(allow_empty, keep_foreign, progress)
        outcome = pipeline.sync_flux(root, options)
    output.finish(outcome)
