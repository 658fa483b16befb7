"""``rayjobs doctor``: what stands between this repository and a first job."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from generator.cli.live import UNREADABLE, ContextOption, KubeconfigOption, say
from generator.cli.options import HERE, ColorOption, RootOption, write

if TYPE_CHECKING:
    from generator.live.checkup.examination import Examination


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
    from generator.live.checkup.examination import of_everything, of_repository
    from generator.live.control_plane import connect
    from generator.pipeline import load

    loaded = load(root, allow_no_jobs=True)
    if offline:
        found = of_repository(root, loaded)
    else:
        found = of_everything(root, loaded, lambda: connect(kubeconfig, context, say))
    if form == "json":
        import json

        from generator.live.checkup.checkup_json import doctor_document

        write(json.dumps(doctor_document(found), indent=2, ensure_ascii=False) + "\n")
    else:
        colors = _is_colored(color, sys.stdout)
        write(_as_text(found, is_colored=colors), colors=colors)
    if found.is_unreadable:
        raise typer.Exit(UNREADABLE)
    raise typer.Exit(int(found.has_problems))


def _is_colored(color: str, stream: TextIO) -> bool:
    if color != "auto":
        return color == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR")


_STYLES = {"ok": "32", "warning": "1;33", "problem": "1;31"}


def _as_text(found: Examination, *, is_colored: bool) -> str:
    from generator.characters import visible
    from generator.live.checkup.finding import count

    width = max(len(one.check) for one in found.results)
    lines = []
    for one in found.results:
        finding = one.finding
        word = f"{finding.outcome:7}"
        shown = f"\x1b[{_STYLES[finding.outcome]}m{word}\x1b[0m" if is_colored else word
        lines.append(f"{shown}  {one.check:{width}}  {visible(finding.message)}\n")
        if finding.hint:
            lines.append(f"{'':7}  {'':{width}}  hint: {visible(finding.hint)}\n")
    outcomes = [one.finding.outcome for one in found.results]
    problems, warnings = outcomes.count("problem"), outcomes.count("warning")
    lines.append(f"{count(problems, 'problem')}, {count(warnings, 'warning')}\n")
    return "".join(lines)
