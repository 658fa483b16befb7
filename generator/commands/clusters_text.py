"""The members as a table, and what is wrong below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from generator.console.table import Column, table
from generator.diagnostics.characters import visible
from generator.karmada.clusters.members import Amount, Member
from generator.karmada.clusters.mismatches import Concern
from generator.karmada.quantities import GIBIBYTE

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
_YES_OR_NO = {True: "yes", False: "no", None: "?"}


def as_text(members: Iterable[Member], concerns: Sequence[Concern], width: int | None) -> str:
    """What ``rayjobs clusters`` prints; free of all there is, jobs not ended of all placed."""
    rows = [_row(one) for one in members]
    lines = [table(_COLUMNS, rows, width) if rows else "Karmada has no members\n"]
    if concerns:
        lines.append("\n")
    for one in concerns:
        lines.append(
            f"{visible(one.cluster)}: {visible(one.advice.message)}\n"
            f"  hint: {visible(one.advice.hint)}\n"
        )
    return "".join(lines)


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
    return f"{_whole(amount.free, unit)}/{_whole(amount.total, unit)}"


def _whole(value: Fraction, unit: int) -> int:
    return int(value / unit)
