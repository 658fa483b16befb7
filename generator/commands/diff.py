"""``rayjobs diff``: what render would change."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from generator.check import pipeline
from generator.console.options import HERE, AllowEmptyOption, KeepForeignOption, RootOption
from generator.console.reporting import Output, reporting
from generator.render.drift import statistics, unified_diff


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
