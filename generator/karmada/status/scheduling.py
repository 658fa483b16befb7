"""Why Karmada placed a job nowhere, or where another policy says: from placements and Clusters.

What makes a cluster unfit is what the filters of Karmada 1.18 say (pkg/scheduler/framework/plugins:
clusteraffinity, tainttoleration, apienablement).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.diagnostics.diagnostic import Advice
from generator.karmada.client.control_plane import Object
from generator.karmada.job_state import Held, JobState
from generator.karmada.rendered import GitJob, ObjectKey
from generator.karmada.status.problem import Problem, is_ready, ready_condition
from generator.render.placement import policy_name

_KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})


def scheduling_problems(
    state: JobState, clusters: Mapping[str, Object] | None
) -> Iterator[Problem]:
    """Yield what keeps a job from being placed; ``clusters`` is None where they cannot be read."""
    if state.scheduled is not False:
        return
    if state.reason == "NoClusterFit":
        unfit = [] if clusters is None else list(_unfit(state.placement, clusters))
        words = "; ".join(one.message for one in unfit) or state.message
        hint = "; ".join(dict.fromkeys(one.hint for one in unfit)) or _LOOK
        yield Problem("no-cluster-fits", Advice(f"no cluster fits: {words}", hint))
        return
    reason = "Unschedulable" if _NO_ROOM in state.message else state.reason
    message, hint = _REASONS.get(reason, ("Karmada's scheduler fails", _SCHEDULER))
    yield Problem(f"not-scheduled-{reason}".lower(), Advice(f"{message}: {state.message}", hint))


_LOOK = "`rayjobs clusters` says which members there are, and whether they are ready"
_NO_ROOM = "no enough resource when selecting"
"""With components Karmada 1.18 gives no reason of its own (select_clusters_by_cluster.go)."""
_SCHEDULER = "it tries again by itself; else the log of karmada-scheduler says more"
_REASONS = {
    "Unschedulable": (
        "no cluster has room",
        "it is placed once there is room; `rayjobs clusters` says what is free",
    ),
    "QuotaExceeded": (
        "the quota of the namespace is used up",
        "it is placed once other jobs of the namespace are gone, or platform.yaml gives more",
    ),
}


def _unfit(placement: Object, clusters: Mapping[str, Object]) -> Iterator[Advice]:
    tolerations = placement.get("clusterTolerations") or ()
    for name, labels in _wanted(placement, clusters):
        if name is None:
            yield Advice(f"no member has the labels {_in_words(labels)}", _LABELS)
        elif name not in clusters:
            yield Advice(f"{name} is not a member", _NOT_A_MEMBER)
        elif unfit := _why_unfit(name, clusters[name], labels, tolerations):
            yield unfit


def fitting(affinity: Object, state: JobState, clusters: Mapping[str, Object]) -> list[str]:
    """Return the clusters of one affinity on which Karmada places a job, or leaves it.

    Where a job is placed already neither a taint nor the kinds that are served count.
    """
    labels = (affinity.get("labelSelector") or {}).get("matchLabels") or {}
    tolerations = state.placement.get("clusterTolerations") or ()
    return [
        name
        for name in affinity.get("clusterNames") or clusters
        if name in clusters
        and _why_unfit(name, clusters[name], labels, tolerations, name in state.clusters) is None
    ]


def is_meant(name: str, cluster: Object, state: JobState) -> bool:
    """Return whether a job's placement may mean a cluster."""
    return any(wanted == name for wanted, _ in _wanted(state.placement, {name: cluster}))


def _wanted(
    placement: Object, clusters: Mapping[str, Object]
) -> Iterator[tuple[str | None, Mapping[str, str]]]:
    """Each cluster that the placement may mean, once, with the labels that it has to have.

    None in the place of a name where labels alone choose and no member has them.
    """
    affinities = placement.get("clusterAffinities") or [placement.get("clusterAffinity") or {}]
    seen = set()
    for affinity in affinities:
        labels = (affinity.get("labelSelector") or {}).get("matchLabels") or {}
        names: Iterable[str | None] = affinity.get("clusterNames") or [
            name for name, cluster in clusters.items() if _has(cluster, labels)
        ]
        for name in names or [None]:
            if name not in seen:
                seen.add(name)
                yield name, labels


_NOT_A_MEMBER = (
    "a new job with members in targetClusters runs (`rayjobs clusters` lists them), "
    "or this one once the cluster has joined"
)
_LABELS = "`rayjobs clusters` lists the members; a new job may ask for other labels"
_NOT_READY = "the job is placed once the member answers Karmada again"
_NO_API = "install the KubeRay operator there, with its CRDs"
_TAINTED = "allow the taint in the job's scheduling.clusterTolerations, or have it taken away"


def _why_unfit(
    name: str,
    cluster: Object,
    labels: Mapping[str, str],
    tolerations: Iterable[Object],
    is_placed: bool = False,
) -> Advice | None:
    if cluster["metadata"].get("deletionTimestamp"):
        return Advice(f"{name} is leaving Karmada", _NOT_A_MEMBER)
    if not _has(cluster, labels):
        lacking = {k: v for k, v in labels.items() if not _has(cluster, {k: v})}
        return Advice(f"{name} has not the labels {_in_words(lacking)}", _LABELS)
    if is_placed:
        return None
    if not is_ready(cluster):
        ready = ready_condition(cluster)
        message = ready.get("message") or ready.get("reason") or "Karmada has not reached it yet"
        return Advice(f"{name} is not ready: {message}", _NOT_READY)
    for taint in (cluster.get("spec") or {}).get("taints") or ():
        if taint.get("effect") in _KEEPS_OUT and not any(_tolerates(t, taint) for t in tolerations):
            return Advice(f"{name} has the taint {taint_in_words(taint)}", _TAINTED)
    if not serves_ray_jobs(cluster.get("status") or {}):
        return Advice(f"{name} does not serve RayJobs of ray.io/v1", _NO_API)
    return None


