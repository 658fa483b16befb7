"""Options that commands share, and what they say about output."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO, TypeAlias

import typer

if TYPE_CHECKING:
    from generator.outcome import Outcome
    from generator.reports.base import Reporter

RootOption: TypeAlias = Annotated[
    Path,
    typer.Option("--root", help="The repository: where jobs/ is.", exists=True, file_okay=False),
]
FormatOption: TypeAlias = Annotated[
    Literal["text", "github", "json"] | None,
    typer.Option(
        "--format", help="How to report; github is chosen by itself in GitHub Actions, else text."
    ),
]
QuietOption: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
]
StrictOption: TypeAlias = Annotated[bool, typer.Option("--strict", help="Warnings exit 1 too.")]
ColorOption: TypeAlias = Annotated[
    Literal["auto", "always", "never"],
    typer.Option("--color", help="When to color text; auto heeds NO_COLOR."),
]
AllowEmptyOption: TypeAlias = Annotated[
    bool,
    typer.Option("--allow-empty", help="Let the last job go, and everything in rendered/ with it."),
]
HERE = Path(".")


@dataclass(frozen=True, slots=True)
class Output:
    """How an outcome is printed, and which exit code it gives."""

    format: Literal["text", "github", "json"] | None
    quiet: bool
    strict: bool
    color: Literal["auto", "always", "never"]

    def finish(self, outcome: Outcome, stream: TextIO | None = None) -> None:
        """Print ``outcome`` and exit: 0, or 1 with errors (with ``strict``, any finding)."""
        write(self._reporter(stream or sys.stdout).report(outcome), stream)
        raise typer.Exit(self.exit_code(outcome))

    def exit_code(self, outcome: Outcome) -> int:
        """0, or 1 with errors; with ``strict`` also with warnings."""
        return int(outcome.failed or (self.strict and bool(outcome.diagnostics)))

    def _reporter(self, stream: TextIO) -> Reporter:
        from generator.reports import REPORTERS

        chosen = self.format or ("github" if os.environ.get("GITHUB_ACTIONS") else "text")
        return REPORTERS[chosen](color=self._is_colored(stream), quiet=self.quiet)

    def _is_colored(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and not os.environ.get("NO_COLOR")


def write(text: str, stream: TextIO | None = None) -> None:
    """Print ``text`` as it is; what the terminal's encoding lacks is shown as its code point."""
    target = stream or sys.stdout
    encoding = target.encoding or "utf-8"
    target.write(text.encode(encoding, "backslashreplace").decode(encoding))
    target.flush()
