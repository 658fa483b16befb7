"""``rayjobs clusters``: the members of Karmada, and where platform.yaml says otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from generator.check.findings import checked
from generator.commands.clusters_text import as_text
from generator.console.karmada import ContextOption, KubeconfigOption, karmada
from generator.console.options import HERE, RootOption
from generator.console.printing import write
from generator.console.reporting import Output, write_json, write_patch
from generator.console.table import width_of
from generator.karmada.clusters.as_json import clusters_document
from generator.karmada.clusters.members import Member, read_members
from generator.karmada.clusters.mismatches import concerns, gpu_names
from generator.karmada.clusters.platform_change import with_clusters
from generator.model.platform.model import FILE
from generator.model.platform.validation import load_platform
from generator.render.drift import file_diff
from generator.source.locate import locate
from generator.source.repository_files import WorkTree


def clusters(
    root: RootOption = HERE,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    update_platform: Annotated[
        bool,
        typer.Option(
            "--update-platform",
            help="Print what would make platform.yaml's clusters so, as a diff for `git apply`.",
        ),
    ] = False,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
) -> None:
    """Say which clusters are members, what is free there, and what platform.yaml says otherwise.

    Exits 1 when a job that has not ended cannot be placed on a cluster that it targets, 3 when
    Karmada cannot be read.
    """
    if update_platform and form == "json":
        raise typer.BadParameter("--update-platform prints a diff only", param_hint="--format")
    fleet = checked(root, allow_no_jobs=True).fleet
    with karmada(kubeconfig, context) as plane:
        members, states = read_members(plane, gpu_names(fleet.platform))
    if update_platform:
        _print_change(root, members)
        return
    found = concerns(fleet, members, states)
    if form == "json":
        write_json(clusters_document(members.values(), found))
    else:
        write(as_text(members.values(), found, width_of(sys.stdout)))
    if any(one.stops_jobs for one in found):
        raise typer.Exit(1)


def _print_change(root: Path, members: dict[str, Member]) -> None:
    """Exits 1 where platform.yaml is not valid: there is nothing to change then."""
    files = WorkTree(root)
    platform, problems = load_platform(files)
    if platform is None:
        Output(quiet=True).refuse(locate(problems, lambda file: files.text(file).value))
    text = files.text(FILE).value or ""
    new = with_clusters(text, platform, members)
    if new != text:
        old = text.encode() if (root / FILE).exists() else None
        write_patch("".join(file_diff(FILE, old, new.encode())))
    else:
        write(f"{FILE} says what is there\n", sys.stderr)
