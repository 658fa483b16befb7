"""Volumes for claims: what a provisioner does, with a directory for each claim."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.node.volumes import claim_directory
from tests.e2e.session.api import Api, Object


def provision(claims: list[Object], state: Path, api: Api) -> None:
    """Make a volume for each claim that waits for one; the cluster's controller binds the two.

    A claim of any storage class gets one.  The volume is kept when the claim goes, as a member
    that holds results should.
    """
    for claim in claims:
        if claim.get("status", {}).get("phase", "Pending") != "Pending":
            continue
        about = claim["metadata"]
        directory = claim_directory(state, about["namespace"], about["name"])
        directory.mkdir(parents=True, exist_ok=True)
        # And again in each look until its controller has bound the two.
        api.apply(_volume(claim, directory))


def _volume(claim: Object, directory: Path) -> Object:
    about, spec = claim["metadata"], claim["spec"]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{about['uid']}"},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "storageClassName": spec.get("storageClassName") or "",
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": str(directory)},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                **{key: about[key] for key in ("name", "namespace", "uid")},
            },
        },
    }
