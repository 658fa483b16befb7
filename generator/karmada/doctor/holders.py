"""Whether the policies of rendered/ hold what they are for, each where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.karmada.client.kinds import BINDINGS
from generator.karmada.client.shapes import Policy, flaw
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding, counted
from generator.karmada.doctor.rendered_kinds import (
    CLAIM,
    EXTERNAL_SECRET,
    LISTS,
    PROPAGATION_POLICY,
    RAYJOB,
)
from generator.karmada.holding_policy import Held, held_of, key_of_binding
from generator.karmada.rendered import ObjectKey, in_words
from generator.karmada.status.foreign_policies import Allowed, allowed_by, hand_over, is_foreign

_SELECTED = frozenset({EXTERNAL_SECRET, CLAIM, RAYJOB})


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


def holders(context: Context) -> Iterator[Finding]:
    """Check whether another policy holds an object, or it is where rendered/ does not place it."""
    placed = list(_placed(context))
    foreign: dict[str, list[_Placed]] = {}
    elsewhere: list[str] = []
    for one in placed:
        if is_foreign(one.held.policy, one.key):
            foreign.setdefault(one.held.policy, []).append(one)
        elif {*one.held.clusters} - one.allowed.clusters:
            elsewhere.append(one.words)
    for policy, objects in sorted(foreign.items()):
        names = [one.words for one in objects]
        held = counted(len(names), "object")
        message = f"{policy} holds {held} in the place of rendered/'s policy"
        hint = hand_over(one.key for one in objects)
        yield Finding.problem(message, hint, names)
    if elsewhere:
        message = f"{counted(len(elsewhere), 'object')} where rendered/ does not place them"
        hint = (
            "see whether the sync engine has applied the last commit; a claim or Secret is also "
            "where an object is whose policy has propagateDeps"
        )
        yield Finding.warning(message, hint, elsewhere)
    if placed and not foreign and not elsewhere:
        number = counted(len(placed), "object")
        yield Finding.ok(f"no other policy holds any of {number} of rendered/")


def _placed(context: Context) -> Iterator[_Placed]:
    bindings = {key_of_binding(one): one for one in context.listed(BINDINGS)}
    # What is listed anyway; of Secrets there are the bindings alone.
    listed = {
        key: one["metadata"]
        for kind in LISTS
        if kind in _SELECTED and kind in context.rendered
        for key, one in context.on_karmada(kind).items()
    }
    for policy in (one.value for one in context.rendered.get(PROPAGATION_POLICY, ())):
        if flaw(Policy, policy):  # edited by hand, which another check says
            continue
        for selector in policy.get("spec", {}).get("resourceSelectors", ()):
            key = selector.get("kind"), policy["metadata"].get("namespace"), selector.get("name")
            held = held_of(listed.get(key, {}), bindings.get(key))
            yield _Placed(key, allowed_by(policy), held)
