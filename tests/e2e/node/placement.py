"""Which pods the node takes: what a scheduler does, for one node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.e2e.node.pod import Pod
from tests.e2e.node.quantities import quantity, requests
from tests.e2e.session.api import Object

ENDED = ("Succeeded", "Failed")
_ONE_POD = "ReadWriteOncePod"
_IN_USE = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)


def reason_to_wait(
    pod: Pod, placed: Iterable[Pod], claims: Iterable[Object], capacity: dict[str, str]
) -> str | None:
    """Why ``pod`` cannot be placed yet, in the words of kube-scheduler 1.35; None when it can."""
    found = {
        claim["metadata"]["name"]: claim
        for claim in claims
        if claim["metadata"]["namespace"] == pod.namespace
    }
    for name in pod.claims:
        if name not in found:
            return f'persistentvolumeclaim "{name}" not found'
        if found[name].get("status", {}).get("phase") != "Bound":
            return "pod has unbound immediate PersistentVolumeClaims"
    running = [other for other in placed if other.phase not in ENDED]
    taken = {name for other in running if other.namespace == pod.namespace for name in other.claims}
    if any(_ONE_POD in found[name]["spec"]["accessModes"] for name in taken & set(pod.claims)):
        return f"0/1 nodes are available: 1 {_IN_USE}."
    used: Counter[str] = sum((requests(other) for other in running), Counter())
    short = [
        f"Insufficient {name}"
        for name, asked in sorted(requests(pod).items())
        if used[name] + asked > quantity(capacity.get(name, "0")) * 1000
    ]
    return f"0/1 nodes are available: 1 {', '.join(short)}." if short else None
