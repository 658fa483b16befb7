"""Checks of the members that jobs target: ready, to be asked, and with what jobs need there."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics.advice import Advice
from generator.diagnostics.names import first_few
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.resources import Resource
from generator.karmada.clusters.members import Member
from generator.karmada.clusters.mismatches import concerns
from generator.karmada.doctor.context import Context, unread
from generator.karmada.doctor.finding import Finding, counted
from generator.karmada.doctor.rendered_kinds import CLAIM, LISTS
from generator.render.manifests.storage import storage_class_of

_CLASSES = Resource("storage.k8s.io/v1", "storageclasses")
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def ready(context: Context) -> Iterator[Finding]:
    """Check whether jobs can be placed, and whether platform.yaml is right about clusters."""
    states = context.states()
    members = context.members(states.values())
    found = concerns(context.fleet, members, states)
    for one in found:
        advice = Advice(f"{one.cluster}: {one.advice.message}", one.advice.hint)
        yield Finding("problem" if one.stops_jobs else "warning", advice)
    if not found:
        yield Finding.ok(f"{counted(len(members), 'member')}, each ready and as platform.yaml says")


def proxy(context: Context) -> Iterator[Finding]:
    """Check whether the members that jobs target can be asked through Karmada."""
    for problem in context.unreadable.values():
        yield unread(problem)
    if names := context.readable(context.targets):
        yield Finding.ok(f"asked through Karmada's proxy: {first_few(names, 10)}")


def storage(context: Context) -> Iterator[Finding]:
    """Check whether the members have the claims that exist already, and storage classes."""
    platform = context.fleet.platform

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        classes: set[str | None] = set()
        for claim in context.fleet.claims.values():
            if name not in claim.clusters:
                continue
            if claim.is_rendered:
                classes.add(storage_class_of(claim, platform.storage))
            elif member.get(LISTS[CLAIM], claim.name, claim.namespace) is None:
                yield Finding.problem(
                    f"{name}: the claim {claim.namespace}/{claim.name} is not there",
                    "create it there, or give it a size, so that it is rendered",
                )
        if classes:
            yield from _classes(name, member, classes)

    clusters = {name for claim in context.fleet.claims.values() for name in claim.clusters}
    yield from context.in_members(clusters, look)


def _classes(name: str, member: ControlPlane, wanted: set[str | None]) -> Iterator[Finding]:
    there = {one["metadata"]["name"]: one for one in member.items(_CLASSES)}
    missing = sorted(one for one in wanted if one is not None and one not in there)
    known = f"there is: {', '.join(sorted(there))}" if there else "there is none"
    for one in missing:
        hint = f"{known}; claims wait for it"
        yield Finding.problem(f"{name}: there is no storage class {one}", hint)
    has_default = any(
        (one["metadata"].get("annotations") or {}).get(_IS_DEFAULT) == "true"
        for one in there.values()
    )
    if None in wanted and not has_default:
        hint = f"set storage.storageClassName in platform.yaml, or make one the default; {known}"
        message = f"{name}: a claim names no storage class, and none is the default"
        yield Finding.warning(message, hint)
    elif not missing:
        names = [one if one is not None else "the default" for one in sorted(wanted, key=str)]
        yield Finding.ok(f"{name}: has the storage classes of claims: {first_few(names, 10)}")


def gpus(context: Context) -> Iterator[Finding]:
    """Check whether the members count GPUs by the name that jobs ask for."""
    members, platform = context.members(), context.fleet.platform
    wanted = sorted(
        {
            name
            for one in context.fleet.submissions
            if one.job.resources.instance_resources.gpu_count
            for name in one.job.target_clusters
            if name in members
        }
    )
    for name in wanted:
        yield _gpus(members[name], platform.gpu_resource_of(name))
    if not wanted:
        yield Finding.ok("no job asks for GPUs of a member")


def _gpus(member: Member, name: str) -> Finding:
    if name in member.gpu_names:
        return Finding.ok(f"{member.name}: has {int(member.gpus[name].total)} of {name}")
    if member.gpu_names:
        there = ", ".join(member.gpu_names)
        return Finding.problem(
            f"{member.name}: its GPUs are called {there}, jobs ask for {name}",
            f"set clusters.{member.name}.gpuResourceName in platform.yaml",
        )
    return Finding.warning(
        f"{member.name}: no node has {name} now",
        "its jobs wait until a node comes; does the device plugin run on those that are there?",
    )
