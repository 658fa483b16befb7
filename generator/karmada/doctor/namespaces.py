"""Checks of what holds objects: namespaces, classes and queues, and other policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import BINDINGS, Resource
from generator.karmada.client.shapes import Policy, flaw
from generator.karmada.doctor.finding import (
    CLAIM,
    EXTERNAL_SECRET,
    LISTS,
    NAMESPACE,
    PROPAGATION_POLICY,
    RAYJOB,
    Context,
    Finding,
    counted,
)
from generator.karmada.job_state import Held, held_by, held_of, key_of_binding
from generator.karmada.rendered import ObjectKey, in_words
from generator.karmada.status.scheduling import Allowed, allowed_by, hand_over, is_foreign
from generator.model.platform.model import FILE

_MADE_BY_KARMADA = "karmada.io/managed"
"""Label of what Karmada makes in a member, and of nothing that was there before.

Karmada deletes what has it, and leaves the rest alone (1.18, pkg/util/objectwatcher).
"""
_PRIORITY_CLASSES = Resource("scheduling.k8s.io/v1", "priorityclasses")
_KUEUE = ("kueue.x-k8s.io/v1beta2", "kueue.x-k8s.io/v1beta1")
_VOLCANO = ("scheduling.volcano.sh/v1beta1",)
_SELECTED = frozenset({EXTERNAL_SECRET, CLAIM, RAYJOB})


def on_karmada(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has the namespaces of what is rendered."""
    there = {name for _, _, name in context.on_karmada(NAMESPACE)}
    missing = [one for one in context.fleet.namespaces if one not in there]
    made = {*context.fleet.kept_namespaces}
    if by_sync := [one for one in missing if one in made]:
        message = f"Karmada does not have {counted(len(by_sync), 'namespace')} yet"
        hint = "the first sync makes it; where its Secrets are made by hand before, apply its file"
        yield Finding.warning(message, hint, by_sync)
    if by_nobody := [one for one in missing if one not in made]:
        message = f"Karmada does not have {counted(len(by_nobody), 'namespace')}"
        hint = f"list it below namespaces in {FILE}, or create it: no sync engine makes it"
        yield Finding.problem(message, hint, by_nobody)
    if not missing:
        number = counted(len(context.fleet.namespaces), "namespace")
        yield Finding.ok(f"Karmada has {number} that jobs need")


def in_members(context: Context) -> Iterator[Finding]:
    """Check whether the namespaces of claims outlive the member's leaving."""
    wanted: dict[str, set[str]] = {}
    for claim in context.fleet.claims.values():
        for cluster in claim.clusters:
            wanted.setdefault(cluster, set()).add(claim.namespace)
    # Also those whose jobs have gone: their results are still there.
    for (kind, namespace, _), held in held_by(context.listed(BINDINGS)).items():
        if kind == "PersistentVolumeClaim":
            for cluster in held.clusters:
                wanted.setdefault(cluster, set()).add(namespace)

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        made = member.items(LISTS[NAMESPACE], labelSelector=f"{_MADE_BY_KARMADA}=true")
        lost = sorted(wanted[name] & {one["metadata"]["name"] for one in made})
        if lost:
            number = counted(len(lost), "namespace")
            message = (
                f"{name}: Karmada made {number}, and deletes what it made, "
                f"claims and all, once {name} leaves"
            )
            hint = (
                f"before, in {name}: kubectl label namespace NAME {_MADE_BY_KARMADA}-; "
                'docs/sync.md, "When a member leaves"'
            )
            yield Finding.warning(message, hint, lost)
        else:
            yield Finding.ok(f"{name}: would keep the namespaces of claims if it left")

    yield from context.in_members(wanted, look)


def priority_classes(context: Context) -> Iterator[Finding]:
    """Check whether the members have the classes that priorities become."""
    ranges = context.fleet.platform.scheduling.priorities
    classes = sorted({*filter(None, (one.priority_class_name for one in ranges))})
    workload = sorted({*filter(None, (one.workload_priority_class for one in ranges))})

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
    versions: Iterable[str],
    plural: str,
    name: str,
    namespace: str | None = None,
) -> Object | None:
    """Return the object in whichever version it is served, or None."""
    found = (member.get(Resource(version, plural), name, namespace) for version in versions)
    return next((one for one in found if one is not None), None)


@dataclass(frozen=True, slots=True)
class _Placed:
    """An object that rendered/ has a policy for, and what Karmada does with it."""

    key: ObjectKey
    allowed: Allowed
    held: Held

    @property
    def words(self) -> str:
        """``RayJob default/train-1 (on south; rendered/: one of north, west)``."""
        there = ", ".join(self.held.clusters) or "no cluster"
        return f"{in_words(self.key)} (on {there}; rendered/: {self.allowed.words})"


def holders(context: Context) -> Iterator[Finding]:
    """Check whether another policy holds an object, or it is where rendered/ does not place it."""
    placed = list(_placed(context))
    foreign: dict[str, list[_Placed]] = {}
    elsewhere: list[str] = []
    for one in placed:
        if is_foreign(one.held.policy, one.key):
            foreign.setdefault(one.held.policy, []).append(one)
        elif {*one.held.clusters} - one.allowed.clusters:
            elsewhere.append(one.words)
    for policy, objects in sorted(foreign.items()):
        names = [one.words for one in objects]
        held = counted(len(names), "object")
        message = f"{policy} holds {held} in the place of rendered/'s policy"
        hint = hand_over(one.key for one in objects)
        yield Finding.problem(message, hint, names)
    if elsewhere:
        message = f"{counted(len(elsewhere), 'object')} where rendered/ does not place them"
        hint = (
            "see whether the sync engine has applied the last commit; a claim or Secret is also "
            "where an object is whose policy has propagateDeps"
        )
        yield Finding.warning(message, hint, elsewhere)
    if placed and not foreign and not elsewhere:
        number = counted(len(placed), "object")
        yield Finding.ok(f"no other policy holds any of {number} of rendered/")


def _placed(context: Context) -> Iterator[_Placed]:
    bindings = {key_of_binding(one): one for one in context.listed(BINDINGS)}
    # What is listed anyway; of Secrets there are the bindings alone.
    listed = {
        key: one["metadata"]
        for kind in LISTS
        if kind in _SELECTED and kind in context.rendered
        for key, one in context.on_karmada(kind).items()
    }
    for policy in (one.value for one in context.rendered.get(PROPAGATION_POLICY, ())):
        if flaw(Policy, policy):  # edited by hand, which another check says
            continue
        for selector in policy.get("spec", {}).get("resourceSelectors", ()):
            key = selector.get("kind"), policy["metadata"].get("namespace"), selector.get("name")
            held = held_of(listed.get(key, {}), bindings.get(key))
            yield _Placed(key, allowed_by(policy), held)
