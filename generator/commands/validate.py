"""``rayjobs validate``: what is wrong with the jobs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from generator.check import pipeline
from generator.console.options import HERE, RootOption
from generator.console.reporting import Output, reporting


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
