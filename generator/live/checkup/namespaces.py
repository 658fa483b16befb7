"""Checks of what jobs need on Karmada besides themselves: their namespaces and Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.fleet import Fleet, ObjectName
from generator.live.checkup.finding import Finding, count, in_a_row, ok, problem, warning
from generator.live.checkup.git import NAMESPACES
from generator.live.checkup.surroundings import Surroundings
from generator.live.control_plane import ControlPlane
from generator.live.failures import RefusedError
from generator.live.resources import Resource
from generator.live.shapes import Secret
from generator.live.states import BINDINGS
from generator.platform.model import FILE

_SECRETS = Resource("v1", "secrets", Secret)
_BINDING = "{}-secret"
"""Karmada's name for a Secret that a policy places (its pkg/util/names, GenerateBindingName)."""
_PULLING_KEY = ".dockerconfigjson"


def namespaces(seen: Surroundings) -> Iterator[Finding]:
    """Whether Karmada has the namespaces of what is rendered."""
    there = {one["metadata"]["name"] for one in seen.listed(NAMESPACES)}
    missing = [one for one in seen.fleet.namespaces if one not in there]
    made = {*seen.fleet.kept_namespaces}
    if by_sync := [one for one in missing if one in made]:
        message = f"Karmada does not have {count(len(by_sync), 'namespace')} yet: "
        hint = "the first sync makes it; where its Secrets are made by hand before, apply its file"
        yield warning(message + in_a_row(by_sync), hint, by_sync)
    if by_nobody := [one for one in missing if one not in made]:
        message = f"Karmada does not have {count(len(by_nobody), 'namespace')}: "
        hint = f"list it below namespaces in {FILE}, or create it: no sync engine makes it"
        yield problem(message + in_a_row(by_nobody), hint, by_nobody)
    if not missing:
        yield ok(f"Karmada has {count(len(seen.fleet.namespaces), 'namespace')} that jobs need")


@dataclass(slots=True)
class Needed:
    """A Secret, the entries that jobs take from it, and the clusters of those jobs."""

    source: str
    keys: set[str] = field(default_factory=set)
    clusters: set[str] = field(default_factory=set)


def needed_secrets(fleet: Fleet) -> dict[ObjectName, Needed]:
    """The Secrets of all jobs by namespace and name, sorted."""
    found: dict[ObjectName, Needed] = {}
    for submission in fleet.submissions:
        job = submission.job
        keys = fleet.credentials(job)
        wanted = [(keys.secret_name, keys.source, {keys.access_key, keys.secret_key})]
        for pulling in fleet.platform.pods.image_pull_secrets:
            wanted.append((pulling.name, pulling.source, {_PULLING_KEY}))
        for name, source, entries in wanted:
            needed = found.setdefault((job.namespace, name), Needed(source))
            needed.keys |= entries
            needed.clusters |= {*job.target_clusters}
    return dict(sorted(found.items()))


def secrets(seen: Surroundings) -> Iterator[Finding]:
    """Whether Karmada has the Secrets that are propagated; of their values nothing is kept."""
    wanted = {
        name: one for name, one in needed_secrets(seen.fleet).items()
        if one.source == "control-plane"
    }  # fmt: skip
    for (namespace, name), needed in wanted.items():
        yield _on_karmada(seen.plane, namespace, name, needed)
    if not wanted:
        yield ok("no job needs a Secret on Karmada")


def _on_karmada(plane: ControlPlane, namespace: str, name: str, needed: Needed) -> Finding:
    what = f"the Secret {namespace}/{name}"
    hint = f"create it there with {_in_words(needed)}: docs/sync.md, step 2"
    try:
        secret = plane.get(_SECRETS, name, namespace)
    except RefusedError as refused:
        if refused.status != 403:
            raise
        return _by_binding(plane, namespace, name, hint)
    if secret is None:
        return problem(f"{what} is not on Karmada", hint)
    return _of_keys(what, secret, needed)


def _by_binding(plane: ControlPlane, namespace: str, name: str, hint: str) -> Finding:
    """What one says who may not read Secrets: Karmada has a binding for each that it places."""
    if plane.get(BINDINGS, _BINDING.format(name), namespace) is not None:
        words = "is on Karmada and placed; its keys were not looked at: this user may not read it"
        return ok(f"the Secret {namespace}/{name} {words}")
    message = (
        f"the Secret {namespace}/{name} is not on Karmada, or not placed: this user may not read it"
    )
    return warning(message, f"have somebody look who may; if it is missing, {hint}")


def _of_keys(what: str, secret: Mapping[str, Any], needed: Needed) -> Finding:
    missing = sorted(needed.keys - {*(secret.get("data") or {})})
    if missing:
        return problem(
            f"{what} has no entry {' and no entry '.join(missing)}",
            f"add it, or say in {FILE} what the entries are called",
        )
    return ok(f"{what} is there with {_in_words(needed)}")


def _in_words(needed: Needed) -> str:
    keys = sorted(needed.keys)
    return f"the {'entry' if len(keys) == 1 else 'entries'} {' and '.join(keys)}"


def secrets_in_members(seen: Surroundings) -> Iterator[Finding]:
    """Whether the members have the Secrets that are not propagated."""
    wanted = {
        name: one for name, one in needed_secrets(seen.fleet).items()
        if one.source != "control-plane"
    }  # fmt: skip

    def look(cluster: str, member: ControlPlane) -> Iterator[Finding]:
        for (namespace, name), needed in wanted.items():
            if cluster not in needed.clusters:
                continue
            what = f"{cluster}: the Secret {namespace}/{name}"
            secret = member.get(_SECRETS, name, namespace)
            yield (
                _of_keys(what, secret, needed)
                if secret
                else problem(f"{what} is not there", _MADE_BY[needed.source])
            )

    clusters = {cluster for one in wanted.values() for cluster in one.clusters}
    yield from seen.in_members(clusters, look)


_MADE_BY = {
    "members": f"whoever owns the member creates it there: {FILE} says that it is there already",
    "external": "see what the ExternalSecret of that name says in the member: its store, its keys",
}
