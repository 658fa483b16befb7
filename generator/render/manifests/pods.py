"""What platform.yaml adds to the pods of a job, and to their containers."""

from __future__ import annotations

from generator.model.platform.model import Platform
from generator.model.platform.security import TEMPORARY
from generator.render.manifests.objects import Node

_TEMPORARY = "tmp"


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
    if not platform.pods.container_security_context.read_only_root_filesystem:
        return [], []
    if mounted == TEMPORARY:
        return [], []
    return (
        [{"name": _TEMPORARY, "emptyDir": {}}],
        [{"name": _TEMPORARY, "mountPath": TEMPORARY}],
    )
