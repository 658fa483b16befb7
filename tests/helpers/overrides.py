"""What Karmada makes of a RayJob for a cluster, by the OverridePolicy beside it."""

from __future__ import annotations

import copy
from typing import Any


def patched(document: dict[str, Any], policy: dict[str, Any] | None, cluster: str) -> Any:
    """``document`` as ``cluster`` gets it: RFC 6902, as far as rayjobs uses it."""
    result = copy.deepcopy(document)
    for rule in policy["spec"]["overrideRules"] if policy else ():
        if cluster not in rule["targetCluster"]["clusterNames"]:
            continue
        for patch in rule["overriders"]["plaintext"]:
            *parents, last = patch["path"].split("/")[1:]
            node: Any = result
            for part in parents:
                node = node[int(part)] if isinstance(node, list) else node[part]
            assert patch["operator"] == "add" or last in node, "replace needs what it replaces"
            node[last] = copy.deepcopy(patch["value"])
    return result
