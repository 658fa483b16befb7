"""What is asked of API servers, by paths of names alone: no name can lead a request elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import Field

from generator.fields import kubernetes
from generator.karmada.client.answers import NotUnderstoodError
from generator.karmada.client.shapes import (
    Binding,
    Cluster,
    Conditions,
    HasName,
    Named,
    Policy,
    RayJob,
    Reference,
    Shape,
)

_is_name = re.compile(kubernetes.DNS_SUBDOMAIN).fullmatch


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of objects as API servers list it; ``shape`` has the fields that are read of each."""

    api_version: str
    plural: str
    shape: type[Named] = Named

    def segments(self, namespace: str | None = None, *below: str) -> tuple[str, ...]:
        """Return the path of the list, of one namespace or of all, and what stands below it."""
        group = (
            ("api", "v1") if self.api_version == "v1" else ("apis", *self.api_version.split("/"))
        )
        inside = () if namespace is None else ("namespaces", namespace)
        return (*group, *inside, self.plural, *below)


def path_of(segments: Iterable[str]) -> str:
    """``/api/v1/pods``. NotUnderstoodError where a segment is no name of Kubernetes.

    Every path that is asked for is made here.
    """
    named = []
    for one in segments:
        if len(one) > kubernetes.MAX_SUBDOMAIN or not _is_name(one):
            raise NotUnderstoodError(
                f"{one[:_SHOWN]!r} is no name that Kubernetes takes: nothing is asked about it",
                "see which cluster gives an object such a name, and whether it can be trusted",
            )
        named.append(quote(one, safe=""))
    return "".join(f"/{one}" for one in named)


_SHOWN = 80


class _PodSpec(Shape):
    node_name: str = ""
    containers: list[HasName] = Field(default_factory=list)


class _Said(Shape):
    reason: str = ""
    message: str = ""
    exit_code: int = 0


class _ContainerState(Shape):
    waiting: _Said = _Said()
    running: dict[str, Any] = Field(default_factory=dict)
    terminated: _Said = _Said()


class _ContainerStatus(Shape):
    name: str
    image: str = ""
    restart_count: int = 0
    state: _ContainerState = _ContainerState()
    last_state: _ContainerState = _ContainerState()


class _PodStatus(Conditions):
    phase: str = ""
    reason: str = ""
    message: str = ""
    container_statuses: list[_ContainerStatus] = Field(default_factory=list)
    init_container_statuses: list[_ContainerStatus] = Field(default_factory=list)


class Pod(Named):
    """Of a member."""

    spec: _PodSpec = _PodSpec()
    status: _PodStatus = _PodStatus()


class _Series(Shape):
    count: int = 0
    last_observed_time: str = ""


class Event(Named):
    """Of a member."""

    involved_object: Reference = Reference()
    series: _Series = _Series()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 0
    last_timestamp: str = ""
    event_time: str = ""


class Workload(Named):
    """Kueue's."""

    status: Conditions = Conditions()


RAYJOBS = Resource("ray.io/v1", "rayjobs", RayJob)
BINDINGS = Resource("work.karmada.io/v1alpha2", "resourcebindings", Binding)
CLUSTERS = Resource("cluster.karmada.io/v1alpha1", "clusters", Cluster)
POLICIES = Resource("policy.karmada.io/v1alpha1", "propagationpolicies", Policy)

PODS = Resource("v1", "pods", Pod)
EVENTS = Resource("v1", "events", Event)
WORKLOADS = tuple(
    Resource(f"kueue.x-k8s.io/{version}", "workloads", Workload)
    for version in ("v1beta2", "v1beta1")
)
"""Kueue's, the newer version first: a member serves either."""
