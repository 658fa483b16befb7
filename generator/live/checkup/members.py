"""Checks of the members that jobs target: ready, to be asked, and with what jobs need there."""

from __future__ import annotations

from collections.abc import Iterator

from generator.live.checkup.finding import Finding, count, in_a_row, ok, problem, warning
from generator.live.checkup.git import CLAIMS
from generator.live.checkup.surroundings import Surroundings, not_looked_at
from generator.live.clusters import Member
from generator.live.control_plane import ControlPlane
from generator.live.described import concerns
from generator.live.resources import Resource
from generator.manifests.storage import storage_class_of

_CLASSES = Resource("storage.k8s.io/v1", "storageclasses")
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def ready(seen: Surroundings) -> Iterator[Finding]:
    """Whether jobs can be placed where they want, and platform.yaml is right about clusters."""
    members = seen.members_with_jobs()
    found = concerns(seen.fleet, members, seen.states())
    for one in found:
        yield (problem if one.stops_jobs else warning)(f"{one.cluster}: {one.message}", one.hint)
    if not found:
        yield ok(f"{count(len(members), 'member')}, each ready and as platform.yaml says")


def proxy(seen: Surroundings) -> Iterator[Finding]:
    """Whether the members that jobs target can be asked through Karmada."""
    for refused in seen.closed.values():
        yield not_looked_at(refused)
    open_ones = [
        name
        for name, one in seen.members().items()
        if name in seen.targets and one.is_ready and name not in seen.closed
    ]
    if open_ones:
        yield ok(f"asked through Karmada's proxy: {in_a_row(open_ones, 10)}")


def storage(seen: Surroundings) -> Iterator[Finding]:
    """Whether the members have the storage classes of claims, and the claims that exist already."""
    platform = seen.fleet.platform

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        classes: set[str | None] = set()
        for claim in seen.fleet.claims.values():
            if name not in claim.clusters:
                continue
            if claim.is_rendered:
                classes.add(storage_class_of(claim, platform.storage))
            elif member.get(CLAIMS, claim.name, claim.namespace) is None:
                yield problem(
                    f"{name}: the claim {claim.namespace}/{claim.name} is not there",
                    "create it there, or give it a size, so that it is rendered",
                )
        if classes:
            yield from _classes(name, member, classes)

    clusters = {name for claim in seen.fleet.claims.values() for name in claim.clusters}
    yield from seen.in_members(clusters, look)


def _classes(name: str, member: ControlPlane, wanted: set[str | None]) -> Iterator[Finding]:
    there = {one["metadata"]["name"]: one for one in member.items(_CLASSES)}
    missing = sorted(one for one in wanted if one is not None and one not in there)
    known = f"there is: {', '.join(sorted(there))}" if there else "there is none"
    for one in missing:
        yield problem(f"{name}: there is no storage class {one}", f"{known}; claims wait for it")
    has_default = any(
        (one["metadata"].get("annotations") or {}).get(_IS_DEFAULT) == "true"
        for one in there.values()
    )
    if None in wanted and not has_default:
        hint = f"set storage.storageClassName in platform.yaml, or make one the default; {known}"
        yield warning(f"{name}: a claim names no storage class, and none is the default", hint)
    elif not missing:
        names = [one if one is not None else "the default" for one in sorted(wanted, key=str)]
        yield ok(f"{name}: has the storage classes of claims: {in_a_row(names, 10)}")


def gpus(seen: Surroundings) -> Iterator[Finding]:
    """Whether the members count GPUs by the name that jobs ask for."""
    members, platform = seen.members(), seen.fleet.platform
    wanted = sorted(
        {
            name
            for one in seen.fleet.submissions
            if one.job.resources.instance_resources.gpu_count
            for name in one.job.target_clusters
            if name in members
        }
    )
    for name in wanted:
        yield _gpus(members[name], platform.gpu_resource_of(name))
    if not wanted:
        yield ok("no job asks for GPUs of a member")


def _gpus(member: Member, name: str) -> Finding:
    if name in member.gpu_names:
        return ok(f"{member.name}: has {int(member.gpus[name].total)} of {name}")
    if member.gpu_names:
        there = ", ".join(member.gpu_names)
        return problem(
            f"{member.name}: its GPUs are called {there}, jobs ask for {name}",
            f"set clusters.{member.name}.gpuResourceName in platform.yaml",
        )
    return warning(
        f"{member.name}: no node has {name} now",
        "its jobs wait until a node comes; does the device plugin run on those that are there?",
    )
