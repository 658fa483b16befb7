"""Waiting until jobs are gone."""

from __future__ import annotations

from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.waiting import NotYetError, wait_for


def wait_gone(planes: ControlPlanes, name: str, namespace: str) -> None:
    """Until a RayJob, its policies and its Ray clusters are neither on Karmada nor in a member."""

    def look() -> None:
        left = [
            f"{kind} on {plane}"
            for plane in ("karmada", *MEMBERS)
            for kind, called in (
                ("RayJob", name),
                ("OverridePolicy", f"{name}-override"),
                ("PropagationPolicy", f"{name}-propagation"),
            )
            if (plane == "karmada" or kind == "RayJob")
            and planes[plane].get(kind, called, namespace) is not None
        ]
        left += [
            f"RayCluster {one['metadata']['name']} on {member}"
            for member in MEMBERS
            for one in planes[member].all_of("RayCluster", namespace)
            if one["metadata"]["name"].startswith(f"{name}-")
        ]
        if left:
            raise NotYetError(", ".join(left))

    wait_for(f"RayJob {namespace}/{name} gone", look, 180)


def wait_no_jobs(planes: ControlPlanes, *where: str) -> None:
    """Until no RayJob and no Ray cluster is left on the planes."""

    def look() -> None:
        left = [
            f"{kind} {one['metadata']['name']} on {plane}"
            for plane in where
            for kind in ("RayJob", "RayCluster")
            for one in planes[plane].all_of(kind)
        ]
        if left:
            raise NotYetError(", ".join(left[:5]))

    wait_for("no RayJob is left", look, 240)
