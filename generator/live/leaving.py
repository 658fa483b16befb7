"""Members that are leaving Karmada, and the clusters on which their jobs start instead.

Karmada takes such a cluster from every binding within a second, also of jobs that have ended, and
its scheduler chooses as for a new job (Karmada 1.18, pkg/scheduler/scheduler.go, doScheduleBinding:
what is duplicated is always scheduled; core/generic_scheduler.go leaves the cluster out). The copy
there is deleted, but where the member does not answer it is only forgotten
(pkg/controllers/execution/execution_controller.go, handleWorkDelete).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.live.absence import silence_of
from generator.live.control_plane import Object
from generator.live.durations import iso
from generator.live.placing import fitting, is_meant
from generator.live.problems import Problem
from generator.live.states import JobState, time_of

WHEN_A_MEMBER_LEAVES = 'docs/sync.md, "When a member leaves"'


@dataclass(frozen=True, slots=True)
class Leave:
    """That a cluster is leaving; ``since`` is None where nobody can read when it began."""

    since: datetime | None

    def __str__(self) -> str:
        return f"has been leaving Karmada since {iso(self.since)}" if self.since else _LEAVING


_LEAVING = "is leaving Karmada"


def leave_of(cluster: Object) -> Leave | None:
    """Whether a cluster is being unjoined."""
    text = cluster["metadata"].get("deletionTimestamp")
    return Leave(time_of(text)) if text else None


@dataclass(frozen=True, slots=True)
class Departure:
    """What becomes of a job that is or was on a cluster that is leaving."""

    leave: Leave
    elsewhere: tuple[str, ...]
    """The clusters on which a copy starts, or has started since."""
    staying: tuple[str, ...] = ()
    """The clusters on which it is besides."""
    has_moved: bool = False
    """Whether Karmada has already taken the cluster from it."""
    has_ended: bool = False
    """Its copy on the cluster that is leaving."""
    is_deleted: bool = True
    """That copy, there: not where the cluster does not answer."""


def departures(state: JobState, clusters: Mapping[str, Object] | None) -> dict[str, Departure]:
    """By cluster that is leaving and that the job is on, or was until then."""
    leaves = {name: leave for name, one in (clusters or {}).items() if (leave := leave_of(one))}
    if not leaves or clusters is None:
        return {}
    staying = tuple(name for name in state.clusters if name not in leaves)
    ended = {run.cluster for run in state.runs if run.has_ended}
    found = {}
    for name, leave in leaves.items():
        if name in state.clusters:
            elsewhere = (one for one in next_clusters(state, clusters) if one not in staying)
            is_deleted = silence_of(clusters[name]) is None
            found[name] = Departure(
                leave, (*elsewhere,), staying, has_ended=name in ended, is_deleted=is_deleted
            )
        elif is_meant(name, clusters[name], state) and (begun := _begun_since(state, leave)):
            found[name] = Departure(leave, begun, has_moved=True)
    return found


def _begun_since(state: JobState, leave: Leave) -> tuple[str, ...]:
    """Where copies of a job have begun since a cluster is leaving; none of a newer job."""
    created = time_of(state.resource["metadata"].get("creationTimestamp"))
    if leave.since is None or created is None or created >= leave.since:
        return ()
    return tuple(run.cluster for run in state.runs if run.started and run.started >= leave.since)


def next_clusters(state: JobState, clusters: Mapping[str, Object]) -> list[str]:
    """Where a job is placed once the clusters that are leaving are gone; none where none fits.

    Of groups in an order Karmada goes on from the one that it chose last, and never back. Where
    it takes so many, it prefers those that have the job, then the first by name.
    """
    groups = state.placement.get("clusterAffinities") or []
    if groups:
        names = [group.get("affinityName") for group in groups]
        first = names.index(state.affinity) if state.affinity in names else 0
        found: Iterator[list[str]] = (fitting(group, state, clusters) for group in groups[first:])
        fit = next(filter(None, found), [])
    else:
        fit = fitting(state.placement.get("clusterAffinity") or {}, state, clusters)
    return sorted(fit, key=lambda name: (name not in state.clusters, name))[: _most(state)]


def _most(state: JobState) -> int | None:
    """How many clusters Karmada takes at most."""
    for one in state.placement.get("spreadConstraints") or ():
        if one.get("spreadByField") == "cluster":
            most: int = one.get("maxGroups", 0)
            return max(most, 0)
    return None


def leaving_problems(state: JobState, clusters: Mapping[str, Object] | None) -> Iterator[Problem]:
    """Of each cluster that is leaving with a copy that goes on, or that starts again elsewhere."""
    for cluster, found in departures(state, clusters).items():
        if found.elsewhere or not found.has_ended:
            words = f"{cluster} {found.leave}: {_what_follows(state, found)}"
            yield Problem("leaving", words, hint_of(found.elsewhere), cluster)


def _what_follows(state: JobState, departure: Departure) -> str:
    copy = "its copy there is deleted" if departure.is_deleted else _FORGOTTEN
    if departure.elsewhere:
        where = f"on {', '.join(departure.elsewhere)}"
        if departure.has_moved:
            return f"the job has been placed {where} instead, and begins anew there"
        if (state.resource.get("spec") or {}).get("suspend"):
            return f"the job is suspended, and is placed {where}"
        if departure.has_ended:
            return f"the job has ended, and trains again {where}"
        return f"{copy}, and the job begins anew {where}"
    if departure.staying:
        return f"{copy}; that on {', '.join(departure.staying)} stays"
    return f"{copy}, and no other cluster can be chosen"


_FORGOTTEN = "Karmada forgets its copy there, which may go on"


def hint_of(elsewhere: Sequence[str]) -> str:
    """What to do about jobs that are on a cluster that is leaving."""
    if elsewhere:
        return f"where it must not run again delete its folder and render; {WHEN_A_MEMBER_LEAVES}"
    return f"a new job with other targetClusters runs elsewhere; {WHEN_A_MEMBER_LEAVES}"
