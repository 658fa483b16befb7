"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from generator.reports import Format

Color: TypeAlias = Literal["auto", "always", "never"]
RootOption: TypeAlias = Annotated[
    Path,
    typer.Option("--root", help="The repository: where jobs/ is.", exists=True, file_okay=False),
]
FormatOption: TypeAlias = Annotated[
    Format | None,
    typer.Option(
        "--format", help="How to report; github is chosen by itself in GitHub Actions, else text."
    ),
]
OutputOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--output", metavar="FILE", help="Write the report there instead of printing it."),
]
ReportOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="FORMAT=FILE", help="Write one more report to a file; repeatable."
    ),
]
QuietOption: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
]
StrictOption: TypeAlias = Annotated[bool, typer.Option("--strict", help="Warnings exit 1 too.")]
ColorOption: TypeAlias = Annotated[
    Color,
    typer.Option("--color", help="When to color text; auto heeds NO_COLOR."),
]
AllowEmptyOption: TypeAlias = Annotated[
    bool,
    typer.Option("--allow-empty", help="Let the last job go, and everything in rendered/ with it."),
]
KeepForeignOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--keep-foreign", help="Only warn of files and directories that rayjobs did not write."
    ),
]
HERE = Path(".")
