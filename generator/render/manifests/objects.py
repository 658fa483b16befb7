"""What a manifest is made of: plain trees that the emitter writes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Node: TypeAlias = "str | bool | int | list[Node] | dict[str, Node]"
"""A part of an object."""
Object: TypeAlias = dict[str, Node]
"""A Kubernetes object, keys in the order in which they are written."""
APPLIED_FIRST = {"argocd.argoproj.io/sync-wave": "-1"}
"""Annotation of what has to be there before the objects that it is about.

Karmada gives an object for good to the first policy that matches it, which may be another's that
matches all of a kind (1.18, pkg/detector/policy.go), and a RayJob starts with what OverridePolicies
say just then. By itself Argo CD 3.2 sorts RayJobs and policies by name (gitops-engine,
sync_tasks.go); Flux applies policies before RayJobs, by group and kind (ssa/sort.go).
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of rendered/: its path below it, what it comes from, and its objects."""

    path: str
    source: str
    objects: tuple[Object, ...]


def metadata(name: str, namespace: str, **more: dict[str, str]) -> dict[str, Node]:
    """An object's metadata; ``more`` are labels and annotations."""
    return {"name": name, "namespace": namespace, **{key: dict(v) for key, v in more.items()}}
