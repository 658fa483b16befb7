"""Which logs of a job are asked for, and which lines of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.karmada.job_state import JobState, Run

Pods: TypeAlias = Literal["driver", "head", "worker"]
Component: TypeAlias = Literal["driver", "head", "worker", "operator-events"]
"""Whose log is asked for."""


NO_EVENTS = "there are no events: a member keeps them for an hour or so"


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines, and how."""

    tail: int | None = None
    """The last so many of each log."""
    since: int | None = None
    """Of the last so many seconds."""
    timestamps: bool = False
    """Each line begins with the time at which it was written (RFC 3339) and a space."""

    @property
    def parameters(self) -> dict[str, str]:
        """Of the request, as the API server names them."""
        asked = {"tailLines": self.tail, "sinceSeconds": self.since}
        return {name: str(value) for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log, as bytes with its line end if it has one, and where it comes from."""

    cluster: str
    pod: str
    """"" of an Event."""
    text: bytes

    def prefix(self, *, has_clusters: bool, has_pods: bool) -> str:
        """Return what tells it apart from lines of other clusters and pods, if there are any."""
        parts = [self.cluster] * has_clusters + [self.pod] * (has_pods and bool(self.pod))
        return "/".join(parts)


class NoSuchClusterError(Exception):
    """The job is not placed on the cluster that is asked about; ``clusters`` are those it is on."""

    def __init__(self, clusters: Iterable[str]) -> None:
        self.clusters = tuple(clusters)
        super().__init__(", ".join(self.clusters))


def runs_of(state: JobState, cluster: str | None) -> tuple[Run, ...]:
    """Return the copies that are asked about, none before the job is placed. NoSuchClusterError."""
    if cluster is None or not state.runs:
        return state.runs
    found = tuple(run for run in state.runs if run.cluster == cluster)
    if not found:
        raise NoSuchClusterError(run.cluster for run in state.runs)
    return found


def copies_in_words(clusters: Sequence[str]) -> str:
    """Return which copies there are, of several."""
    return f"{len(clusters)} copies: {', '.join(clusters)}; --cluster chooses one"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose logs, and which lines of each."""

    namespace: str
    job: str
    component: Component
    cluster: str | None
    query: Query
