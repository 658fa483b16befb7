"""What ``rayjobs clusters --format json`` prints; its form is schemas/clusters.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from generator.fleet import ObjectName
from generator.karmada.clusters.members import Amount, Member
from generator.karmada.clusters.mismatches import Concern
from generator.karmada.durations import iso
from generator.karmada.quantities import GIBIBYTE
from generator.params.schema import DIALECT
from generator.reports.schema_parts import closed_object, or_null, text, texts

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


def clusters_document(members: Iterable[Member], concerns: Iterable[Concern]) -> dict[str, Any]:
    """The members by name, and what is wrong."""
    return {
        "version": VERSION,
        "clusters": [_member(one) for one in members],
        "concerns": [
            {
                "id": one.id,
                "cluster": one.cluster,
                "message": one.message,
                "hint": one.hint,
                "stopsJobs": one.stops_jobs,
            }
            for one in concerns
        ],
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "ready": member.is_ready,
        "since": iso(member.since),
        "reason": member.reason,
        "message": member.message,
        "leaving": member.leave is not None,
        "leavingSince": iso(member.leave.since) if member.leave else None,
        "kubernetesVersion": member.kubernetes or None,
        "servesRayJobs": member.serves_ray_jobs,
        "labels": dict(member.labels),
        "taints": [
            {key: one.get(key) or "" for key in ("key", "value", "effect")} for one in member.taints
        ],
        "cpuCores": _amount(member.cpu),
        "memoryGiB": _amount(member.memory, GIBIBYTE),
        "gpus": {name: _amount(amount) for name, amount in member.gpus.items()},
        "jobs": {
            "placed": _names(member.placed),
            "notEnded": _names(member.going),
            "startElsewhere": [
                {"namespace": namespace, "name": name, "clusters": list(one.starts_on)}
                for (namespace, name), one in member.departures.items()
                if one.starts_on
            ],
        },
    }


def _amount(amount: Amount | None, unit: int = 1) -> dict[str, float] | None:
    if amount is None:
        return None
    parts = {
        "total": amount.total,
        "free": amount.free,
        "taken": amount.taken,
        "waiting": amount.waiting,
    }
    return {name: round(float(value / unit), 2) for name, value in parts.items()}


def _names(names: Iterable[ObjectName]) -> list[dict[str, str]]:
    return [{"namespace": namespace, "name": name} for namespace, name in names]


def clusters_schema() -> dict[str, Any]:
    """What :func:`clusters_document` gives, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "Member clusters, as rayjobs clusters prints them",
        "description": "What clusters prints with --format json.",
        **closed_object(
            version={"const": VERSION, "description": "Version of this form."},
            clusters={
                "type": "array",
                "description": "The members, by name.",
                "items": closed_object(
                    name=text("Name of the Cluster."),
                    ready={"type": "boolean", "description": "Its condition Ready."},
                    since=_time("Since when that is so; null where Karmada does not say."),
                    reason=text("Reason of that condition; may be empty."),
                    message=text("Message of that condition; may be empty."),
                    leaving={"type": "boolean", "description": "Whether it is being unjoined."},
                    leavingSince=_time("When that began; null where it has not."),
                    kubernetesVersion=or_null("string", "Null where Karmada does not know."),
                    servesRayJobs=or_null("boolean", "ray.io/v1; null where it is not known."),
                    labels=_texts_by_name("Labels of the Cluster."),
                    taints={
                        "type": "array",
                        "description": "Taints, without those that Karmada sets itself.",
                        "items": closed_object(
                            key=text("Key."),
                            value=text("Value; may be empty."),
                            effect=text("Effect."),
                        ),
                    },
                    cpuCores=_amount_schema("CPU cores; null where Karmada sums nothing.", True),
                    memoryGiB=_amount_schema("GiB; null where Karmada sums nothing.", True),
                    gpus={
                        "type": "object",
                        "description": "GPUs, by resource.",
                        "additionalProperties": _amount_schema("Of one resource."),
                    },
                    jobs={
                        "description": "RayJobs that Karmada has placed there.",
                        **closed_object(
                            placed=_names_schema("All."),
                            notEnded=_names_schema("Those whose copy there has not ended."),
                            startElsewhere={
                                "type": "array",
                                "description": "Those that start on other members because this "
                                "one is leaving, jobs that have ended as well.",
                                "items": closed_object(
                                    namespace=text("Namespace."),
                                    name=text("Name."),
                                    clusters=texts("The members on which they start."),
                                ),
                            },
                        ),
                    },
                ),
            },
            concerns={
                "type": "array",
                "description": "What is wrong, by cluster.",
                "items": closed_object(
                    id=text("Kind of it; those about platform.yaml begin with platform-."),
                    cluster=text("Name of the cluster, which may be no member."),
                    message=text("What is wrong."),
                    hint=text("What to do."),
                    stopsJobs={
                        "type": "boolean",
                        "description": "Whether jobs of this repository cannot be placed there.",
                    },
                ),
            },
        ),
    }


def _time(description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "format": "date-time", "description": description}


def _texts_by_name(description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": description,
    }


def _amount_schema(description: str, is_optional: bool = False) -> dict[str, Any]:
    form = closed_object(
        total=_measure("What nodes have for pods."),
        free=_measure("What no pod has asked for."),
        taken=_measure("What pods on nodes have asked for."),
        waiting=_measure("What pods ask for that have no node yet."),
    )
    if is_optional:
        form = {**form, "type": ["object", "null"]}
    return {"description": description, **form}


def _measure(description: str) -> dict[str, Any]:
    return {"type": "number", "minimum": 0, "description": description}


def _names_schema(description: str) -> dict[str, Any]:
    return {
        "type": "array",
        "description": description,
        "items": closed_object(namespace=text("Namespace."), name=text("Name.")),
    }
