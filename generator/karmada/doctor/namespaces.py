"""Checks of namespaces: those that Karmada lacks, and those that a leaving member would lose."""

from __future__ import annotations

from collections.abc import Iterator

from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.kinds import BINDINGS
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding, counted
from generator.karmada.doctor.rendered_kinds import LISTS, NAMESPACE
from generator.karmada.holding_policy import held_by
from generator.model.platform.model import FILE

_MADE_BY_KARMADA = "karmada.io/managed"
"""Label of what Karmada makes in a member, and of nothing that was there before.

Karmada deletes what has it, and leaves the rest alone (1.18, pkg/util/objectwatcher).
"""


def on_karmada(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has the namespaces of what is rendered."""
    there = {name for _, _, name in context.on_karmada(NAMESPACE)}
    missing = [one for one in context.fleet.namespaces if one not in there]
    made = {*context.fleet.kept_namespaces}
    if by_sync := [one for one in missing if one in made]:
        message = f"Karmada does not have {counted(len(by_sync), 'namespace')} yet"
        hint = "the first sync makes it; where its Secrets are made by hand before, apply its file"
        yield Finding.warning(message, hint, by_sync)
    if by_nobody := [one for one in missing if one not in made]:
        message = f"Karmada does not have {counted(len(by_nobody), 'namespace')}"
        hint = f"list it below namespaces in {FILE}, or create it: no sync engine makes it"
        yield Finding.problem(message, hint, by_nobody)
    if not missing:
        number = counted(len(context.fleet.namespaces), "namespace")
        yield Finding.ok(f"Karmada has {number} that jobs need")


def in_members(context: Context) -> Iterator[Finding]:
    """Check whether the namespaces of claims outlive the member's leaving."""
    wanted: dict[str, set[str]] = {}
    for claim in context.fleet.claims.values():
        for cluster in claim.clusters:
            wanted.setdefault(cluster, set()).add(claim.namespace)
    # Also those whose jobs have gone: their results are still there.
    for (kind, namespace, _), held in held_by(context.listed(BINDINGS)).items():
        if kind == "PersistentVolumeClaim":
            for cluster in held.clusters:
                wanted.setdefault(cluster, set()).add(namespace)

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        made = member.items(LISTS[NAMESPACE], labelSelector=f"{_MADE_BY_KARMADA}=true")
        lost = sorted(wanted[name] & {one["metadata"]["name"] for one in made})
        if lost:
            number = counted(len(lost), "namespace")
            message = (
                f"{name}: Karmada made {number}, and deletes what it made, "
                f"claims and all, once {name} leaves"
            )
            hint = (
                f"before, in {name}: kubectl label namespace NAME {_MADE_BY_KARMADA}-; "
                'docs/sync.md, "When a member leaves"'
            )
            yield Finding.warning(message, hint, lost)
        else:
            yield Finding.ok(f"{name}: would keep the namespaces of claims if it left")

    yield from context.in_members(wanted, look)
