"""The Events of a job in a member: of its RayJob, its RayCluster, the submitter's Job and pods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generator.diagnostics.wording import visible
from generator.karmada.amounts import in_words, iso
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import EVENTS
from generator.karmada.job_state import JobState, Run, time_of
from generator.karmada.logs.sources import Component, Query, Source

_POD_PREFIX = 50
"""Characters of a RayCluster's name that its pods' names begin with (KubeRay 1.6, PodName)."""


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An Event of Kubernetes, as it was last seen."""

    cluster: str
    time: datetime
    uid: str
    type: str
    about: str
    """Kind and name of the object."""
    reason: str
    message: str
    count: int

    def __str__(self) -> str:
        """One line."""
        times = f" ({self.count} times)" if self.count > 1 else ""
        words = f"{self.type} {self.about} {self.reason}: {self.message.strip()}{times}"
        return f"{iso(self.time)} {visible(words)}"


def read_events(plane: ControlPlane, state: JobState, run: Run) -> list[JobEvent]:
    """Those of one copy in time order. A member keeps Events for an hour or so. LiveError."""
    member = plane.member(run.cluster)
    return events_of(member.items(EVENTS, state.namespace), state.name, run)


def events_of(items: Iterable[Object], job: str, run: Run) -> list[JobEvent]:
    """As :func:`read_events`, of the Events of a namespace.

    Pods are found by their names: those that are gone have no labels any more.
    """
    # A Job's pods have five random characters, so that those of job-2 are not taken for job's.
    names = [rf"(RayJob|Job)/{re.escape(job)}", rf"Pod/{re.escape(job)}-[a-z0-9]{{5}}"]
    if run.ray_cluster:
        names.append(rf"RayCluster/{re.escape(run.ray_cluster)}")
        names.append(rf"Pod/{re.escape(f'{run.ray_cluster}-'[:_POD_PREFIX])}.+")
    is_of_job = re.compile("|".join(names)).fullmatch
    found = (_event(one, run.cluster) for one in items)
    return sorted((one for one in found if is_of_job(one.about)), key=lambda one: one.time)


def chosen(events: Iterable[JobEvent], query: Query, now: datetime) -> list[JobEvent]:
    """Return what ``query`` asks for, of events in time order."""
    found = list(events)
    if query.since is not None:
        first = now - timedelta(seconds=query.since)
        found = [one for one in found if one.time >= first]
    return found if query.tail is None else found[max(len(found) - query.tail, 0) :]


def _event(one: Object, cluster: str) -> JobEvent:
    about, series = one.get("involvedObject") or {}, one.get("series") or {}
    metadata = one["metadata"]
    times = (series.get("lastObservedTime"), one.get("lastTimestamp"), one.get("eventTime"))
    known = filter(None, map(time_of, (*times, metadata.get("creationTimestamp"))))
    return JobEvent(
        cluster,
        time=next(known, datetime.fromtimestamp(0, UTC)),
        uid=metadata.get("uid") or metadata["name"],
        type=one.get("type") or "",
        about=f"{about.get('kind')}/{about.get('name')}",
        reason=one.get("reason") or "",
        message=one.get("message") or "",
        count=series.get("count") or one.get("count") or 1,
    )


def standing_of(state: JobState) -> str:
    """Return how far Karmada is with a job that has no copy yet."""
    if state.scheduled is False:
        return f"no cluster was chosen: {_joined(state.reason, state.message)}"
    return "Karmada has not placed it on a cluster yet"


def run_standing(run: Run) -> str:
    """Return what a copy does."""
    if run.deployment:
        status = ", ".join(filter(None, (run.deployment, run.job)))
        return _joined(status, _joined(run.reason, run.message))
    if run.problem:
        return f"Karmada cannot apply it: {run.problem}"
    if run.unclear:
        return f"what the cluster says of it cannot be understood: {run.unclear}"
    return "KubeRay has not begun with it" if run.applied else "Karmada has not applied it yet"


def why_no_log(state: JobState, run: Run, component: Component, sources: Sequence[Source]) -> str:
    """Return why there is no log of a copy, and where another one is."""
    if sources:
        waiting = sources[0]
        more = f", and {len(sources) - 1} more" if len(sources) > 1 else ""
        return f"pod {waiting.pod} has not begun{more}: {waiting.waits}"
    standing = run_standing(run)
    if not run.has_ended:
        return f"there is no pod yet: {standing}"
    if component == "driver":
        return (
            f"there is no pod of the submitter: the job ended before there was one, or the pod was "
            f"deleted ({standing})"
        )
    if not run.ray_cluster:
        return f"it had no Ray cluster ({standing})"
    spec = state.resource.get("spec", {})
    kept = timedelta(seconds=spec.get("ttlSecondsAfterFinished", 0))
    return (
        f"its Ray cluster is gone: KubeRay ends it {in_words(kept)} after the job "
        f"(ttlSecondsAfterFinished). The driver's log is kept as long as the RayJob: "
        f"`rayjobs logs {state.namespace}/{state.name} --cluster {run.cluster}`"
    )


def _joined(*words: str) -> str:
    return ": ".join(filter(None, words))
