"""Rules about how platform.yaml queues jobs, maps their priorities and marks their objects."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.tenants import Marks

PRIORITIES = error("platform/priorities", "Ranges of priorities overlap, or one is empty.")
PRIORITY_CLASS = error("platform/priority-class", "A range of priorities becomes no class.")
QUEUEING = error("platform/queueing", "A queue is named and nothing queues jobs.")
KUEUE_GROUP = error("platform/kueue-group", "The worker group has a name that Kueue needs.")
RESERVED_KEY = error(
    "platform/reserved-key", "A label or annotation that another program or setting writes."
)

_RESERVED_KEYS = {
    "batch.kubernetes.io/controller-uid": "Kubernetes writes it on the submitter's pods",
    "batch.kubernetes.io/job-name": "Kubernetes writes it on the submitter's pods",
    "controller-uid": "Kubernetes writes it on the submitter's pods",
    "job-name": "Kubernetes writes it on the submitter's pods",
    "algorithm": "each RayJob has it, with the name of its algorithm",
    "app.kubernetes.io/instance": "Argo CD may be set to know its objects by it",
    "app.kubernetes.io/name": "KubeRay writes it",
    "app.kubernetes.io/created-by": "KubeRay writes it",
    "kueue.x-k8s.io/queue-name": "scheduling.queue writes it",
    "kueue.x-k8s.io/priority-class": "scheduling.priorities writes it",
    "volcano.sh/queue-name": "scheduling.queue writes it",
}
# By config.kubernetes.io/local-config Flux leaves an object out (kustomize 5.8, api/konfig); by
# helm.sh/hook Argo CD deletes and makes it anew with a sync (gitops-engine, pkg/sync/hook).
_RESERVED_DOMAINS = (
    "argoproj.io",
    "config.k8s.io",
    "config.kubernetes.io",
    "fluxcd.io",
    "helm.sh",
    "karmada.io",
    "ray.io",
)
_GROUPS_OF_KUEUE = ("head", "submitter")


def check_platform_scheduling(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with scheduling and metadata taken by themselves."""
    for rule in (_ranges, _classes, _queueing, _groups, _keys):
        yield from rule(platform)


def _ranges(platform: Platform) -> Iterator[Diagnostic]:
    seen: list[tuple[int, int]] = []
    for index, one in enumerate(platform.scheduling.priorities):
        other = next((o for o in seen if one.least <= o[1] and o[0] <= one.most), None)
        if one.least > one.most:
            yield PRIORITIES.found(
                f"no priority is from {one.least} to {one.most}",
                hint="write the lower one as from",
                at=PLATFORM_FILE.at(pointer_of("scheduling", "priorities", index, "from")),
            )
        elif other:
            yield PRIORITIES.found(
                f"{one.least} to {one.most} overlaps {other[0]} to {other[1]}",
                hint="let each priority be in one range",
                at=PLATFORM_FILE.at(pointer_of("scheduling", "priorities", index, "from")),
            )
        else:
            seen.append((one.least, one.most))


def _classes(platform: Platform) -> Iterator[Diagnostic]:
    has_kueue = platform.scheduling.queueing == "kueue"
    for index, one in enumerate(platform.scheduling.priorities):
        at = pointer_of("scheduling", "priorities", index)
        if one.workload_priority_class and not has_kueue:
            yield PRIORITY_CLASS.found(
                f"{one.workload_priority_class} is a class of Kueue, which does not queue jobs",
                hint="set scheduling.queueing to kueue, or name a priorityClassName",
                at=PLATFORM_FILE.at(f"{at}/workloadPriorityClass"),
            )
        elif not (one.workload_priority_class or one.priority_class_name):
            yield PRIORITY_CLASS.found(
                f"{one.least} to {one.most} becomes no class",
                hint="name a priorityClassName, or a workloadPriorityClass of Kueue",
                at=PLATFORM_FILE.at(f"{at}/from"),
            )


def _queueing(platform: Platform) -> Iterator[Diagnostic]:
    scheduling = platform.scheduling
    if scheduling.queue and not scheduling.queueing:
        yield QUEUEING.found(
            f"the queue {scheduling.queue} has no effect: nothing queues jobs",
            hint="set scheduling.queueing to kueue or volcano",
            at=PLATFORM_FILE.at("/scheduling/queue"),
        )
    for name, tenant in platform.tenants.items():
        if tenant.queues and not scheduling.queueing:
            yield QUEUEING.found(
                f"the queues of {name} have no effect: nothing queues jobs",
                hint="set scheduling.queueing to kueue or volcano",
                at=PLATFORM_FILE.at(pointer_of("tenants", name, "queues"), on_key=True),
            )


def _groups(platform: Platform) -> Iterator[Diagnostic]:
    group = platform.ray.worker_group_name
    if platform.scheduling.queueing == "kueue" and group in _GROUPS_OF_KUEUE:
        yield KUEUE_GROUP.found(
            f'Kueue has a set of pods called "{group}" in each RayJob already',
            hint="give the worker group another name",
            at=PLATFORM_FILE.at("/ray/workerGroupName"),
        )


def _keys(platform: Platform) -> Iterator[Diagnostic]:
    metadata = platform.metadata
    yield from _keys_in(metadata, ("metadata",), metadata.tenant_label)
    for tenant, marks in metadata.tenants.items():
        yield from _keys_in(marks, ("metadata", "tenants", tenant), metadata.tenant_label)
    if metadata.tenant_label and (why := _why_reserved(metadata.tenant_label)):
        yield _reserved(metadata.tenant_label, why, pointer_of("metadata", "tenantLabel"))


def _keys_in(marks: Marks, at: tuple[str, ...], tenant_label: str | None) -> Iterator[Diagnostic]:
    for what, keys in (("labels", marks.labels), ("annotations", marks.annotations)):
        for key in keys:
            why = _why_reserved(key)
            if what == "labels" and key == tenant_label:
                why = "tenantLabel writes it"
            if why:
                yield _reserved(key, why, pointer_of(*at, what, key), on_key=True)


def _reserved(key: str, why: str, pointer: str, *, on_key: bool = False) -> Diagnostic:
    return RESERVED_KEY.found(
        f'"{key}" is taken: {why}',
        hint="choose a key of your own domain: example.com/cost-centre",
        at=PLATFORM_FILE.at(pointer, on_key=on_key),
    )


def _why_reserved(key: str) -> str:
    """Whose key it is; empty where it is free."""
    if key in _RESERVED_KEYS:
        return _RESERVED_KEYS[key]
    domain, slash, _ = key.rpartition("/")
    owner = next((d for d in _RESERVED_DOMAINS if domain == d or domain.endswith(f".{d}")), None)
    return f"keys of {owner} belong to its programs" if slash and owner else ""
