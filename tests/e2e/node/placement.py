"""Which pods the node takes: what a scheduler does, for one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.e2e.node.pod import Pod
from tests.e2e.node.quantities import quantity, requests
from tests.e2e.session.api import Object

ENDED = ("Succeeded", "Failed")


def reason_to_wait(
    pod: Pod, placed: Iterable[Pod], claims: Iterable[Object], capacity: dict[str, str]
) -> str | None:
    """Why ``pod`` cannot be placed yet, in the scheduler's words; None when it can."""
    bound = {
        claim["metadata"]["name"]: claim.get("status", {}).get("phase") == "Bound"
        for claim in claims
        if claim["metadata"]["namespace"] == pod.namespace
    }
    for name in pod.claims:
        if name not in bound:
            return f'persistentvolumeclaim "{name}" not found'
        if not bound[name]:
            return "pod has unbound immediate PersistentVolumeClaims"
    used: Counter[str] = sum(
        (requests(other) for other in placed if other.phase not in ENDED), Counter()
    )
    short = [
        f"Insufficient {name}"
        for name, asked in sorted(requests(pod).items())
        if used[name] + asked > quantity(capacity.get(name, "0")) * 1000
    ]
    return f"0/1 nodes are available: 1 {', '.join(short)}." if short else None
