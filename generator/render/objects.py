"""What a manifest is made of: plain trees that the emitter writes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from generator.model.platform.tenants import Marks
from generator.repository.resolved_job import ResolvedJob

Node: TypeAlias = "str | bool | int | list[Node] | dict[str, Node]"
"""A part of an object."""
Object: TypeAlias = dict[str, Node]
"""A Kubernetes object, keys in the order in which they are written."""
_KUEUE_QUEUE = "kueue.x-k8s.io/queue-name"
_KUEUE_PRIORITY = "kueue.x-k8s.io/priority-class"
_VOLCANO_QUEUE = "volcano.sh/queue-name"
_VOLCANO_PRIORITY = "ray.io/priority-class-name"
"""KubeRay copies the last two from the RayJob to its PodGroup and pods, and needs no other label
to use Volcano (its batchscheduler/volcano, 1.6.0)."""

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


def job_marks(one: ResolvedJob) -> dict[str, dict[str, str]]:
    """Labels and annotations of the RayJob."""
    marks = pod_marks(one)
    own = {"algorithm": one.job.algorithm.algorithm_name}
    return {**marks, "labels": {**own, **queue_labels(one), **marks.get("labels", {})}}


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
    chosen = one.priority_range
    if queueing == "kueue":
        labels = (_KUEUE_QUEUE, _KUEUE_PRIORITY)
        priority = chosen.workload_priority_class if chosen else None
    else:
        labels = (_VOLCANO_QUEUE, _VOLCANO_PRIORITY)
        priority = chosen.priority_class_name if chosen else None
    return {name: value for name, value in zip(labels, (one.queue, priority), strict=True) if value}
