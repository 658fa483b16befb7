"""On which nodes pods are put: in the RayJob where its clusters agree, else for each cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from generator.model.platform.clusters import MemberCluster
from generator.render.manifests.objects import Node
from generator.render.manifests.tolerations import tolerations
from generator.repository.resolved_job import ResolvedJob

Role: TypeAlias = Literal["head", "worker", "submitter"]
Place: TypeAlias = tuple[Role, str]
"""A pod template, and the field of it that says something of nodes."""

ROLES: tuple[Role, ...] = ("head", "worker", "submitter")


@dataclass(frozen=True, slots=True)
class Nodes:
    """What the clusters of a job say of nodes.

    ``agreed`` is the same on all of them; ``differing`` is what each says besides. GPUs are counted
    by ``gpu_resource_name``, except where ``other_gpus`` has another for the cluster.
    """

    agreed: Mapping[Place, Node]
    differing: Mapping[str, Mapping[Place, Node]]
    gpu_resource_name: str
    other_gpus: Mapping[str, str]

    def of(self, role: Role) -> dict[str, Node]:
        """The fields of a pod template on which all clusters agree."""
        return {field: value for (of, field), value in self.agreed.items() if of == role}

    @property
    def says_something_of_the_submitter(self) -> bool:
        """Whether any cluster does."""
        places = [self.agreed, *self.differing.values()]
        return any(role == "submitter" for said in places for role, _ in said)


def nodes_of(one: ResolvedJob) -> Nodes:
    """What the target clusters of a job say of nodes."""
    job, platform = one.job, one.platform
    if not platform.clusters or not job.target_clusters:
        return _nothing_said(platform.ray.gpu_resource_name)
    clusters = {name: platform.clusters.get(name) for name in job.target_clusters}
    has_gpus = job.resources.instance_resources.gpu_count > 0
    said = {name: _said_by(cluster, has_gpus=has_gpus) for name, cluster in clusters.items()}
    first, *others = said.values()
    agreed = {
        place: value
        for place, value in first.items()
        if all(place in other and other[place] == value for other in others)
    }
    differing = {
        name: {place: value for place, value in places.items() if place not in agreed}
        for name, places in said.items()
    }
    gpus = {name: platform.gpu_resource_of(name) for name in clusters}
    common, *unlike = set(gpus.values())
    if unlike:
        common = platform.ray.gpu_resource_name
    return Nodes(
        agreed,
        {name: places for name, places in differing.items() if places},
        common,
        {name: gpu for name, gpu in gpus.items() if has_gpus and gpu != common},
    )


@lru_cache(maxsize=16)
def _nothing_said(gpu_resource_name: str) -> Nodes:
    return Nodes({}, {}, gpu_resource_name, {})


def _said_by(cluster: MemberCluster | None, *, has_gpus: bool) -> dict[Place, Node]:
    """What a cluster says of each pod template, in a fixed order."""
    found: dict[Place, Node] = {}
    if cluster is None:
        return found
    for role in ROLES:
        chosen = [cluster.pods]
        if role == "worker" and has_gpus:
            chosen.append(cluster.gpu_pods)
        selector = {k: v for choice in chosen for k, v in choice.node_selector.items()}
        tolerated = [one for choice in chosen for one in choice.tolerations]
        if selector:
            found[role, "nodeSelector"] = {key: selector[key] for key in sorted(selector)}
        if tolerated:
            found[role, "tolerations"] = tolerations(tolerated)
    return found
