"""What ``rayjobs status --format json`` prints; its form is schemas/status.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from generator.fields.settings import JsonModel
from generator.karmada.amounts import JsonTime
from generator.karmada.job_state import Run
from generator.karmada.status.job_status import JobStatus, Sync, took


class CopyDocument(JsonModel):
    """A copy of a job."""

    cluster: str = Field(description="Member.")
    applied: bool = Field(description="Whether Karmada has written it there.")
    problem: str = Field(description="Why it has not; may be empty.")
    job_deployment_status: str = Field(
        description="KubeRay's; empty before it has looked at the RayJob."
    )
    job_status: str = Field(description="Ray's; empty before it has the job.")
    reason: str = Field(description="KubeRay's reason of a failure; may be empty.")
    message: str = Field(description="KubeRay's or Ray's; may be empty.")
    start_time: JsonTime | None = Field(
        description="When KubeRay began with it. Null where it has not."
    )
    end_time: JsonTime | None = Field(description="When it ended. Null where it has not.")
    seconds: int | None = Field(
        ge=0, description="From start to end, or until now; null where it has not begun."
    )
    ray_cluster: str = Field(description="Name of its RayCluster in the member; may be empty.")
    current: bool | None = Field(
        description="False where its member does not answer and it had not ended: this is what was "
        "last heard. Null where the Clusters cannot be read."
    )
    silent_since: JsonTime | None = Field(
        description="Since when Karmada does not reach that member. Null where it is current, or "
        "Karmada does not say."
    )
    leaving_since: JsonTime | None = Field(
        description="When its member began to leave Karmada. Null where it is not leaving."
    )
    starts_on: tuple[str, ...] = Field(
        description="Members on which the job starts because that one is leaving, ended or not."
    )


class ProblemDocument(JsonModel):
    """What is wrong with a job."""

    id: str = Field(description="Kind of the problem.")
    cluster: str | None = Field(description="Member that has it.")
    message: str = Field(description="What is wrong.")
    hint: str = Field(description="What to do.")


class JobDocument(JsonModel):
    """A job, as Git and as Karmada have it."""

    namespace: str = Field(description="Namespace of the RayJob.")
    name: str = Field(description="Its name.")
    file: str | None = Field(description="Relative to the root; null where jobs/ has none.")
    tenant: str | None = Field(description="Directory directly below jobs/.")
    sync: Sync = Field(description="The RayJob on Karmada against the one in rendered/.")
    differences: tuple[str, ...] = Field(
        description="JSON pointers to what Karmada lacks or has otherwise."
    )
    state: str | None = Field(description="What it does; null where Karmada has it not.")
    scheduled: bool | None = Field(description="Karmada's; null before it has tried.")
    reason: str = Field(description="Reason of the binding's condition Scheduled; may be empty.")
    message: str = Field(description="Message of that condition; may be empty.")
    clusters: tuple[str, ...] = Field(description="Members that it is placed on.")
    ended: bool = Field(description="Whether every copy has ended.")
    failed: bool = Field(description="Whether any copy has failed.")
    since: JsonTime | None = Field(
        description="End, else beginning, else creation. Null where Karmada has it not."
    )
    copies: tuple[CopyDocument, ...] = Field(description="By cluster.")
    problems: tuple[ProblemDocument, ...] = Field(
        description="What is wrong, the most general first."
    )


class StatusDocument(JsonModel):
    """What status prints with --format json."""

    model_config = ConfigDict(title="Jobs on Karmada, as rayjobs status prints them")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    time: JsonTime = Field(description="When Karmada was asked.")
    jobs: tuple[JobDocument, ...] = Field(
        description="The jobs that were asked about; all by namespace and name."
    )


def status_document(statuses: Iterable[JobStatus], now: datetime) -> StatusDocument:
    """Return the jobs in their order, as they were at ``now``."""
    return StatusDocument(version=1, time=now, jobs=tuple(_job(one, now) for one in statuses))


def _job(status: JobStatus, now: datetime) -> JobDocument:
    state = status.state
    return JobDocument(
        namespace=status.namespace,
        name=status.name,
        file=status.file,
        tenant=status.tenant,
        sync=status.sync,
        differences=status.differences,
        state=status.phase or None,
        scheduled=state.scheduled if state else None,
        reason=state.reason if state else "",
        message=state.message if state else "",
        clusters=state.clusters if state else (),
        ended=status.has_ended,
        failed=status.has_failed,
        since=status.since,
        copies=tuple(_copy(status, run, now) for run in status.runs),
        problems=tuple(
            ProblemDocument(id=one.id, cluster=one.cluster, **asdict(one.advice))
            for one in status.problems
        ),
    )


def _copy(status: JobStatus, run: Run, now: datetime) -> CopyDocument:
    duration = took(run, now)
    is_known = run.has_ended or status.silences is not None
    silence = (status.silences or {}).get(run.cluster)
    departure = status.departures.get(run.cluster)
    return CopyDocument(
        cluster=run.cluster,
        applied=run.applied,
        problem=run.problem,
        job_deployment_status=run.deployment,
        job_status=run.job,
        reason=run.reason,
        message=run.message,
        start_time=run.started,
        end_time=run.ended,
        seconds=None if duration is None else max(int(duration.total_seconds()), 0),
        ray_cluster=run.ray_cluster,
        current=silence is None if is_known else None,
        silent_since=silence.since if silence else None,
        leaving_since=departure.leave.since if departure else None,
        starts_on=departure.starts_on if departure else (),
    )
