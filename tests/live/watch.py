"""What tests of watch share."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from generator.karmada.watch import Watched

RAYJOBS = "/apis/ray.io/v1/rayjobs"


BINDINGS = "/apis/work.karmada.io/v1alpha2/resourcebindings"


JOB = {"metadata": {"name": "train-1", "namespace": "default"}, "spec": {}}


def binding(deployment: str, job: str = "") -> dict[str, Any]:
    status = {"jobDeploymentStatus": deployment, "jobStatus": job}
    return {
        "metadata": {"name": "train-1-rayjob", "namespace": "default"},
        "spec": {
            "resource": {"kind": "RayJob", "name": "train-1", "namespace": "default"},
            "clusters": [{"name": "c1"}],
        },
        "status": {
            "conditions": [{"type": "Scheduled", "status": "True", "reason": "Success"}],
            "aggregatedStatus": [{"clusterName": "c1", "applied": True, "status": status}],
        },
    }


def event(kind: str, one: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "object": copy.deepcopy(one)}


def changes_until(watched: Watched, is_so: Callable[[], bool]) -> set[tuple[str, str]]:
    """The names that changed until something is so."""
    names: set[tuple[str, str]] = set()
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        names |= watched.changed(0.1)
    return names
