"""What commands that ask Karmada share: which server, and what they say where it cannot be read."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated, TypeAlias

import typer

from generator.console.printing import write
from generator.diagnostics.characters import visible
from generator.karmada.client.control_plane import ControlPlane, connect
from generator.karmada.client.failures import LiveError

UNREADABLE = 3
"""Exit code where Karmada cannot be read."""

KubeconfigOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kubeconfig", metavar="FILE", help="Kubeconfig of Karmada's API server, else KUBECONFIG."
    ),
]
ContextOption: TypeAlias = Annotated[
    str | None, typer.Option("--context", help="Context of the kubeconfig, else its current one.")
]


def say(words: str) -> None:
    """Say on standard error what is waited for, or cannot be looked at."""
    write(f"{visible(words)}\n", sys.stderr)


@contextlib.contextmanager
def karmada(kubeconfig: str | None, context: str | None) -> Iterator[ControlPlane]:
    """The control plane; exits 3, and says why, where it or a member cannot be read."""
    try:
        yield connect(kubeconfig, context, say)
    except LiveError as problem:
        write(f"error: {visible(str(problem))}\n  hint: {problem.advice.hint}\n", sys.stderr)
        raise typer.Exit(UNREADABLE) from None
