"""Tolerations, of nodes and of clusters alike."""

from __future__ import annotations

from collections.abc import Iterable

from generator.fields.labels import Toleration
from generator.render.manifests.objects import Node


def tolerations(given: Iterable[Toleration]) -> Node:
    """As Kubernetes and Karmada take them."""
    return [_toleration(one) for one in given]


def _toleration(one: Toleration) -> dict[str, Node]:
    found: dict[str, Node] = {"key": one.key, "operator": "Exists"}
    if one.value is not None:
        found |= {"operator": "Equal", "value": one.value}
    if one.effect:
        found["effect"] = one.effect
    return found
