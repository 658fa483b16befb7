"""Printing: text on standard output or error, harmless wherever it comes from."""

from __future__ import annotations

import sys
from typing import NoReturn, TextIO

import typer

from generator.console.streams import SafeStream
from generator.diagnostics.characters import visible


def write(
    text: str, stream: TextIO | None = None, *, colors: bool = False, commands: bool = False
) -> None:
    """Print ``text``, harmless wherever it comes from: see :class:`SafeStream`.

    With ``colors`` or ``commands`` it has such of its own; what else is in it was made harmless.
    """
    target = stream or sys.stdout
    assert isinstance(target, SafeStream)
    target.send(text, colors=colors, commands=commands)


def standard_output() -> SafeStream:
    """The stream that stands in Python's place since the program began."""
    assert isinstance(sys.stdout, SafeStream)
    return sys.stdout


def refuse(reason: str, hint: str) -> NoReturn:
    """Say on standard error why a command cannot go on and what to do, and exit 1."""
    write(f"error: {visible(reason)}\n  hint: {visible(hint)}\n", sys.stderr)
    raise typer.Exit(1)
