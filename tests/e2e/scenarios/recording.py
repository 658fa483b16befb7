"""What API servers answered, kept for tests without them: RAYJOBS_RECORD=1 writes it."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.session.api import Object

_DIRECTORY = Path(__file__).resolve().parents[2] / "live" / "recorded"


def record(part: str, lists: Mapping[str, Sequence[Object]]) -> None:
    """Write lists by path, sorted by name; nothing where no recording is asked for."""
    if os.environ.get("RAYJOBS_RECORD") != "1":
        return
    kept = {
        path: sorted((_stripped(one) for one in objects), key=lambda one: one["metadata"]["name"])
        for path, objects in lists.items()
    }
    _DIRECTORY.mkdir(exist_ok=True)
    text = json.dumps(kept, indent=1, sort_keys=True)
    (_DIRECTORY / f"{part}.json").write_text(text + "\n", encoding="utf-8")


def _stripped(one: Object) -> Object:
    """Without what is long and nobody looks at, and without how a member is reached."""
    found = copy.deepcopy(one)
    found["metadata"].pop("managedFields", None)
    if "apiEnablements" in found.get("status", {}):
        for name in ("secretRef", "impersonatorSecretRef", "apiEndpoint", "resourceModels"):
            found["spec"].pop(name, None)
        # Of some 70 groups, the one that jobs need.
        enabled = found["status"]["apiEnablements"]
        found["status"]["apiEnablements"] = [
            one for one in enabled if one["groupVersion"] == "ray.io/v1"
        ]
    for container in found.get("spec", {}).get("containers", ()):
        # Of a pod: KubeRay's commands, variables and probes.
        for name in container.keys() - {"name", "image", "resources"}:
            del container[name]
    return found
