"""What platform.yaml adds to the pods of a job, and to their containers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from generator.fields.labels import Toleration
from generator.model.platform.clusters import MemberCluster
from generator.model.platform.model import Platform
from generator.model.platform.pods import TEMPORARY
from generator.render.objects import Node
from generator.repository.resolved_job import ResolvedJob

Role: TypeAlias = Literal["head", "worker", "submitter"]
Place: TypeAlias = tuple[Role, str]
"""A pod template, and the field of it that says something of nodes."""

ROLES: tuple[Role, ...] = ("head", "worker", "submitter")


def pod_settings(platform: Platform) -> dict[str, Node]:
    """Fields of a pod's spec that head, workers and submitter have alike; empty without any."""
    pods = platform.pods
    added: dict[str, Node] = {}
    if pods.service_account_name:
        added["serviceAccountName"] = pods.service_account_name
    if pods.image_pull_secrets:
        added["imagePullSecrets"] = [{"name": secret.name} for secret in pods.image_pull_secrets]
    if context := pods.security_context.fields:
        added["securityContext"] = context
    return added


def container_settings(platform: Platform) -> dict[str, Node]:
    """Fields that the container of each pod has; empty without any.

    KubeRay gives them to the container as well that waits for the head before a worker starts
    (DefaultWorkerPodTemplate of KubeRay 1.6.0).
    """
    context = platform.pods.container_security_context.fields
    return {"securityContext": context} if context else {}


def temporary_volumes(platform: Platform, mounted: str | None) -> tuple[list[Node], list[Node]]:
    """A volume for temporary files and its mount, where nothing else lets Ray write them.

    ``mounted`` is where the claim is: a path is mounted once.
    """
    is_read_only = platform.pods.container_security_context.read_only_root_filesystem
    if not is_read_only or mounted == TEMPORARY:
        return [], []
    return [{"name": "tmp", "emptyDir": {}}], [{"name": "tmp", "mountPath": TEMPORARY}]


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


def submitter_template(
    head_image: str,
    metadata: dict[str, Node],
    added: dict[str, Node],
    added_to_container: dict[str, Node],
) -> dict[str, Node]:
    """The template of the submitter with ``added`` in its pod's spec.

    KubeRay takes a template whole or makes its own, and merges nothing (GetSubmitterTemplate of
    KubeRay 1.6.0). So this is its own: the container's name, by which it finds why
    a submission failed, the head's image, the resources, and a restart policy, which a Job has to
    have. Command and environment stay KubeRay's: it adds them where a template has no command.
    """
    container: Node = {
        "name": "ray-job-submitter",
        "image": head_image,
        "resources": {
            "limits": {"cpu": "1", "memory": "1Gi"},
            "requests": {"cpu": "500m", "memory": "200Mi"},
        },
        **added_to_container,
    }
    spec: dict[str, Node] = {**added, "containers": [container], "restartPolicy": "Never"}
    return {**metadata, "spec": spec}
