"""Labels and annotations: the platform's marks, and the labels by which jobs are queued."""

from __future__ import annotations

from generator.fleet import Fleet, Submission
from generator.manifests.objects import Node
from generator.platform.marks import Marks

_KUEUE_QUEUE = "kueue.x-k8s.io/queue-name"
_KUEUE_PRIORITY = "kueue.x-k8s.io/priority-class"
_VOLCANO_QUEUE = "volcano.sh/queue-name"
_VOLCANO_PRIORITY = "ray.io/priority-class-name"
"""KubeRay copies the last two from the RayJob to its PodGroup and pods, and needs no other label
to use Volcano (its batchscheduler/volcano, 1.6.0)."""


def job_marks(submission: Submission, fleet: Fleet) -> dict[str, dict[str, str]]:
    """Labels and annotations of the RayJob."""
    marks = pod_marks(submission, fleet)
    own = {"algorithm": submission.job.algorithm.algorithm_name}
    return {
        **marks,
        "labels": {**own, **queue_labels(submission, fleet), **marks.get("labels", {})},
    }


def pod_marks(submission: Submission, fleet: Fleet) -> dict[str, dict[str, str]]:
    """Labels and annotations of each pod; what there is none of is left out."""
    metadata = fleet.platform.metadata
    if not metadata.model_fields_set:
        return {}
    tenant = submission.tenant
    of_tenant = metadata.tenants.get(tenant or "", Marks())
    labels = {**metadata.labels, **of_tenant.labels}
    if metadata.tenant_label and tenant:
        labels[metadata.tenant_label] = tenant
    marks = {"labels": labels, "annotations": {**metadata.annotations, **of_tenant.annotations}}
    return {
        what: {key: texts[key] for key in sorted(texts)} for what, texts in marks.items() if texts
    }


def pod_metadata(submission: Submission, fleet: Fleet) -> dict[str, Node]:
    """The metadata of a pod template, or nothing."""
    marks = pod_marks(submission, fleet)
    return {"metadata": {what: dict(texts) for what, texts in marks.items()}} if marks else {}


def queue_labels(submission: Submission, fleet: Fleet) -> dict[str, str]:
    """Labels by which Kueue or Volcano queues the RayJob."""
    scheduling = fleet.platform.scheduling
    if scheduling.queueing is None:
        return {}
    chosen = scheduling.range_of(submission.job.priority)
    queue = fleet.queue(submission.job)
    if scheduling.queueing == "kueue":
        named = {
            _KUEUE_QUEUE: queue,
            _KUEUE_PRIORITY: chosen.workload_priority_class if chosen else None,
        }
    else:
        named = {
            _VOLCANO_QUEUE: queue,
            _VOLCANO_PRIORITY: chosen.priority_class_name if chosen else None,
        }
    return {label: name for label, name in named.items() if name}
