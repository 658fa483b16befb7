"""Checks of the Secrets that jobs need, of whose values nothing is kept, and of the sync engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.diagnostics.wording import first_few
from generator.karmada.client.answers import RefusedError
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import Resource
from generator.karmada.client.shapes import Secret
from generator.karmada.doctor.finding import CLAIM, LISTS, NAMESPACE, Context, Finding, counted
from generator.karmada.job_state import read_binding
from generator.model.platform.model import FILE
from generator.repository.fleet import Fleet, ObjectName

_SECRETS = Resource("v1", "secrets", Secret)
_PULLING_KEY = ".dockerconfigjson"
_OUTLIVE_ENGINES = frozenset({NAMESPACE, CLAIM})
"""Kinds that no engine prunes: they bear the marks of one that was taken away."""
_POINT_ONE = "point one at rendered/: docs/sync.md, steps 4 and 5"
_FLUX_NAME = "kustomize.toolkit.fluxcd.io/name"
_FLUX_NAMESPACE = "kustomize.toolkit.fluxcd.io/namespace"
_ARGO_CD_ID = "argocd.argoproj.io/tracking-id"
_MANAGERS = {
    "kustomize-controller": "Flux",
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
}
"""Who writes as which field manager: kustomize-controller 1.9, Argo CD 3.2."""


@dataclass(slots=True)
class _Needed:
    """A Secret, the entries that jobs take from it, and the clusters of those jobs."""

    source: str
    keys: set[str] = field(default_factory=set)
    clusters: set[str] = field(default_factory=set)

    @property
    def entries(self) -> str:
        """``the entries access-key and secret-key``."""
        keys = sorted(self.keys)
        return f"the {'entry' if len(keys) == 1 else 'entries'} {' and '.join(keys)}"


def _needed(fleet: Fleet, *, propagated: bool) -> dict[ObjectName, _Needed]:
    """Return the Secrets of all jobs that Karmada propagates, or does not, sorted by name."""
    found: dict[ObjectName, _Needed] = {}
    for submission in fleet.submissions:
        job = submission.job
        keys = fleet.resolved(submission).credentials
        wanted = [(keys.secret_name, keys.source, {keys.access_key, keys.secret_key})]
        for pulling in fleet.platform.pods.image_pull_secrets:
            wanted.append((pulling.name, pulling.source, {_PULLING_KEY}))
        for name, source, entries in wanted:
            needed = found.setdefault((job.namespace, name), _Needed(source))
            needed.keys |= entries
            needed.clusters |= {*job.target_clusters}
    chosen = (name for name in found if (found[name].source == "control-plane") == propagated)
    return {name: found[name] for name in sorted(chosen)}


def on_karmada(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has the Secrets that are propagated."""
    wanted = _needed(context.fleet, propagated=True)
    for (namespace, name), needed in wanted.items():
        yield _on_karmada(context.plane, namespace, name, needed)
    if not wanted:
        yield Finding.ok("no job needs a Secret on Karmada")


def _on_karmada(plane: ControlPlane, namespace: str, name: str, needed: _Needed) -> Finding:
    what = f"the Secret {namespace}/{name}"
    hint = f"create it there with {needed.entries}: docs/sync.md, step 2"
    try:
        secret = plane.get(_SECRETS, name, namespace)
    except RefusedError as refused:
        if refused.status != 403:
            raise
        # Karmada has a binding for each that it places.
        if read_binding(plane, "Secret", namespace, name) is not None:
            words = f"{what} is on Karmada and placed; its keys were not looked at"
            return Finding.ok(f"{words}: {_MAY_NOT_READ}")
        message = f"{what} is not on Karmada, or not placed: {_MAY_NOT_READ}"
        return Finding.warning(message, f"have somebody look who may; if it is missing, {hint}")
    if secret is None:
        return Finding.problem(f"{what} is not on Karmada", hint)
    return _of_keys(what, secret, needed)


_MAY_NOT_READ = "this user may not read it"


def _of_keys(what: str, secret: Mapping[str, Any], needed: _Needed) -> Finding:
    missing = sorted(needed.keys - {*(secret.get("data") or {})})
    if missing:
        return Finding.problem(
            f"{what} has no entry {' and no entry '.join(missing)}",
            f"add it, or say in {FILE} what the entries are called",
        )
    return Finding.ok(f"{what} is there with {needed.entries}")


def in_members(context: Context) -> Iterator[Finding]:
    """Check whether the members have the Secrets that are not propagated."""
    wanted = _needed(context.fleet, propagated=False)

    def look(cluster: str, member: ControlPlane) -> Iterator[Finding]:
        for (namespace, name), needed in wanted.items():
            if cluster in needed.clusters:
                what = f"{cluster}: the Secret {namespace}/{name}"
                secret = member.get(_SECRETS, name, namespace)
                if secret:
                    yield _of_keys(what, secret, needed)
                else:
                    yield Finding.problem(f"{what} is not there", _MADE_BY[needed.source])

    clusters = {cluster for one in wanted.values() for cluster in one.clusters}
    yield from context.in_members(clusters, look)


_MADE_BY = {
    "members": f"whoever owns the member creates it there: {FILE} says that it is there already",
    "external": "see what the ExternalSecret of that name says in the member: its store, its keys",
}


def sync_engine(context: Context) -> Iterator[Finding]:
    """Check which sync engine has applied what rendered/ holds."""
    applied: Counter[str] = Counter()
    number = 0
    for kind in sorted(context.rendered.keys() & LISTS.keys() - _OUTLIVE_ENGINES):
        there = context.on_karmada(kind)
        for one in context.rendered[kind]:
            if one.key in there:
                number += 1
                applied.update(engines_of(there[one.key]))
    words = [f"{engine} ({counted(n, 'object')})" for engine, n in sorted(applied.items())]
    if len({engine.partition(":")[0] for engine in applied}) > 1:
        message = f"objects bear the marks of two sync engines: {first_few(words, 4)}"
        hint = (
            "where one was taken away and its jobs kept, all is well; else take one away: "
            'docs/sync.md, "What is pruned"'
        )
        yield Finding.warning(message, hint)
    elif applied:
        yield Finding.ok(f"applied by {first_few(words, 4)}")
    elif number:
        message = f"no sync engine has applied {counted(number, 'object')} that Karmada has"
        yield Finding.warning(message, _POINT_ONE)
    else:
        message = "no sync engine was seen: Karmada has no job of rendered/ yet"
        yield Finding.problem(message, _POINT_ONE)


def engines_of(found: Object) -> set[str]:
    """Return ``Flux: NAMESPACE/KUSTOMIZATION`` or ``Argo CD: APPLICATION``, by what each leaves."""
    metadata = found["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    named = set()
    if name := labels.get(_FLUX_NAME):
        named.add(f"Flux: {labels.get(_FLUX_NAMESPACE, '?')}/{name}")
    if tracking := annotations.get(_ARGO_CD_ID):
        named.add(f"Argo CD: {tracking.partition(':')[0]}")
    if named:
        return named
    managers = {one.get("manager") for one in metadata.get("managedFields") or ()}
    return {f"{_MANAGERS[manager]}: not named" for manager in managers if manager in _MANAGERS}
