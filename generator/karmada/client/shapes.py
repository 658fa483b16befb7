"""Which fields of an answer are read, and of what type each has to be.

Whoever answers may answer anything, a member above all. So every answer is compared with its shape
where it comes in: behind that a field that is there is of its type, and a name is a name. What
nothing reads is not looked at.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from generator.fields import kubernetes

Name = Annotated[str, Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_SUBDOMAIN)]
NameOrNone = Annotated[
    str,
    Field(pattern=f"^$|{kubernetes.DNS_SUBDOMAIN}", max_length=kubernetes.MAX_SUBDOMAIN),
]
"""A name, or an empty text."""
Texts = dict[str, str]


class Shape(BaseModel):
    """What is read of an object; its fields are Kubernetes' in snake case."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel, defer_build=True)


class _Manager(Shape):
    manager: str = ""


class Metadata(Shape):
    """Of any object."""

    name: Name
    namespace: NameOrNone = ""
    uid: str = ""
    resource_version: str = ""
    labels: Texts = {}
    annotations: Texts = {}
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    managed_fields: list[_Manager] = []


class Named(Shape):
    """An object of which the metadata are read, and what is compared as it is."""

    metadata: Metadata


class Condition(Shape):
    """Of a status."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: str = ""


class Conditions(Shape):
    """What has conditions."""

    conditions: list[Condition] = []


class _RayJobSpec(Shape):
    ttl_seconds_after_finished: Annotated[
        int, Field(ge=-kubernetes.MAX_INT32, le=kubernetes.MAX_INT32)
    ] = 0


class RayJob(Named):
    """On Karmada, where its status is of no use: members' are in its binding."""

    spec: _RayJobSpec = _RayJobSpec()


class RunStatus(Shape):
    """What a member's KubeRay says of a copy, which Karmada hands on as it is."""

    job_deployment_status: str = ""
    job_status: str = ""
    reason: str = ""
    message: str = ""
    start_time: str = ""
    end_time: str = ""
    ray_cluster_name: NameOrNone = ""


class _ResourceOfBinding(Shape):
    kind: str = ""
    namespace: str = ""
    name: str


class HasName(Shape):
    """An entry of a list, of which the name is read."""

    name: Name


class _LabelSelector(Shape):
    match_labels: Texts = {}


class _Affinity(Shape):
    affinity_name: str = ""
    cluster_names: list[str] = []
    label_selector: _LabelSelector = _LabelSelector()


class _Toleration(Shape):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""


class _Spread(Shape):
    spread_by_field: str = ""
    max_groups: int = 0


class _Placement(Shape):
    cluster_affinity: _Affinity = _Affinity()
    cluster_affinities: list[_Affinity] = []
    cluster_tolerations: list[_Toleration] = []
    spread_constraints: list[_Spread] = []


class _Requiring(Shape):
    clusters: list[HasName] = []


class _BindingSpec(Shape):
    resource: _ResourceOfBinding
    clusters: list[HasName] = []
    required_by: list[_Requiring] = []
    placement: _Placement = _Placement()


class _Aggregated(Shape):
    cluster_name: Name
    applied: bool = False
    applied_message: str = ""


class _BindingStatus(Conditions):
    aggregated_status: list[_Aggregated] = []
    scheduler_observing_affinity_name: str = ""


class Binding(Named):
    """A ResourceBinding of Karmada."""

    spec: _BindingSpec
    status: _BindingStatus = _BindingStatus()


class _Taint(Shape):
    key: str
    value: str = ""
    effect: str = ""


class _ClusterSpec(Shape):
    taints: list[_Taint] = []


class _ServedKind(Shape):
    kind: str = ""


class _Served(Shape):
    group_version: str = ""
    resources: list[_ServedKind] = []


class _Summary(Shape):
    allocatable: dict[str, str | int] = {}
    allocated: dict[str, str | int] = {}
    allocating: dict[str, str | int] = {}


class _ClusterStatus(Conditions):
    kubernetes_version: str = ""
    api_enablements: list[_Served] = []
    resource_summary: _Summary = _Summary()


class Cluster(Named):
    """A member, as Karmada knows it."""

    spec: _ClusterSpec = _ClusterSpec()
    status: _ClusterStatus = _ClusterStatus()


class Reference(Shape):
    """By which an object names another."""

    kind: str = ""
    name: str = ""


class _PolicySpec(Shape):
    resource_selectors: list[Reference] = []
    placement: _Placement = _Placement()


class Policy(Named):
    """A PropagationPolicy or OverridePolicy."""

    spec: _PolicySpec = _PolicySpec()


class Secret(Named):
    """Of which only the keys are looked at."""

    data: dict[str, Any] = {}


def flaw(shape: type[Shape], value: object) -> str:
    """Return where and how ``value`` is not of the shape, without quoting it; "" where it is."""
    try:
        shape.model_validate(value)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:_SHOWN] or "it"
        return f"{place} {_FLAWS.get(first['type'], 'is not what it has to be')}"
    return ""


_SHOWN = 200
_FLAWS = {
    "bool_type": "is neither true nor false",
    "dict_type": "is no object",
    "int_type": "is no whole number",
    "list_type": "is no list",
    "missing": "is missing",
    "model_type": "is no object",
    "string_pattern_mismatch": "is no name that Kubernetes takes",
    "string_too_long": "is no name that Kubernetes takes",
    "string_type": "is no text",
    "string_unicode": "is no text",
}
