"""Which fields are read of a member's pods, events and Workloads."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from generator.karmada.client.shapes import Conditions, Name, Named, Shape


class _Container(Shape):
    name: Name


class _PodSpec(Shape):
    node_name: str = ""
    containers: list[_Container] = Field(default_factory=list)


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


class _About(Shape):
    kind: str = ""
    name: str = ""


class _Series(Shape):
    count: int = 0
    last_observed_time: str = ""


class Event(Named):
    """Of a member."""

    involved_object: _About = _About()
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
