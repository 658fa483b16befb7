"""``rayjobs doctor``: what stands between this repository and a first job."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from generator.check.findings import checked
from generator.console.karmada import UNREADABLE, ContextOption, KubeconfigOption, say
from generator.console.options import HERE, ColorOption, RootOption
from generator.console.printing import write
from generator.console.reporting import is_colored_on, write_json
from generator.karmada.client.control_plane import connect
from generator.karmada.doctor.as_json import doctor_document
from generator.karmada.doctor.as_text import doctor_text
from generator.karmada.doctor.run import run


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
    loaded = checked(root, allow_no_jobs=True)
    report = run(root, loaded, None if offline else lambda: connect(kubeconfig, context, say))
    if form == "json":
        write_json(doctor_document(report))
    else:
        is_colored = is_colored_on(sys.stdout, color)
        write(doctor_text(report, is_colored=is_colored), colors=is_colored)
    if report.is_unreadable:
        raise typer.Exit(UNREADABLE)
    raise typer.Exit(int(report.has_problems))
