"""Checks of the classes and queues that platform.yaml and jobs name, in the members."""

from __future__ import annotations

from collections.abc import Iterator

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import Resource
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding

_PRIORITY_CLASSES = Resource("scheduling.k8s.io/v1", "priorityclasses")
_KUEUE = ("kueue.x-k8s.io/v1beta2", "kueue.x-k8s.io/v1beta1")
_VOLCANO = ("scheduling.volcano.sh/v1beta1",)


def priority_classes(context: Context) -> Iterator[Finding]:
    """Check whether the members have the classes that priorities become."""
    ranges = context.fleet.platform.scheduling.priorities
    classes = sorted({one.priority_class_name for one in ranges if one.priority_class_name})
    workload = sorted(
        {one.workload_priority_class for one in ranges if one.workload_priority_class}
    )

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        missing = [
            f"PriorityClass {one}" for one in classes if member.get(_PRIORITY_CLASSES, one) is None
        ]
        if context.fleet.platform.scheduling.queueing == "kueue":
            missing += [
                f"WorkloadPriorityClass {one}"
                for one in workload
                if _first(member, _KUEUE, "workloadpriorityclasses", one) is None
            ]
        for what in missing:
            message = f"{name}: there is no {what}: pods that name it are refused"
            hint = "create it there, or take it out of scheduling.priorities in platform.yaml"
            yield Finding.problem(message, hint)
        if not missing:
            yield Finding.ok(f"{name}: has the classes that priorities become")

    if classes or workload:
        yield from context.in_members(context.targets, look)


def queues(context: Context) -> Iterator[Finding]:
    """Check whether the members have the queues that jobs wait in."""
    fleet, queueing = context.fleet, context.fleet.platform.scheduling.queueing
    wanted: dict[str, set[tuple[str, str]]] = {}
    for submission in fleet.submissions:
        if queue := fleet.resolved(submission).queue:
            for cluster in submission.job.target_clusters:
                wanted.setdefault(cluster, set()).add((submission.job.namespace, queue))

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        missing = []
        for namespace, queue in sorted(wanted[name]):
            if queueing == "kueue":
                what = f"LocalQueue {namespace}/{queue}"
                found = _first(member, _KUEUE, "localqueues", queue, namespace)
            else:
                what, found = f"Queue {queue}", _first(member, _VOLCANO, "queues", queue)
            if found is None and what not in missing:
                missing.append(what)
        for what in missing:
            hint = "create it there, or name another in the job or in scheduling.queue"
            yield Finding.problem(f"{name}: there is no {what}: jobs wait in it for ever", hint)
        if not missing:
            yield Finding.ok(f"{name}: has the queues that jobs wait in")

    yield from context.in_members(wanted, look)


def _first(
    member: ControlPlane,
    versions: tuple[str, ...],
    plural: str,
    name: str,
    namespace: str | None = None,
) -> Object | None:
    """Return the object in whichever version it is served, or None."""
    found = (member.get(Resource(version, plural), name, namespace) for version in versions)
    return next((one for one in found if one is not None), None)
