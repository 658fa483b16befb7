"""The pod that submits a job to its Ray cluster, where KubeRay's own one would not do."""

from __future__ import annotations

from generator.render.manifests.objects import Node

_CONTAINER = "ray-job-submitter"


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
        "name": _CONTAINER,
        "image": head_image,
        "resources": {
            "limits": {"cpu": "1", "memory": "1Gi"},
            "requests": {"cpu": "500m", "memory": "200Mi"},
        },
        **added_to_container,
    }
    spec: dict[str, Node] = {**added, "containers": [container], "restartPolicy": "Never"}
    return {**metadata, "spec": spec}
