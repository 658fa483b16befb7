"""What ``rayjobs status --format json`` prints; its form is schemas/status.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

from generator.karmada.durations import iso
from generator.karmada.job_state import Run
from generator.karmada.status.job_status import JobStatus, Sync, took
from generator.karmada.status.problem import Problem
from generator.params.schema import DIALECT
from generator.reports.schema_parts import closed_object, or_null, text, texts

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


def status_document(statuses: Iterable[JobStatus], now: datetime) -> dict[str, Any]:
    """The jobs in their order, as they were at ``now``."""
    return {"version": VERSION, "time": iso(now), "jobs": [_job(one, now) for one in statuses]}


def _job(status: JobStatus, now: datetime) -> dict[str, Any]:
    state = status.state
    return {
        "namespace": status.namespace,
        "name": status.name,
        "file": status.file,
        "tenant": status.tenant,
        "sync": status.sync,
        "differences": list(status.differences),
        "state": status.phase or None,
        "scheduled": state.scheduled if state else None,
        "reason": state.reason if state else "",
        "message": state.message if state else "",
        "clusters": list(state.clusters) if state else [],
        "ended": status.has_ended,
        "failed": status.has_failed,
        "since": iso(status.since),
        "copies": [_copy(status, run, now) for run in status.runs],
        "problems": [_problem(one) for one in status.problems],
    }


def _copy(status: JobStatus, run: Run, now: datetime) -> dict[str, Any]:
    duration = took(run, now)
    is_known = run.has_ended or status.silences is not None
    silence = (status.silences or {}).get(run.cluster)
    departure = status.departures.get(run.cluster)
    return {
        "cluster": run.cluster,
        "applied": run.applied,
        "problem": run.problem,
        "jobDeploymentStatus": run.deployment,
        "jobStatus": run.job,
        "reason": run.reason,
        "message": run.message,
        "startTime": iso(run.started),
        "endTime": iso(run.ended),
        "seconds": None if duration is None else max(int(duration.total_seconds()), 0),
        "rayCluster": run.ray_cluster,
        "current": silence is None if is_known else None,
        "silentSince": iso(silence.since) if silence else None,
        "leavingSince": iso(departure.leave.since) if departure else None,
        "startsOn": list(departure.starts_on) if departure else [],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "id": problem.id,
        "cluster": problem.cluster,
        "message": problem.message,
        "hint": problem.hint,
    }


def status_schema() -> dict[str, Any]:
    """What :func:`status_document` gives, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "Jobs on Karmada, as rayjobs status prints them",
        "description": "What status prints with --format json.",
        **closed_object(
            version={"const": VERSION, "description": "Version of this form."},
            time=_time("When Karmada was asked.", None),
            jobs={
                "type": "array",
                "description": "The jobs that were asked about; all by namespace and name.",
                "items": closed_object(
                    namespace=text("Namespace of the RayJob."),
                    name=text("Its name."),
                    file=or_null("string", "Relative to the root; null where jobs/ has none."),
                    tenant=or_null("string", "Directory directly below jobs/."),
                    sync={
                        "enum": list(get_args(Sync)),
                        "description": "The RayJob on Karmada against the one in rendered/.",
                    },
                    differences=texts("JSON pointers to what Karmada lacks or has otherwise."),
                    state=or_null("string", "What it does; null where Karmada has it not."),
                    scheduled=or_null("boolean", "Karmada's; null before it has tried."),
                    reason=text("Reason of the binding's condition Scheduled; may be empty."),
                    message=text("Message of that condition; may be empty."),
                    clusters=texts("Members that it is placed on."),
                    ended={"type": "boolean", "description": "Whether every copy has ended."},
                    failed={"type": "boolean", "description": "Whether any copy has failed."},
                    since=_time("End, else beginning, else creation.", "Karmada has it not"),
                    copies={"type": "array", "description": "By cluster.", "items": _COPY},
                    problems={
                        "type": "array",
                        "description": "What is wrong, the most general first.",
                        "items": closed_object(
                            id=text("Kind of the problem."),
                            cluster=or_null("string", "Member that has it."),
                            message=text("What is wrong."),
                            hint=text("What to do."),
                        ),
                    },
                ),
            },
        ),
    }


def _time(description: str, null: str | None) -> dict[str, Any]:
    """A time; null where ``null`` says, if it ever is."""
    kind = {"type": ["string", "null"]} if null else {"type": "string"}
    more = f" Null where {null}." if null else ""
    return {**kind, "format": "date-time", "description": description + more}


_COPY = closed_object(
    cluster=text("Member."),
    applied={"type": "boolean", "description": "Whether Karmada has written it there."},
    problem=text("Why it has not; may be empty."),
    jobDeploymentStatus=text("KubeRay's; empty before it has looked at the RayJob."),
    jobStatus=text("Ray's; empty before it has the job."),
    reason=text("KubeRay's reason of a failure; may be empty."),
    message=text("KubeRay's or Ray's; may be empty."),
    startTime=_time("When KubeRay began with it.", "it has not"),
    endTime=_time("When it ended.", "it has not"),
    seconds={
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "From start to end, or until now; null where it has not begun.",
    },
    rayCluster=text("Name of its RayCluster in the member; may be empty."),
    current=or_null(
        "boolean",
        "False where its member does not answer and it had not ended: this is what was last heard. "
        "Null where the Clusters cannot be read.",
    ),
    silentSince=_time(
        "Since when Karmada does not reach that member.", "it is current, or Karmada does not say"
    ),
    leavingSince=_time("When its member began to leave Karmada.", "it is not leaving"),
    startsOn=texts("Members on which the job starts because that one is leaving, ended or not."),
)
