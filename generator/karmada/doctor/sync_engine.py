"""Check of who applies rendered/ to Karmada."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.diagnostics.names import first_few
from generator.karmada.client.control_plane import Object
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding, counted
from generator.karmada.doctor.rendered_kinds import CLAIM, LISTS, NAMESPACE

_OUTLIVE_ENGINES = frozenset({NAMESPACE, CLAIM})
"""Kinds that no engine prunes: they bear the marks of one that was taken away."""

_POINT_ONE = "point one at rendered/: docs/sync.md, steps 4 and 5"


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


_FLUX_NAME = "kustomize.toolkit.fluxcd.io/name"
_FLUX_NAMESPACE = "kustomize.toolkit.fluxcd.io/namespace"
_ARGO_CD_ID = "argocd.argoproj.io/tracking-id"
_MANAGERS = {
    "kustomize-controller": "Flux",
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
}
"""Who writes as which field manager: kustomize-controller 1.9, Argo CD 3.2."""


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
