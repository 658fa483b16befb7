"""The command ``rayjobs``. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from generator import __version__
from generator.cli.new import new
from generator.cli.options import (
    HERE,
    AllowEmptyOption,
    ColorOption,
    FormatOption,
    Output,
    QuietOption,
    RootOption,
    StrictOption,
    write,
)

app = typer.Typer(
    name="rayjobs",
    help="Render training jobs into RayJobs for Karmada, and say at review time what would fail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new")(new)


@app.callback(invoke_without_command=True)
def rayjobs(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Render training jobs into RayJobs, and say at review time what would fail later."""
    if version:
        write(f"rayjobs {__version__}\n")
        raise typer.Exit


@app.command()
def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Report only on these files and directories.")
    ] = None,
    root: RootOption = HERE,
    format: FormatOption = None,  # noqa: A002  # the option's name
    quiet: QuietOption = False,
    strict: StrictOption = False,
    color: ColorOption = "auto",
) -> None:
    """Say what is wrong with the jobs, and what would run where."""
    from generator import pipeline

    within = [_within(root, path) for path in paths or []]
    Output(format, quiet, strict, color).finish(pipeline.validate(root, within))


@app.command()
def render(
    root: RootOption = HERE,
    allow_empty: AllowEmptyOption = False,
    format: FormatOption = None,  # noqa: A002  # the option's name
    quiet: QuietOption = False,
    strict: StrictOption = False,
    color: ColorOption = "auto",
) -> None:
    """Write rendered/ from jobs/ and platform.yaml; nothing is written if anything is wrong."""
    from generator import pipeline

    outcome = pipeline.render(root, allow_empty=allow_empty)
    Output(format, quiet, strict, color).finish(outcome)


@app.command()
def check(
    root: RootOption = HERE,
    conformance: Annotated[
        Literal["auto", "kubeconform", "embedded", "off"],
        typer.Option(help="What checks manifests against the API servers' schemas."),
    ] = "auto",
    allow_empty: AllowEmptyOption = False,
    format: FormatOption = None,  # noqa: A002  # the option's name
    quiet: QuietOption = False,
    strict: StrictOption = False,
    color: ColorOption = "auto",
) -> None:
    """Validate, and fail if rendered/ is not what render writes: what CI runs."""
    from generator import pipeline

    outcome = pipeline.check(root, conformance=conformance, allow_empty=allow_empty)
    Output(format, quiet, strict, color).finish(outcome)


@app.command()
def diff(
    root: RootOption = HERE,
    stat: Annotated[bool, typer.Option("--stat", help="Numbers of lines only.")] = False,
    allow_empty: AllowEmptyOption = False,
    format: FormatOption = None,  # noqa: A002  # the option's name
    quiet: QuietOption = False,
    strict: StrictOption = False,
    color: ColorOption = "auto",
) -> None:
    """Show what render would change, as a diff that `git apply` takes."""
    from generator import pipeline
    from generator.output.drift import statistics, unified_diff

    output = Output(format, quiet, strict, color)
    outcome = pipeline.preview(root, allow_empty=allow_empty)
    if format == "json":
        output.finish(outcome)
    if outcome.plan is None or outcome.failed:
        output.finish(outcome, sys.stderr)
    else:
        write("".join((statistics if stat else unified_diff)(outcome.plan)))
        raise typer.Exit(output.exit_code(outcome))


@app.command()
def schema(
    name: Annotated[
        Literal["params", "platform", "report"], typer.Argument(help="Which schema.")
    ] = "params",
) -> None:
    """Print a JSON Schema: of params.json, of platform.yaml, or of the json report."""
    import json

    from generator.params.schema import params_schema
    from generator.platform.schema import platform_schema
    from generator.reports.schema import report_schema

    exported = {"params": params_schema, "platform": platform_schema, "report": report_schema}
    write(json.dumps(exported[name](), indent=2, ensure_ascii=False) + "\n")


def _within(root: Path, path: Path) -> str:
    """``path`` relative to ``root``, with /; a usage error where it is missing or elsewhere."""
    if not os.path.lexists(path):
        raise typer.BadParameter(f"{path} does not exist", param_hint="PATHS")
    # Not resolved: a link is a finding, and its target may lie elsewhere.
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        raise typer.BadParameter(f"{path} is not below {root}", param_hint="PATHS")
    return relative.replace(os.sep, "/")
