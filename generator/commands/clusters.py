"""``rayjobs clusters`` and ``doctor``: what members have, and what they lack for a job."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Literal

import typer

from generator.check.outcome import checked
from generator.console.jobs import UNREADABLE, ContextOption, KubeconfigOption, karmada, say
from generator.console.reporting import (
    HERE,
    ColorOption,
    RootOption,
    is_colored_on,
    write_json,
)
from generator.console.streams import write
from generator.console.terminal import Column, table, width_of
from generator.diagnostics.wording import visible
from generator.karmada.amounts import GIBIBYTE
from generator.karmada.client.control_plane import connect
from generator.karmada.clusters.as_json import clusters_document
from generator.karmada.clusters.members import Amount, Member, read_members
from generator.karmada.clusters.mismatches import Concern, change_in_words, concerns, gpu_names
from generator.karmada.doctor.run import doctor_document, doctor_text, run

_COLUMNS = (
    Column("CLUSTER"),
    Column("READY"),
    Column("RAYJOBS", rank=1),
    Column("KUBERNETES", rank=4),
    Column("FREE CPU", rank=2, is_number=True),
    Column("FREE GIB", rank=3, is_number=True),
    Column("FREE GPUS"),
    Column("JOBS", is_number=True),
)
_NO_MEMBERS = "Karmada has no members\n"
_YES_OR_NO = {True: "yes", False: "no", None: "?"}


def as_text(
    members: Iterable[Member], concerns: Iterable[Concern], change: str, width: int | None
) -> str:
    """What ``rayjobs clusters`` prints; free of all there is, jobs not ended of all placed."""
    rows = [_row(one) for one in members]
    told = (
        f"{visible(one.cluster)}: {visible(one.advice.message)}\n"
        f"  hint: {visible(one.advice.hint)}\n"
        for one in concerns
    )
    parts = (table(_COLUMNS, rows, width) if rows else _NO_MEMBERS, "".join(told), change)
    return "\n".join(filter(None, parts))


def _row(member: Member) -> list[str]:
    gpus = ", ".join(
        f"{name} {_of(amount)}" for name, amount in member.gpus.items() if amount.total
    )
    return [
        member.name,
        "leaving" if member.leave else _YES_OR_NO[member.is_ready],
        _YES_OR_NO[member.serves_ray_jobs],
        member.kubernetes,
        _of(member.cpu),
        _of(member.memory, GIBIBYTE),
        gpus,
        f"{len(member.going)}/{len(member.placed)}",
    ]


def _of(amount: Amount | None, unit: int = 1) -> str:
    """``12/64``: what is free of what there is, in whole units."""
    if amount is None:
        return ""
    return f"{int(amount.free / unit)}/{int(amount.total / unit)}"


def clusters(
    root: RootOption = HERE,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
) -> None:
    """Say which clusters are members, what is free there, and what platform.yaml says otherwise.

    Exits 1 when a job that has not ended cannot be placed on a cluster that it targets, 3 when
    Karmada cannot be read.
    """
    fleet = checked(root, allow_no_jobs=True).fleet
    with karmada(kubeconfig, context) as plane:
        members, states = read_members(plane, gpu_names(fleet.platform))
    found = concerns(fleet, members, states)
    if form == "json":
        write_json(clusters_document(members.values(), found))
    else:
        change = change_in_words(fleet.platform, members)
        write(as_text(members.values(), found, change, width_of(sys.stdout)))
    if any(one.stops_jobs for one in found):
        raise typer.Exit(1)


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
        write("".join(doctor_text(report, is_colored=is_colored)), colors=is_colored)
    if report.is_unreadable:
        raise typer.Exit(UNREADABLE)
    raise typer.Exit(int(report.has_problems))
