"""What platform.yaml adds to the pods of a job, and to their containers."""

from __future__ import annotations

from typing import Any

from generator.manifests.objects import Node
from generator.params.model import Settings
from generator.platform.model import Platform
from generator.platform.security import TEMPORARY

_TEMPORARY = "tmp"


def pod_settings(platform: Platform) -> dict[str, Node]:
    """Fields of a pod's spec that head, workers and submitter have alike; empty without any."""
    pods = platform.pods
    added: dict[str, Node] = {}
    if pods.service_account_name:
        added["serviceAccountName"] = pods.service_account_name
    if pods.image_pull_secrets:
        added["imagePullSecrets"] = [{"name": secret.name} for secret in pods.image_pull_secrets]
    return {**added, **_given("securityContext", pods.security_context)}


def container_settings(platform: Platform) -> dict[str, Node]:
    """Fields that the container of each pod has; empty without any.

    KubeRay gives them to the container as well that waits for the head before a worker starts
    (DefaultWorkerPodTemplate of KubeRay 1.6.0).
    """
    return _given("securityContext", platform.pods.container_security_context)


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


def _given(name: str, settings: Settings) -> dict[str, Node]:
    """The settings that are given, below ``name``; empty without any."""
    fields = _pruned(settings.model_dump(by_alias=True, exclude_none=True))
    return {name: fields} if fields else {}


def _pruned(node: dict[str, Any]) -> dict[str, Any]:
    """``node`` without lists and objects that hold nothing."""
    fields = {key: _pruned(v) if isinstance(v, dict) else v for key, v in node.items()}
    return {key: value for key, value in fields.items() if value not in ([], {})}
