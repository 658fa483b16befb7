"""``rayjobs schema``: the JSON Schemas of what rayjobs reads and prints."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from generator.console.printing import write
from generator.fields.schemas import read_schema


def schema(
    name: Annotated[
        Literal[
            "params", "platform", "template",
            "archive", "clusters", "doctor", "history", "list", "report", "show", "status",
        ],
        typer.Argument(help="Which schema."),
    ] = "params",
) -> None:  # fmt: skip
    """Print a JSON Schema: of params.json, platform.yaml, a template, or what JSON output is."""
    write(read_schema(f"{name}.schema.json"))
