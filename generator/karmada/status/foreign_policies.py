"""Objects that another policy holds than the one that rendered/ has for them.

The policy that claims an object first keeps it, and others that select it count for nothing
(Karmada 1.18, pkg/detector/policy.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator.diagnostics.advice import Advice
from generator.karmada.client.control_plane import Object
from generator.karmada.holding_policy import Held
from generator.karmada.job_state import JobState
from generator.karmada.rendered import GitJob, ObjectKey
from generator.karmada.status.problem import Problem
from generator.render.manifests.placement import policy_name


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
