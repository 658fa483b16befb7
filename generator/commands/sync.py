"""``rayjobs sync``: write what points a sync engine at rendered/."""

from __future__ import annotations

import typer

from generator.check import pipeline
from generator.console.options import HERE, AllowEmptyOption, KeepForeignOption, RootOption
from generator.console.reporting import Output, reporting

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
