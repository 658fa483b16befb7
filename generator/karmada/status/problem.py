"""What is wrong with a job on Karmada: in words, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from generator.diagnostics.diagnostic import Advice
from generator.karmada.amounts import iso
from generator.karmada.client.control_plane import Object
from generator.karmada.job_state import JobState, Run, time_of


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a job from running or has ended it; ``cluster`` is where, if in one.

    ``id`` is its kind, for programs. What Karmada and members said may be part of the advice: it
    is not made visible yet.
    """

    id: str
    advice: Advice
    cluster: str | None = None


_LOOKED_AT = 4096
"""Characters of a text in which words are looked for: some patterns take its square."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """Words by which a problem is known. Groups of ``pattern`` fill ``advice``."""

    id: str
    pattern: re.Pattern[str]
    advice: Advice

    def problem(self, text: str, cluster: str | None = None, **more: str) -> Problem | None:
        """Return the problem that ``text`` tells, if any; ``{text}`` in the advice is ``text``."""
        found = self.pattern.search(text[:_LOOKED_AT])
        if found is None:
            return None
        words = {"text": text, **more, **{k: v or "" for k, v in found.groupdict().items()}}
        advice = Advice(self.advice.message.format(**words), self.advice.hint.format(**words))
        return Problem(self.id, advice, cluster)


def symptom(id: str, pattern: str, message: str, hint: str) -> Symptom:  # noqa: A002  # its name
    """Return a row of a table of symptoms; capitals and small letters are the same."""
    return Symptom(id, re.compile(pattern, re.IGNORECASE | re.DOTALL), Advice(message, hint))


def first_problem(
    table: Iterable[Symptom], text: str, cluster: str | None = None, **more: str
) -> Problem | None:
    """Return the first problem of a table that ``text`` tells; ``more`` fills its advice too."""
    return next(filter(None, (row.problem(text, cluster, **more) for row in table)), None)


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
    conditions: list[Object] = (cluster.get("status") or {}).get("conditions") or []
    return next((one for one in conditions if one.get("type") == "Ready"), {})


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
    return {
        run.cluster: silence
        for run in state.runs
        if not run.has_ended and (silence := silence_of(clusters.get(run.cluster)))
    }


def silence_problem(run: Run, silence: Silence) -> Problem:
    """Return what is wrong with a copy of which nothing is heard."""
    has_said = run.deployment or run.unclear
    rest = "; this is what it last said" if has_said else ", and has said nothing of the job"
    hint = f"Karmada says {silence.reason}: {silence.hint}" if silence.reason else silence.hint
    return Problem("not-answering", Advice(f"{run.cluster} {silence}{rest}", hint), run.cluster)
