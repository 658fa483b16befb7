"""Members that do not answer Karmada, whose jobs are told as they were last heard of.

Karmada keeps what a member said last, and goes on showing it. Of a member that it asks itself it
sets Ready to False once it has not reached it for a while (Karmada 1.18,
pkg/controllers/status/cluster_status_controller.go), of one whose agent is silent to Unknown
(pkg/controllers/cluster/cluster_controller.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from generator.diagnostics.advice import Advice
from generator.karmada.client.control_plane import Object
from generator.karmada.durations import iso
from generator.karmada.job_state import JobState, Run, time_of
from generator.karmada.status.problem import Problem


@dataclass(frozen=True, slots=True)
class Silence:
    """Why what a member said last may be old; ``since`` is None where Karmada does not say."""

    words: str
    since: datetime | None = None
    reason: str = ""
    """Karmada's reason and message."""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.words} since {iso(self.since)}" if self.since else self.words


def is_ready(cluster: Object) -> bool:
    """Return whether Karmada reaches a member."""
    return ready_condition(cluster).get("status") == "True"


def ready_condition(cluster: Object) -> Object:
    """Return what Karmada says of whether it reaches a member; empty before it has."""
    conditions = (cluster.get("status") or {}).get("conditions") or ()
    none: Object = {}
    return next((one for one in conditions if one.get("type") == "Ready"), none)


def reason_in_words(reason: str, message: str) -> str:
    """Return what a condition gives for it: ``Reason (message)``, or whichever there is."""
    return " ".join(filter(None, (reason, f"({message})" if message else "")))


def silence_of(cluster: Object | None) -> Silence | None:
    """Return why a member cannot be heard; None of one that answers."""
    if cluster is None:
        return Silence("is no member of Karmada any more", hint=_GONE)
    ready = ready_condition(cluster)
    if ready.get("status") == "True":
        return None
    since = time_of(ready.get("lastTransitionTime"))
    reason = ready.get("reason") or ""
    told = reason_in_words(reason, ready.get("message") or "")
    if reason == "ClusterNotReady":
        return Silence("is not ready", since, told, _UNHEALTHY)
    hint = _AGENT if ready.get("status") == "Unknown" else _SERVER
    return Silence("does not answer", since, told, hint)


_GONE = "join it again, or look there whether the job goes on; a new name runs it elsewhere"
_UNHEALTHY = "see what its API server says at /readyz"
_LATER = "the job may go on there, and its state comes once the cluster answers"
_SERVER = f"see that its API server runs and that Karmada reaches it; {_LATER}"
_AGENT = f"see that karmada-agent runs there and reaches Karmada; {_LATER}"


def silences(state: JobState | None, clusters: Mapping[str, Object] | None) -> dict[str, Silence]:
    """By cluster, of the copies that have not ended; none where Clusters are not known."""
    if state is None or clusters is None:
        return {}
    found = ((run.cluster, silence_of(clusters.get(run.cluster))) for run in _going(state))
    return {cluster: silence for cluster, silence in found if silence is not None}


def _going(state: JobState) -> Iterator[Run]:
    return (run for run in state.runs if not run.has_ended)


def silence_problem(run: Run, silence: Silence) -> Problem:
    """Return what is wrong with a copy of which nothing is heard."""
    has_said = run.deployment or run.unclear
    rest = "; this is what it last said" if has_said else ", and has said nothing of the job"
    hint = f"Karmada says {silence.reason}: {silence.hint}" if silence.reason else silence.hint
    return Problem("not-answering", Advice(f"{run.cluster} {silence}{rest}", hint), run.cluster)
