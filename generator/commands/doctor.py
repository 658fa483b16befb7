"""``rayjobs doctor``: what stands between this repository and a first job."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Literal

import typer

from generator.console.karmada import UNREADABLE, ContextOption, KubeconfigOption, say
from generator.console.options import HERE, ColorOption, RootOption
from generator.console.printing import write


def doctor(
    root: RootOption = HERE,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at the repository alone.")
    ] = False,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print it.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """Say what stands between this repository and a first job, and what to do.

    Exits 1 where there is a problem, 3 where Karmada cannot be read.
    """
    from generator.check.findings import checked
    from generator.karmada.client.control_plane import connect
    from generator.karmada.doctor.as_json import doctor_document
    from generator.karmada.doctor.as_text import doctor_text
    from generator.karmada.doctor.run import run

    loaded = checked(root, allow_no_jobs=True)
    report = run(root, loaded, None if offline else lambda: connect(kubeconfig, context, say))
    if form == "json":
        document = doctor_document(report).model_dump(by_alias=True)
        write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        is_colored = color == "always" or (
            color == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        )
        write(doctor_text(report, is_colored=is_colored), colors=is_colored)
    if report.is_unreadable:
        raise typer.Exit(UNREADABLE)
    raise typer.Exit(int(report.has_problems))
