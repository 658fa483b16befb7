"""Check of KubeRay's operator in the members: a RayJob that it deletes runs again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import Resource
from generator.karmada.client.shapes import Named, Shape, Texts
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding

_VARIABLE = "DELETE_RAYJOB_CR_AFTER_JOB_FINISHES"
"""Of the operator's environment; nothing else sets it, its configuration file neither.

KubeRay 1.6, ray-operator/controllers/ray/rayjob_controller.go.
"""
_NAME = "kuberay-operator"
_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component")
"""One of which is the operator's name, by its Helm chart or by its kustomization (KubeRay 1.6)."""
_IMAGE = re.compile(r"kuberay[/-]operator")
_HINT = f'docs/sync.md, "What has to be there": the operator must not have {_VARIABLE}=true'


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
            yield Finding.warning(f"{name}: no Deployment of KubeRay's operator was found", _HINT)

    yield from context.in_members(context.targets, look)


def _containers(deployment: Object) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = (
        deployment.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    )
    return found


def _is_operator(deployment: Object) -> bool:
    metadata = deployment["metadata"]
    pods = deployment.get("spec", {}).get("template", {}).get("metadata", {}).get("labels", {})
    labels = {**pods, **metadata.get("labels", {})}
    return _NAME in {metadata["name"], *(labels.get(key) for key in _LABELS)} or any(
        one.get("name") == _NAME
        or _IMAGE.search(one.get("image", ""))
        or any(variable.get("name") == _VARIABLE for variable in one.get("env", []))
        for one in _containers(deployment)
    )


def _of_operator(member: str, deployment: Object) -> Finding:
    metadata = deployment["metadata"]
    what = f"{member}: KubeRay's operator {metadata.get('namespace', '')}/{metadata['name']}"
    values = [_value(one) for one in _containers(deployment)]
    if any(value is not None and value.lower() == "true" for value in values):
        message = f"{what} deletes RayJobs that have ended: Karmada makes them anew, and they train"
        return Finding.problem(f"{message} again, for ever", _HINT)
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
