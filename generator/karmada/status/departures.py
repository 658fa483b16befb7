"""Members that are leaving Karmada, and the clusters on which their jobs start instead.

Karmada takes such a cluster from every binding within a second, also of jobs that have ended, and
its scheduler chooses as for a new job (Karmada 1.18, pkg/scheduler/scheduler.go, doScheduleBinding:
what is duplicated is always scheduled; core/generic_scheduler.go leaves the cluster out). The copy
there is deleted, but where the member does not answer it is only forgotten
(pkg/controllers/execution/execution_controller.go, handleWorkDelete).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from generator.diagnostics.diagnostic import Advice
from generator.karmada.amounts import iso
from generator.karmada.client.control_plane import Object
from generator.karmada.job_state import JobState, Run, time_of
from generator.karmada.status.problem import Problem, silence_of
from generator.karmada.status.scheduling import fitting, is_meant

WHEN_A_MEMBER_LEAVES = 'docs/sync.md, "When a member leaves"'


@dataclass(frozen=True, slots=True)
class Leave:
    """That a cluster is leaving; ``since`` is None where nobody can read when it began."""

    since: datetime | None

    def __str__(self) -> str:
        if self.since is None:
            return "is leaving Karmada"
        return f"has been leaving Karmada since {iso(self.since)}"


def leave_of(cluster: Object) -> Leave | None:
    """Return since when a cluster is being unjoined; None where it is not."""
    text = cluster["metadata"].get("deletionTimestamp")
    return Leave(time_of(text)) if text else None


@dataclass(frozen=True, slots=True)
class Departure:
    """What becomes of a job that is or was on a cluster that is leaving."""

    leave: Leave
    elsewhere: tuple[str, ...]
    """The clusters on which a copy is placed instead, or may have been."""
    staying: tuple[str, ...] = ()
    """The clusters on which it is besides."""
    may_have_moved: bool = False
    """Whether nothing is left of a copy on the cluster, if there was one."""
    has_ended: bool = False
    """Its copy on the cluster that is leaving; of a job that may have moved, those elsewhere."""
    is_deleted: bool = True
    """The copy on the cluster that is leaving: not where that does not answer."""
    is_suspended: bool = False
    """In Git, so that it is placed elsewhere and does not start."""

    @property
    def starts_on(self) -> tuple[str, ...]:
        """The clusters on which the job starts, or trains again, once it is placed there."""
        return () if self.may_have_moved or self.is_suspended else self.elsewhere


def departures(state: JobState, clusters: Mapping[str, Object] | None) -> dict[str, Departure]:
    """By cluster that is leaving and that the job is on, or was until then."""
    leaves = {name: leave for name, one in (clusters or {}).items() if (leave := leave_of(one))}
    if not leaves or clusters is None:
        return {}
    remaining = tuple(name for name in state.clusters if name not in leaves)
    runs = {run.cluster: run for run in state.runs}
    found = {}
    for name, leave in leaves.items():
        is_deleted = silence_of(clusters[name]) is None
        may_move = _moves(state) and is_meant(name, clusters[name], state)
        if name in runs:
            # Karmada tells of a copy until it is gone, of one that has moved too.
            staying = () if may_move and name not in state.clusters else remaining
            elsewhere = (one for one in next_clusters(state, clusters) if one not in staying)
            found[name] = Departure(
                leave,
                (*elsewhere,),
                staying,
                has_ended=runs[name].has_ended,
                is_deleted=is_deleted,
                is_suspended=bool((state.resource.get("spec") or {}).get("suspend")),
            )
        elif may_move and (begun := _begun_since(state, leave)):
            found[name] = Departure(
                leave,
                tuple(run.cluster for run in begun),
                may_have_moved=True,
                has_ended=all(run.has_ended for run in begun),
                is_deleted=is_deleted,
            )
    return found


def _moves(state: JobState) -> bool:
    """Whether a job has one of its clusters at a time: where each has a copy none moves."""
    return bool(state.placement.get("clusterAffinities")) or _most(state) == 1


def _begun_since(state: JobState, leave: Leave) -> list[Run]:
    """Copies of a job that have begun since a cluster is leaving; none of a newer job.

    One that waited in a queue begins so late too, where it always was.
    """
    created = time_of(state.resource["metadata"].get("creationTimestamp"))
    if leave.since is None or created is None or created >= leave.since:
        return []
    return [run for run in state.runs if run.started and run.started >= leave.since]


def next_clusters(state: JobState, clusters: Mapping[str, Object]) -> list[str]:
    """Return where a job is placed once the clusters that are leaving are gone, if any fits.

    Of groups in an order Karmada goes on from the one that it chose last, and never back. Where
    it takes so many, it prefers those that have the job, then the first by name.
    """
    groups = state.placement.get("clusterAffinities") or []
    if groups:
        names = [group.get("affinityName") for group in groups]
        groups = groups[names.index(state.affinity) if state.affinity in names else 0 :]
    else:
        groups = [state.placement.get("clusterAffinity") or {}]
    found: Iterator[list[str]] = (fitting(group, state, clusters) for group in groups)
    fit = next(filter(None, found), [])
    return sorted(fit, key=lambda name: (name not in state.clusters, name))[: _most(state)]


def _most(state: JobState) -> int | None:
    """How many clusters Karmada takes at most."""
    constraints = state.placement.get("spreadConstraints") or ()
    of_clusters = (one for one in constraints if one.get("spreadByField") == "cluster")
    return next((max(int(one.get("maxGroups", 0)), 0) for one in of_clusters), None)


def leaving_problems(state: JobState, clusters: Mapping[str, Object] | None) -> Iterator[Problem]:
    """Of each cluster that is leaving with a copy that goes on, or that starts again elsewhere."""
    for cluster, found in departures(state, clusters).items():
        if found.elsewhere or not found.has_ended:
            words = f"{cluster} {found.leave}: {_what_follows(cluster, found)}"
            yield Problem("leaving", Advice(words, hint_of([found])), cluster)


def _what_follows(cluster: str, departure: Departure) -> str:
    copy = "its copy there is deleted" if departure.is_deleted else _FORGOTTEN
    if departure.elsewhere:
        where = f"on {', '.join(departure.elsewhere)}"
        if departure.may_have_moved:
            old = "" if departure.is_deleted else f"; if so, its old copy on {cluster} may go on"
            if departure.has_ended:
                return f"the job may have run again {where}{old}"
            return f"the job may have been placed {where} instead, and have begun anew there{old}"
        if departure.is_suspended:
            return f"the job is suspended, and is placed {where}"
        if departure.has_ended:
            return f"the job has ended, and trains again {where}"
        return f"{copy}, and the job begins anew {where}"
    if departure.staying:
        return f"{copy}; that on {', '.join(departure.staying)} stays"
    return f"{copy}, and no other cluster can be chosen"


_FORGOTTEN = "Karmada forgets its copy there, which may go on"


def hint_of(found: Iterable[Departure]) -> str:
    """Return what to do about jobs that are or were on a cluster that is leaving."""
    hints = dict.fromkeys(map(_what_to_do, found)) or {_LOST: None}
    return "; ".join([*hints, WHEN_A_MEMBER_LEAVES])


def _what_to_do(departure: Departure) -> str:
    if departure.may_have_moved:
        return _LOOK
    if departure.starts_on:
        return "where it must not run again delete its folder and render"
    return "it starts there once it is resumed" if departure.elsewhere else _LOST


_LOOK = (
    "nothing tells it from a job that began late: "
    "see the events of the RayJob on Karmada before you end it"
)
_LOST = "a new job with other targetClusters runs elsewhere"
