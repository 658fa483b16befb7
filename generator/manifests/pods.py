"""What platform.yaml adds to the specs of a job's pods."""

from __future__ import annotations

from generator.manifests.objects import Node
from generator.platform.model import Platform


def pod_settings(platform: Platform) -> dict[str, Node]:
    """Fields of a pod's spec that head, workers and submitter have alike; empty without any."""
    pods = platform.pods
    added: dict[str, Node] = {}
    if pods.service_account_name:
        added["serviceAccountName"] = pods.service_account_name
    if pods.image_pull_secrets:
        added["imagePullSecrets"] = [{"name": secret.name} for secret in pods.image_pull_secrets]
    return added
