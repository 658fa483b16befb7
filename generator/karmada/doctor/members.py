"""Checks of the members that jobs target: ready, to be asked, and with what jobs need there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from generator.diagnostics.diagnostic import Advice
from generator.diagnostics.wording import first_few
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import Resource
from generator.karmada.client.shapes import Named, Shape, Texts
from generator.karmada.clusters.members import Member
from generator.karmada.clusters.mismatches import concerns
from generator.karmada.doctor.finding import CLAIM, LISTS, Context, Finding, counted, unread
from generator.render.namespace import storage_class_of

_CLASSES = Resource("storage.k8s.io/v1", "storageclasses")
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_VARIABLE = "DELETE_RAYJOB_CR_AFTER_JOB_FINISHES"
"""Of the operator's environment; nothing else sets it, its configuration file neither.

KubeRay 1.6, ray-operator/controllers/ray/rayjob_controller.go.
"""
_OPERATOR = "kuberay-operator"
_OPERATOR_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component")
"""One of which is the operator's name, by its Helm chart or by its kustomization (KubeRay 1.6)."""
_OPERATOR_IMAGE = re.compile(r"kuberay[/-]operator")
_KEEP = f'docs/sync.md, "What has to be there": the operator must not have {_VARIABLE}=true'


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
        yield Finding.problem(
            f"{name}: there is no storage class {one}", f"{known}; claims wait for it"
        )
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
    jobs = (one.job for one in context.fleet.submissions)
    asking = (one for one in jobs if one.resources.instance_resources.gpu_count)
    wanted = sorted(members.keys() & {name for one in asking for name in one.target_clusters})
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


class _Variable(Shape):
    name: str = ""
    value: str = ""
    value_from: dict[str, Any] = Field(default_factory=dict)


class _Container(Shape):
    name: str = ""
    image: str = ""
    env: list[_Variable] = Field(default_factory=list)
    env_from: list[dict[str, Any]] = Field(default_factory=list)


class _PodSpec(Shape):
    containers: list[_Container] = Field(default_factory=list)


class _LabelsOnly(Shape):
    labels: Texts = Field(default_factory=dict)


class _Template(Shape):
    metadata: _LabelsOnly = _LabelsOnly()
    spec: _PodSpec = _PodSpec()


class _DeploymentSpec(Shape):
    template: _Template = _Template()


class Deployment(Named):
    """Of a member."""

    spec: _DeploymentSpec = _DeploymentSpec()


_DEPLOYMENTS = Resource("apps/v1", "deployments", Deployment)


def operator(context: Context) -> Iterator[Finding]:
    """Check whether KubeRay's operator leaves RayJobs that have ended."""

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        operators = [one for one in member.items(_DEPLOYMENTS) if _is_operator(one)]
        for one in operators:
            yield _of_operator(name, one)
        if not operators:
            yield Finding.warning(f"{name}: no Deployment of KubeRay's operator was found", _KEEP)

    yield from context.in_members(context.targets, look)


def _containers(deployment: Object) -> list[Object]:
    found: list[Object] = _template(deployment).get("spec", {}).get("containers", [])
    return found


def _template(deployment: Object) -> Object:
    found: Object = deployment.get("spec", {}).get("template", {})
    return found


def _is_operator(deployment: Object) -> bool:
    metadata = deployment["metadata"]
    pods = _template(deployment).get("metadata", {}).get("labels", {})
    labels = {**pods, **metadata.get("labels", {})}
    return _OPERATOR in {metadata["name"], *(labels.get(key) for key in _OPERATOR_LABELS)} or any(
        one.get("name") == _OPERATOR
        or _OPERATOR_IMAGE.search(one.get("image", ""))
        or any(variable.get("name") == _VARIABLE for variable in one.get("env", []))
        for one in _containers(deployment)
    )


def _of_operator(member: str, deployment: Object) -> Finding:
    metadata = deployment["metadata"]
    what = f"{member}: KubeRay's operator {metadata.get('namespace', '')}/{metadata['name']}"
    values = [_value(one) for one in _containers(deployment)]
    if any(value is not None and value.lower() == "true" for value in values):
        message = f"{what} deletes RayJobs that have ended: Karmada makes them anew, and they train"
        return Finding.problem(f"{message} again, for ever", _KEEP)
    if None in values:
        message = f"not looked at: {what} takes variables from elsewhere"
        return Finding.warning(message, f"see there that {_VARIABLE} is not true")
    return Finding.ok(f"{what} keeps RayJobs that have ended")


def _value(container: Mapping[str, Any]) -> str | None:
    """Return the variable's value in a container: "" where it is not set, None if it is unknown."""
    for one in reversed(container.get("env", [])):  # of two the last counts
        if one.get("name") == _VARIABLE:
            value = str(one.get("value", ""))
            # Kubernetes expands $(NAME) with what the container's other variables are.
            return None if one.get("valueFrom") or "$(" in value else value
    return None if container.get("envFrom") else ""
