"""Check of what a member would lose if it left Karmada."""

from __future__ import annotations

from collections.abc import Iterator

from generator.live.checkup.finding import Finding, count, in_a_row, ok, warning
from generator.live.checkup.git import NAMESPACES
from generator.live.checkup.surroundings import Surroundings
from generator.live.control_plane import ControlPlane
from generator.live.holders import held_by
from generator.live.states import BINDINGS

_MADE_BY_KARMADA = "karmada.io/managed"
"""Label of what Karmada makes in a member, and of nothing that was there before.

Karmada deletes what has it, and leaves the rest alone (1.18, pkg/util/objectwatcher).
"""


def namespaces(seen: Surroundings) -> Iterator[Finding]:
    """Whether the namespaces of claims outlive the member's leaving."""
    wanted: dict[str, set[str]] = {}
    for claim in seen.fleet.claims.values():
        for cluster in claim.clusters:
            wanted.setdefault(cluster, set()).add(claim.namespace)
    # Also those whose jobs have gone: their results are still there.
    for (kind, namespace, _), held in held_by(seen.listed(BINDINGS)).items():
        if kind == "PersistentVolumeClaim":
            for cluster in held.clusters:
                wanted.setdefault(cluster, set()).add(namespace)

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        made = member.items(NAMESPACES, labelSelector=f"{_MADE_BY_KARMADA}=true")
        lost = sorted(wanted[name] & {one["metadata"]["name"] for one in made})
        if lost:
            message = (
                f"{name}: Karmada made {count(len(lost), 'namespace')}, and deletes what it made, "
                f"claims and all, once {name} leaves: {in_a_row(lost)}"
            )
            hint = (
                f"before, in {name}: kubectl label namespace NAME {_MADE_BY_KARMADA}-; "
                'docs/sync.md, "When a member leaves"'
            )
            yield warning(message, hint, lost)
        else:
            yield ok(f"{name}: would keep the namespaces of claims if it left")

    yield from seen.in_members(wanted, look)
