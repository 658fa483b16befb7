"""What a manifest is made of: plain trees that the emitter writes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Node: TypeAlias = "str | bool | int | list[Node] | dict[str, Node]"
"""A part of an object."""
Object: TypeAlias = dict[str, Node]
"""A Kubernetes object, keys in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of rendered/: its path below it, what it comes from, and its objects."""

    path: str
    source: str
    objects: tuple[Object, ...]


def metadata(name: str, namespace: str, **more: dict[str, str]) -> dict[str, Node]:
    """An object's metadata; ``more`` are labels and annotations."""
    return {"name": name, "namespace": namespace, **{key: dict(v) for key, v in more.items()}}
