"""Checks of Karmada against rendered/: what differs, what nobody owns, what would run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.diagnostics.names import first_few
from generator.karmada.client.control_plane import Object
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding, counted
from generator.karmada.doctor.rendered_kinds import (
    LISTS,
    OVERRIDE_POLICY,
    PROPAGATION_POLICY,
    RAYJOB,
)
from generator.karmada.quantities import quantity
from generator.karmada.rendered import in_words
from generator.karmada.status.sync import differences

_OURS = {PROPAGATION_POLICY: "-propagation", OVERRIDE_POLICY: "-override"}
"""How policies that are rendered end, after the name of the one object that they select."""


def drift(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has every object of rendered/ as it is there."""
    missing: list[str] = []
    other: list[str] = []
    number = 0
    for kind in sorted(context.rendered.keys() & LISTS.keys()):
        there = context.on_karmada(kind)
        for one in context.rendered[kind]:
            number += 1
            found = there.get(one.key)
            if found is None:
                missing.append(one.words)
            elif places := list(_differences(one.value, found)):
                other.append(f"{one.words} ({first_few(places, 1)})")
    if missing:
        message = f"{counted(len(missing), 'object')} of rendered/ not on Karmada"
        hint = "commit and push; then see whether the sync engine has applied the commit"
        yield Finding.problem(message, hint, missing)
    if other:
        message = f"{counted(len(other), 'object')} on Karmada not as in rendered/"
        hint = (
            "see whether the sync engine has applied the last commit, or who edits them; a RayJob "
            "that has started stays what it was"
        )
        yield Finding.warning(message, hint, other)
    if number and not missing and not other:
        yield Finding.ok(f"Karmada has {counted(number, 'object')} of rendered/ as they are there")


def _differences(rendered: Mapping[str, Any], found: Object) -> Iterator[str]:
    """Without quantities that are written otherwise: an API server makes 1024Gi 1Ti.

    Lists of Kubernetes' own kinds leave out apiVersion and kind.
    """
    compared = {key: one for key, one in rendered.items() if key not in ("apiVersion", "kind")}
    for place in differences(compared, found):
        one, other = quantity(_at(rendered, place)), quantity(_at(found, place))
        if one is None or one != other:
            yield place


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value


def not_in_git(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has RayJobs or policies of jobs that rendered/ does not have."""
    rendered = context.rendered_keys
    found = [key for key in context.on_karmada(RAYJOB) if key not in rendered]
    for kind, ending in _OURS.items():
        there = context.on_karmada(kind)
        found += [k for k, o in there.items() if k not in rendered and _is_ours(o, ending)]
    if found:
        names = [in_words(key) for key in sorted(found)]
        message = f"{counted(len(names), 'object')} on Karmada not in rendered/"
        hint = (
            "where the sync engine prunes it takes them away; else delete them there, which ends "
            "their trainings, or bring their jobs into Git"
        )
        yield Finding.warning(message, hint, names)
    else:
        yield Finding.ok("every RayJob on Karmada is in rendered/")


def _is_ours(policy: Object, ending: str) -> bool:
    selectors = (policy.get("spec") or {}).get("resourceSelectors") or []
    name = policy["metadata"]["name"]
    return len(selectors) == 1 and name == f"{selectors[0].get('name')}{ending}"


def finished(context: Context) -> Iterator[Finding]:
    """Check whether jobs that have ended would run again on a rebuilt Karmada."""
    ended = [
        f"{namespace}/{name}"
        for (namespace, name), state in context.states().items()
        if state.has_ended and ("RayJob", namespace, name) in context.rendered_keys
    ]
    if ended:
        message = f"{counted(len(ended), 'job')} ended and still in rendered/"
        hint = (
            "a Karmada that is rebuilt, a member that rejoins empty, and for one-of and ordered a "
            "member that leaves would run them again: delete their folders and render"
        )
        yield Finding.warning(message, hint, ended)
    else:
        yield Finding.ok("no job in rendered/ has ended")
