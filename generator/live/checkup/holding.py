"""Whether the policies of rendered/ hold what they are for, each where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.live.checkup.finding import Finding, count, in_a_row, ok, problem, warning
from generator.live.checkup.git import LISTS
from generator.live.checkup.surroundings import Surroundings
from generator.live.held import Held, held_of
from generator.live.holders import Allowed, allowed_by, hand_over, is_foreign, key_of_binding
from generator.live.rendered_objects import ObjectKey, in_words, key_of_object
from generator.live.shapes import Policy, flaw
from generator.live.states import BINDINGS

_SELECTED = frozenset({"ExternalSecret", "PersistentVolumeClaim", "RayJob"})
_POLICY = ("policy.karmada.io/v1alpha1", "PropagationPolicy")


@dataclass(frozen=True, slots=True)
class _Placed:
    """An object that rendered/ has a policy for, and what Karmada does with it."""

    key: ObjectKey
    allowed: Allowed
    held: Held

    @property
    def words(self) -> str:
        """``RayJob default/train-1 (on south; rendered/: one of north, west)``."""
        there = ", ".join(self.held.clusters) or "no cluster"
        return f"{in_words(self.key)} (on {there}; rendered/: {self.allowed.words})"


def holders(seen: Surroundings) -> Iterator[Finding]:
    """Whether another policy holds an object, or it is where rendered/ does not place it."""
    placed = list(_placed(seen))
    foreign: dict[str, list[_Placed]] = {}
    elsewhere: list[str] = []
    for one in placed:
        if is_foreign(one.held.policy, one.key):
            foreign.setdefault(one.held.policy, []).append(one)
        elif {*one.held.clusters} - one.allowed.clusters:
            elsewhere.append(one.words)
    for policy, objects in sorted(foreign.items()):
        names = [one.words for one in objects]
        message = f"{policy} holds {count(len(names), 'object')} in the place of rendered/'s policy"
        hint = hand_over(one.key for one in objects)
        yield problem(f"{message}: {in_a_row(names)}", hint, names)
    if elsewhere:
        message = f"{count(len(elsewhere), 'object')} where rendered/ does not place them: "
        hint = (
            "see whether the sync engine has applied the last commit; a claim or Secret is also "
            "where an object is whose policy has propagateDeps"
        )
        yield warning(message + in_a_row(elsewhere), hint, elsewhere)
    if placed and not foreign and not elsewhere:
        yield ok(f"no other policy holds any of {count(len(placed), 'object')} of rendered/")


def _placed(seen: Surroundings) -> Iterator[_Placed]:
    bindings = {key_of_binding(one): one for one in seen.listed(BINDINGS)}
    # What is listed anyway; of Secrets there are the bindings alone.
    kinds = [kind for kind in LISTS if kind in seen.rendered_by_kind and kind[1] in _SELECTED]
    listed = {
        key_of_object(kind[1], one): one["metadata"]
        for kind in kinds
        for one in seen.listed(LISTS[kind])
    }
    for policy in (one.value for one in seen.rendered_by_kind.get(_POLICY, ())):
        if flaw(Policy, policy):  # edited by hand, which another check says
            continue
        for selector in policy.get("spec", {}).get("resourceSelectors", ()):
            key = selector.get("kind"), policy["metadata"].get("namespace"), selector.get("name")
            held = held_of(listed.get(key, {}), bindings.get(key))
            yield _Placed(key, allowed_by(policy), held)
