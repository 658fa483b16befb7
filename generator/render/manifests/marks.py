"""Labels and annotations: the platform's marks, and the labels by which jobs are queued."""

from __future__ import annotations

from generator.model.platform.marks import Marks
from generator.render.manifests.objects import Node
from generator.repository.resolved_job import ResolvedJob

_KUEUE_QUEUE = "kueue.x-k8s.io/queue-name"
_KUEUE_PRIORITY = "kueue.x-k8s.io/priority-class"
_VOLCANO_QUEUE = "volcano.sh/queue-name"
_VOLCANO_PRIORITY = "ray.io/priority-class-name"
"""KubeRay copies the last two from the RayJob to its PodGroup and pods, and needs no other label
to use Volcano (its batchscheduler/volcano, 1.6.0)."""


def job_marks(one: ResolvedJob) -> dict[str, dict[str, str]]:
    """Labels and annotations of the RayJob."""
    marks = pod_marks(one)
    own = {"algorithm": one.job.algorithm.algorithm_name}
    return {
        **marks,
        "labels": {**own, **queue_labels(one), **marks.get("labels", {})},
    }


def pod_marks(one: ResolvedJob) -> dict[str, dict[str, str]]:
    """Labels and annotations of each pod; what there is none of is left out."""
    metadata = one.platform.metadata
    if not metadata.model_fields_set:
        return {}
    tenant = one.tenant
    of_tenant = metadata.tenants.get(tenant or "", Marks())
    labels = {**metadata.labels, **of_tenant.labels}
    if metadata.tenant_label and tenant:
        labels[metadata.tenant_label] = tenant
    marks = {"labels": labels, "annotations": {**metadata.annotations, **of_tenant.annotations}}
    return {
        what: {key: texts[key] for key in sorted(texts)} for what, texts in marks.items() if texts
    }


def pod_metadata(one: ResolvedJob) -> dict[str, Node]:
    """The metadata of a pod template, or nothing."""
    marks = pod_marks(one)
    return {"metadata": {what: dict(texts) for what, texts in marks.items()}} if marks else {}


def queue_labels(one: ResolvedJob) -> dict[str, str]:
    """Labels by which Kueue or Volcano queues the RayJob."""
    queueing = one.platform.scheduling.queueing
    if queueing is None:
        return {}
    chosen, queue = one.priority_range, one.queue
    if queueing == "kueue":
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