def _has(cluster: Object, labels: Mapping[str, str]) -> bool:
    own = cluster["metadata"].get("labels") or {}
    return all(own.get(key) == value for key, value in labels.items())


def _tolerates(toleration: Object, taint: Object) -> bool:
    """As Kubernetes compares them (core/v1 Toleration.ToleratesTaint)."""
    if any(toleration.get(one) not in (None, "", taint.get(one)) for one in ("effect", "key")):
        return False
    exists = toleration.get("operator") == "Exists"
    return exists or (toleration.get("value") or "") == (taint.get("value") or "")


def serves_ray_jobs(status: Object) -> bool:
    """Return whether a Cluster's status says that the member serves RayJobs."""
    return any(
        enabled.get("groupVersion") == "ray.io/v1"
        and any(kind.get("kind") == "RayJob" for kind in enabled.get("resources") or ())
        for enabled in status.get("apiEnablements") or ()
    )


def taint_in_words(taint: Mapping[str, Any]) -> str:
    """Return ``key=value:effect``."""
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _in_words(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels))


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where a policy of rendered/ may place what it selects; ``words`` say how it chooses."""

    clusters: frozenset[str]
    words: str


def is_foreign(holder: str, key: ObjectKey) -> bool:
    """Return whether another policy holds an object than the one that is rendered for it."""
    _, namespace, name = key
    return holder not in ("", f"PropagationPolicy {namespace}/{policy_name(name)}")


def allowed_by(policy: Object) -> Allowed:
    """Return what a policy of rendered/ says: ``north, south``, ``one of north, south``."""
    placement = policy.get("spec", {}).get("placement", {})
    affinities = placement.get("clusterAffinities") or [placement.get("clusterAffinity") or {}]
    names = [*dict.fromkeys(name for one in affinities for name in one.get("clusterNames") or ())]
    how = ""
    if len(names) > 1 and placement.get("clusterAffinities"):
        how = "the first of "
    elif len(names) > 1 and placement.get("spreadConstraints"):
        how = "one of "
    return Allowed(frozenset(names), how + ", ".join(names))


def hand_over(keys: Iterable[ObjectKey]) -> str:
    """Return what to do about a policy that holds these objects, and what becomes of them."""
    are_jobs = {kind == "RayJob" for kind, _, _ in keys}
    effects = [words for of_jobs, words in _EFFECTS.items() if of_jobs in are_jobs]
    return f"{_HINT}; {'; '.join(effects)} {_MORE}"


_HINT = (
    "on Karmada, narrow its resourceSelectors or delete it: the policy of rendered/ then takes over"
)
_EFFECTS = {
    True: "copies of a RayJob in other clusters end",
    False: "claims and Secrets in other clusters may be deleted, with what a claim holds, unless "
    "that policy has preserveResourcesOnDeletion: true before",
}
_MORE = '(docs/sync.md, "When somebody else\'s policy holds a job")'


def holder_problems(
    job: GitJob, state: JobState, shared: Mapping[ObjectKey, Held]
) -> Iterator[Problem]:
    """Yield what other policies hold of a job, and where it is that rendered/ does not place it.

    Of ``shared`` what the job needs is looked at.
    """
    if job.policy is None:
        return
    own = ("RayJob", job.namespace, job.name)
    known = {key: shared[key] for key in job.shared if key in shared}
    known[own] = state.held
    allowed = allowed_by(job.policy)
    foreign: dict[str, list[ObjectKey]] = {}
    for key in (own, *job.shared):
        if key in known and is_foreign(known[key].policy, key):
            foreign.setdefault(known[key].policy, []).append(key)
    for policy, keys in foreign.items():
        things = ", ".join("the job" if key == own else f"{key[0]} {key[2]}" for key in keys)
        effects = [
            _of_job(state, allowed) if key == own else _of_shared(key, known[key], state, allowed)
            for key in keys
        ]
        words = ": ".join(filter(None, (_INSTEAD, "; ".join(filter(None, effects)))))
        yield Problem("foreign-policy", Advice(f"{policy} holds {things} {words}", hand_over(keys)))
    elsewhere = sorted({*state.held.clusters} - allowed.clusters)
    if elsewhere and own not in {key for keys in foreign.values() for key in keys}:
        message = f"it is on {', '.join(elsewhere)}, where rendered/ does not place it"
        hint = "see whether the sync engine has applied the commit that holds rendered/"
        yield Problem("elsewhere", Advice(message, hint))


_INSTEAD = "in the place of rendered/'s policy"


def _of_job(state: JobState, allowed: Allowed) -> str:
    there = ", ".join(state.held.clusters) or "no cluster"
    return f"it is on {there}; rendered/ places it on {allowed.words}"


def _of_shared(key: ObjectKey, held: Held, state: JobState, allowed: Allowed) -> str:
    """Where the job has to do without it."""
    kind, _, name = key
    missing = sorted({*(state.held.clusters or allowed.clusters)} - {*held.clusters})
    return f"{kind} {name} is not on {', '.join(missing)}" if missing else ""
