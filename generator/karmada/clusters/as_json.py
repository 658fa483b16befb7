"""What ``rayjobs clusters --format json`` prints; its form is schemas/clusters.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from generator.fields.settings import JsonModel
from generator.karmada.amounts import GIBIBYTE, JsonTime
from generator.karmada.clusters.members import Amount, Member
from generator.karmada.clusters.mismatches import Concern
from generator.repository.fleet import ObjectName

_Measure: TypeAlias = Annotated[float, Field(json_schema_extra={"minimum": 0})]
"""What a member sums wrongly is printed all the same."""


class TaintDocument(JsonModel):
    """A taint of a cluster."""

    key: str = Field(description="Key.")
    value: str = Field(description="Value; may be empty.")
    effect: str = Field(description="Effect.")


class AmountDocument(JsonModel):
    """How much of a resource a cluster has."""

    total: _Measure = Field(description="What nodes have for pods.")
    free: _Measure = Field(description="What no pod has asked for.")
    taken: _Measure = Field(description="What pods on nodes have asked for.")
    waiting: _Measure = Field(description="What pods ask for that have no node yet.")


class NameDocument(JsonModel):
    """A RayJob."""

    namespace: str = Field(description="Namespace.")
    name: str = Field(description="Name.")


class StartDocument(NameDocument):
    """A RayJob that starts elsewhere."""

    clusters: tuple[str, ...] = Field(description="The members on which they start.")


class PlacedDocument(JsonModel):
    """RayJobs of a cluster."""

    placed: tuple[NameDocument, ...] = Field(description="All.")
    not_ended: tuple[NameDocument, ...] = Field(description="Those whose copy there has not ended.")
    start_elsewhere: tuple[StartDocument, ...] = Field(
        description="Those that start on other members because this one is leaving, jobs that have "
        "ended as well."
    )


class ClusterDocument(JsonModel):
    """A member of Karmada."""

    name: str = Field(description="Name of the Cluster.")
    ready: bool = Field(description="Its condition Ready.")
    since: JsonTime | None = Field(
        description="Since when that is so; null where Karmada does not say."
    )
    reason: str = Field(description="Reason of that condition; may be empty.")
    message: str = Field(description="Message of that condition; may be empty.")
    leaving: bool = Field(description="Whether it is being unjoined.")
    leaving_since: JsonTime | None = Field(description="When that began; null where it has not.")
    kubernetes_version: str | None = Field(description="Null where Karmada does not know.")
    serves_ray_jobs: bool | None = Field(description="ray.io/v1; null where it is not known.")
    labels: dict[str, str] = Field(description="Labels of the Cluster.")
    taints: tuple[TaintDocument, ...] = Field(
        description="Taints, without those that Karmada sets itself."
    )
    cpu_cores: AmountDocument | None = Field(
        description="CPU cores; null where Karmada sums nothing."
    )
    memory_gib: AmountDocument | None = Field(
        alias="memoryGiB", description="GiB; null where Karmada sums nothing."
    )
    gpus: dict[str, Annotated[AmountDocument, Field(description="Of one resource.")]] = Field(
        description="GPUs, by resource."
    )
    jobs: PlacedDocument = Field(description="RayJobs that Karmada has placed there.")


class ConcernDocument(JsonModel):
    """What is wrong with a cluster."""

    id: str = Field(description="Kind of it; those about platform.yaml begin with platform-.")
    cluster: str = Field(description="Name of the cluster, which may be no member.")
    message: str = Field(description="What is wrong.")
    hint: str = Field(description="What to do.")
    stops_jobs: bool = Field(description="Whether jobs of this repository cannot be placed there.")


class ClustersDocument(JsonModel):
    """What clusters prints with --format json."""

    model_config = ConfigDict(title="Member clusters, as rayjobs clusters prints them")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    clusters: tuple[ClusterDocument, ...] = Field(description="The members, by name.")
    concerns: tuple[ConcernDocument, ...] = Field(description="What is wrong, by cluster.")


def clusters_document(members: Iterable[Member], concerns: Iterable[Concern]) -> ClustersDocument:
    """Return the members by name, and what is wrong."""
    return ClustersDocument(
        version=1,
        clusters=tuple(map(_member, members)),
        concerns=tuple(map(_concern, concerns)),
    )


def _concern(one: Concern) -> ConcernDocument:
    return ConcernDocument(
        id=one.id, cluster=one.cluster, **asdict(one.advice), stops_jobs=one.stops_jobs
    )


def _member(member: Member) -> ClusterDocument:
    return ClusterDocument(
        name=member.name,
        ready=member.is_ready,
        since=member.since,
        reason=member.reason,
        message=member.message,
        leaving=member.leave is not None,
        leaving_since=member.leave.since if member.leave else None,
        kubernetes_version=member.kubernetes or None,
        serves_ray_jobs=member.serves_ray_jobs,
        labels=dict(member.labels),
        taints=tuple(
            TaintDocument(**{part: one.get(part) or "" for part in TaintDocument.model_fields})
            for one in member.taints
        ),
        cpu_cores=_amount(member.cpu) if member.cpu else None,
        memory_gib=_amount(member.memory, GIBIBYTE) if member.memory else None,
        gpus={name: _amount(amount) for name, amount in member.gpus.items()},
        jobs=PlacedDocument(
            placed=_names(member.placed),
            not_ended=_names(member.going),
            start_elsewhere=tuple(
                StartDocument(namespace=namespace, name=name, clusters=one.starts_on)
                for (namespace, name), one in member.departures.items()
                if one.starts_on
            ),
        ),
    )


def _amount(amount: Amount, unit: int = 1) -> AmountDocument:
    parts = AmountDocument.model_fields
    return AmountDocument(**{part: round(float(getattr(amount, part) / unit), 2) for part in parts})


def _names(names: Iterable[ObjectName]) -> tuple[NameDocument, ...]:
    return tuple(NameDocument(namespace=namespace, name=name) for namespace, name in names)
