"""Each job of Git joined with what Karmada knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from generator.diagnostics import pointer_of
from generator.diagnostics.diagnostic import Advice
from generator.karmada.job_state import JobState, Run, time_of
from generator.karmada.rendered import GitJob
from generator.karmada.status.departures import Departure, departures
from generator.karmada.status.diagnosis import NOTHING, Evidence, problems_of
from generator.karmada.status.problem import Problem, Silence, silences
from generator.karmada.status.scheduling import holder_problems

Sync: TypeAlias = Literal["synced", "differs", "not on Karmada", "not rendered", "not in Git"]
"""The RayJob on Karmada against the one in rendered/."""


def differences(rendered: Any, found: Any, at: str = "") -> Iterator[str]:
    """JSON pointers to what ``found`` lacks or says otherwise, in the order of ``rendered``.

    Lists have to be of one length: an item more is another container, variable or argument.
    """
    if isinstance(rendered, dict) and isinstance(found, dict):
        for key, value in rendered.items():
            place = at + pointer_of(key)
            if key in found:
                yield from differences(value, found[key], place)
            else:
                yield place
    elif isinstance(rendered, list) and isinstance(found, list) and len(rendered) == len(found):
        for index, (value, other) in enumerate(zip(rendered, found, strict=True)):
            yield from differences(value, other, at + pointer_of(index))
    elif not _is_same(rendered, found):
        yield at


def _is_same(one: Any, other: Any) -> bool:
    """Python takes true for 1; YAML and JSON do not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job, as Git and as Karmada have it; ``state`` is None where Karmada has no such RayJob.

    ``file`` and ``tenant`` are None of one that jobs/ has not. ``differences`` are JSON pointers
    into the RayJob of rendered/.
    """

    namespace: str
    name: str
    file: str | None
    tenant: str | None
    sync: Sync
    differences: tuple[str, ...] = ()
    state: JobState | None = None
    problems: tuple[Problem, ...] = ()
    silences: Mapping[str, Silence] | None = None
    """Members that cannot be heard of its copies that go on; None where that is not known."""
    departures: Mapping[str, Departure] = field(default_factory=dict)
    """Members that are leaving and have, or may have had, a copy."""

    @property
    def runs(self) -> tuple[Run, ...]:
        """Its copies, by cluster."""
        return self.state.runs if self.state else ()

    @property
    def has_ended(self) -> bool:
        """Whether every copy has ended."""
        return self.state is not None and self.state.has_ended

    @property
    def has_failed(self) -> bool:
        """Whether any copy has failed."""
        return self.state is not None and self.state.has_failed

    @property
    def phase(self) -> str:
        """What it does, in a few words: that of its copies, or why it has none; "" off Karmada."""
        if self.state is None:
            return ""
        if self.state.resource["metadata"].get("deletionTimestamp"):
            return "Deleting"
        if not self.runs:
            return "No cluster" if self.state.scheduled is False else "Not placed"
        phases = Counter(map(phase_of, self.runs))
        if len(phases) == 1:
            return next(iter(phases))
        return ", ".join(f"{count} {phase}" for phase, count in sorted(phases.items()))

    @property
    def phase_in_words(self) -> str:
        """As ``phase``, with a question mark where it is what a silent member said last."""
        return f"{self.phase}?" if self.silences else self.phase

    @property
    def started(self) -> datetime | None:
        """When the first copy began, waiting for its pods included."""
        return min((run.started for run in self.runs if run.started), default=None)

    @property
    def since(self) -> datetime | None:
        """Since when it does what it does: its end, else its beginning, else its creation."""
        if self.state is None:
            return None
        created = time_of(self.state.resource["metadata"].get("creationTimestamp"))
        return self.state.ended or self.started or created

    def took(self, now: datetime) -> timedelta | None:
        """From the beginning to the end, or until ``now``; None where it has not begun."""
        end = self.state.ended if self.state else None
        if self.has_ended and end is None:
            return None
        return (end or now) - self.started if self.started else None


def phase_of(run: Run) -> str:
    """KubeRay's deployment status of a copy, or how far Karmada is with it."""
    if run.deployment == "Complete":
        return {"SUCCEEDED": "Succeeded", "STOPPED": "Stopped"}.get(run.job, run.job or "Complete")
    if run.deployment:
        return run.deployment
    if run.problem:
        return "Not applied"
    if run.unclear:
        return "Not understood"
    return "New" if run.applied else "Applying"


def took(run: Run, now: datetime) -> timedelta | None:
    """Return how long a copy ran, or runs until ``now``; None where nobody says."""
    end = run.ended if run.has_ended else now
    return end - run.started if run.started and end else None


def status_of(
    job: GitJob | None, state: JobState | None, now: datetime, evidence: Evidence = NOTHING
) -> JobStatus:
    """Return a job that Git has, Karmada has, or both."""
    known = job or state
    assert known is not None, "somebody has it"
    sync, found = _compared(job, state)
    of_policies = holder_problems(job, state, evidence.shared) if job and state else ()
    of_state = problems_of(state, now, evidence) if state else []
    return JobStatus(
        known.namespace,
        known.name,
        job.file if job else None,
        job.tenant if job else None,
        sync,
        found,
        state,
        (*of_policies, *_sync_problems(sync, found), *of_state),
        None if evidence.clusters is None else silences(state, evidence.clusters),
        departures(state, evidence.clusters) if state else {},
    )


def _compared(job: GitJob | None, state: JobState | None) -> tuple[Sync, tuple[str, ...]]:
    if job is None:
        return "not in Git", ()
    if job.rendered is None:
        return "not rendered", ()
    if state is None:
        return "not on Karmada", ()
    found = tuple(differences(job.rendered, state.resource))
    return ("differs" if found else "synced"), found


_ENGINE = "see whether the sync engine has applied the commit that holds rendered/"
_SHOWN = 3


def _sync_problems(sync: Sync, found: tuple[str, ...]) -> Iterator[Problem]:
    if sync == "not rendered":
        message = "rendered/ does not have it"
        yield Problem("not-rendered", Advice(message, "run `rayjobs render` and commit rendered/"))
    elif sync == "not on Karmada":
        advice = Advice("Karmada does not have it", f"commit and push; {_ENGINE}")
        yield Problem("not-on-karmada", advice)
    elif sync == "not in Git":
        hint = "the sync engine takes it away where it prunes; else delete it on Karmada"
        yield Problem("not-in-git", Advice("rendered/ does not have it, Karmada has", hint))
    elif found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        message = f"on Karmada it is not as rendered: {', '.join(found[:_SHOWN])}{more}"
        hint = f"{_ENGINE}, or who edited it; a RayJob that has started stays what it was"
        yield Problem("differs", Advice(message, hint))
