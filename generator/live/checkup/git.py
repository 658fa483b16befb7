"""Checks of Karmada against rendered/: who applies it, what differs, what nobody owns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.live.checkup.finding import Finding, count, in_a_row, ok, problem, warning
from generator.live.checkup.surroundings import Surroundings
from generator.live.control_plane import Object
from generator.live.evidence import POLICIES
from generator.live.quantities import quantity
from generator.live.rendered_objects import RenderedObject, in_words, key_of_object
from generator.live.resources import Resource
from generator.live.shapes import Policy
from generator.live.states import RAYJOBS
from generator.live.synced import differences

NAMESPACES = Resource("v1", "namespaces")
CLAIMS = Resource("v1", "persistentvolumeclaims")
_POLICY = "policy.karmada.io/v1alpha1"
LISTS: dict[tuple[str, str], Resource] = {
    ("v1", "Namespace"): NAMESPACES,
    ("v1", "PersistentVolumeClaim"): CLAIMS,
    ("external-secrets.io/v1", "ExternalSecret"): (
        Resource("external-secrets.io/v1", "externalsecrets")
    ),
    (_POLICY, "FederatedResourceQuota"): Resource(_POLICY, "federatedresourcequotas"),
    (_POLICY, "OverridePolicy"): Resource(_POLICY, "overridepolicies", Policy),
    (_POLICY, "PropagationPolicy"): POLICIES,
    ("ray.io/v1", "RayJob"): RAYJOBS,
}
"""Where Karmada lists objects of each kind that is rendered."""

_OURS = {
    ("policy.karmada.io/v1alpha1", "PropagationPolicy"): "-propagation",
    ("policy.karmada.io/v1alpha1", "OverridePolicy"): "-override",
}
"""How policies that are rendered end, after the name of the one object that they select."""


def _there(seen: Surroundings, kind: tuple[str, str]) -> dict[tuple[str, str, str], Object]:
    return {key_of_object(kind[1], one): one for one in seen.listed(LISTS[kind])}


def _rendered(seen: Surroundings) -> list[tuple[tuple[str, str], list[RenderedObject]]]:
    return sorted((kind, of) for kind, of in seen.rendered_by_kind.items() if kind in LISTS)


def drift(seen: Surroundings) -> Iterator[Finding]:
    """Whether Karmada has every object of rendered/ as it is there."""
    missing: list[str] = []
    other: list[str] = []
    number = 0
    for kind, objects in _rendered(seen):
        there = _there(seen, kind)
        for one in objects:
            number += 1
            found = there.get(one.key)
            if found is None:
                missing.append(one.words)
            elif places := list(_differences(one.value, found)):
                other.append(f"{one.words} ({in_a_row(places, 1)})")
    if missing:
        message = f"{count(len(missing), 'object')} of rendered/ not on Karmada: "
        hint = "commit and push; then see whether the sync engine has applied the commit"
        yield problem(message + in_a_row(missing), hint, missing)
    if other:
        message = f"{count(len(other), 'object')} on Karmada not as in rendered/: "
        hint = (
            "see whether the sync engine has applied the last commit, or who edits them; a RayJob "
            "that has started stays what it was"
        )
        yield warning(message + in_a_row(other), hint, other)
    if number and not missing and not other:
        yield ok(f"Karmada has {count(number, 'object')} of rendered/ as they are there")


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


def not_in_git(seen: Surroundings) -> Iterator[Finding]:
    """Whether Karmada has RayJobs or policies of jobs that rendered/ does not have."""
    rendered = {one.key for one in seen.rendered}
    found = [key for key in _there(seen, ("ray.io/v1", "RayJob")) if key not in rendered]
    for kind, ending in _OURS.items():
        there = _there(seen, kind)
        found += [k for k, o in there.items() if k not in rendered and _is_ours(o, ending)]
    if found:
        names = [in_words(key) for key in sorted(found)]
        message = f"{count(len(names), 'object')} on Karmada not in rendered/: {in_a_row(names)}"
        hint = (
            "where the sync engine prunes it takes them away; else delete them there, which ends "
            "their trainings, or bring their jobs into Git"
        )
        yield warning(message, hint, names)
    else:
        yield ok("every RayJob on Karmada is in rendered/")


def _is_ours(policy: Object, ending: str) -> bool:
    selectors = (policy.get("spec") or {}).get("resourceSelectors") or []
    name = policy["metadata"]["name"]
    return len(selectors) == 1 and name == f"{selectors[0].get('name')}{ending}"


def finished(seen: Surroundings) -> Iterator[Finding]:
    """Whether jobs that have ended would run again on a rebuilt Karmada."""
    rendered = {one.key for one in seen.rendered}
    ended = [
        f"{namespace}/{name}"
        for (namespace, name), state in seen.states().items()
        if state.has_ended and ("RayJob", namespace, name) in rendered
    ]
    if ended:
        message = f"{count(len(ended), 'job')} ended and still in rendered/: {in_a_row(ended)}"
        hint = (
            "a Karmada that is rebuilt, a member that rejoins empty, and for one-of and ordered a "
            "member that leaves would run them again: delete their folders and render"
        )
        yield warning(message, hint, ended)
    else:
        yield ok("no job in rendered/ has ended")


_OUTLIVE_ENGINES = frozenset({"Namespace", "PersistentVolumeClaim"})
"""Kinds that no engine prunes: they bear the marks of one that was taken away."""


def sync_engine(seen: Surroundings) -> Iterator[Finding]:
    """Which sync engine has applied what rendered/ holds."""
    applied: Counter[str] = Counter()
    number = 0
    for kind, objects in _rendered(seen):
        if kind[1] in _OUTLIVE_ENGINES:
            continue
        there = _there(seen, kind)
        for found in (there[one.key] for one in objects if one.key in there):
            number += 1
            applied.update(engines_of(found))
    words = [f"{engine} ({count(n, 'object')})" for engine, n in sorted(applied.items())]
    if len({engine.partition(":")[0] for engine in applied}) > 1:
        message = f"objects bear the marks of two sync engines: {in_a_row(words, 4)}"
        hint = (
            "where one was taken away and its jobs kept, all is well; else take one away: "
            'docs/sync.md, "What is pruned"'
        )
        yield warning(message, hint)
    elif applied:
        yield ok(f"applied by {in_a_row(words, 4)}")
    elif number:
        message = f"no sync engine has applied {count(number, 'object')} that Karmada has"
        yield warning(message, _POINT_ONE)
    else:
        yield problem("no sync engine was seen: Karmada has no job of rendered/ yet", _POINT_ONE)


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


def engines_of(found: Object) -> set[str]:
    """``Flux: NAMESPACE/KUSTOMIZATION`` or ``Argo CD: APPLICATION``, by what each leaves."""
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
