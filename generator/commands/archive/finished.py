"""Which jobs have ended on every cluster, by all that Karmada says, for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.history.listing import ListedJob
from generator.karmada.client.control_plane import Object
from generator.karmada.job_state import Run
from generator.karmada.status.job_status import JobStatus
from generator.karmada.status.problem import is_ready
from generator.repository.fleet import Fleet, ObjectName, Submission


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that has ended on every cluster, the last of its copies at ``ended``."""

    listed: ListedJob
    status: JobStatus
    ended: datetime

    @property
    def how(self) -> str:
        """``failed`` where any copy ended otherwise than well."""
        return "failed" if self.status.has_failed else "succeeded"


@dataclass(frozen=True, slots=True)
class Kept:
    """A job whose copies have all ended, by what was last heard, and why it is not finished."""

    listed: ListedJob
    reason: str


def finished_jobs(
    listed: Iterable[ListedJob],
    fleet: Fleet,
    statuses: Mapping[ObjectName, JobStatus],
    members: Mapping[str, Object],
    *,
    now: datetime,
    lasting: timedelta,
) -> tuple[list[Finished], list[Kept]]:
    """The jobs that have been finished for at least ``lasting``, and those that only look so.

    ``members`` are Karmada's Clusters by name. A job is finished where nothing is left to happen
    to it by what Git asks for, and where every member that has a copy can be heard.
    """
    submissions = {one.file: one for one in fleet.submissions}
    holders = Counter(one.name for one in fleet.submissions)
    finished, kept = [], []
    for job in listed:
        status = statuses.get((job.namespace or "", job.name or ""))
        submission = submissions.get(job.file)
        if submission is None or status is None or not status.has_ended:
            continue
        ended = status.state.ended if status.state else None
        reason = next(_reasons(job, submission, fleet, status, members), None)
        if holders[submission.name] > 1:
            reason = "another file holds the same job"
        elif reason is None and ended is None:
            reason = "nobody says when it ended"
        if reason is not None:
            if ended is None or now - ended >= lasting:
                kept.append(Kept(job, reason))
        elif ended is not None and now - ended >= lasting:
            finished.append(Finished(job, status, ended))
    return finished, kept


def _reasons(
    listed: ListedJob,
    submission: Submission,
    fleet: Fleet,
    status: JobStatus,
    members: Mapping[str, Object],
) -> Iterator[str]:
    """Why a job of which every copy has ended may go on all the same."""
    if listed.is_broken:
        yield "its file is broken"
    if status.sync != "synced":
        yield _UNSYNCED.get(status.sync, status.sync)
    if status.state is not None and status.state.resource["metadata"].get("deletionTimestamp"):
        yield "Karmada is deleting it"
    if status.state is not None and status.state.scheduled is not True:
        yield "Karmada is about to place it otherwise"
    copies = {run.cluster for run in status.runs}
    for cluster in _certain(submission, fleet):
        if cluster not in copies:
            yield f"{cluster} has no copy yet"
    yield from _reasons_of_members(status.runs, members)


def _reasons_of_members(runs: Iterable[Run], members: Mapping[str, Object]) -> Iterator[str]:
    for run in runs:
        if not run.applied or run.problem:
            yield f"Karmada does not say that {run.cluster} has its copy"
        if run.cluster not in members:
            yield f"{run.cluster} is not a member"
        elif not is_ready(members[run.cluster]):
            yield f"{run.cluster} does not answer Karmada"


_UNSYNCED = {
    "differs": "on Karmada it is not as rendered",
    "not rendered": "rendered/ does not have it",
}


def _certain(submission: Submission, fleet: Fleet) -> list[str]:
    """The clusters that each have a copy for certain.

    It is empty where one of several is chosen, or labels choose: Karmada alone knows those.
    """
    job = submission.job
    copies = fleet.resolved(submission).placement.copies
    if job.scheduling.cluster_labels or copies != len(job.target_clusters):
        return []
    return sorted(job.target_clusters)
