"""``rayjobs check``: what CI runs."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from generator.check import pipeline
from generator.console.options import HERE, AllowEmptyOption, RootOption
from generator.console.reporting import Output, reporting


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
