"""Which policy holds an object on Karmada, and where the object is.

Karmada writes the policy on the object first, and on its ResourceBinding then (Karmada 1.18,
pkg/detector/claim.go): its name in annotations, and a label, by which Karmada itself goes
(pkg/detector/policy.go). The binding alone says it where an object may not be read, as a Secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.kinds import BINDINGS
from generator.karmada.rendered import ObjectKey

_OF_NAMESPACE = "propagationpolicy.karmada.io"
_OF_ALL = "clusterpropagationpolicy.karmada.io"


@dataclass(frozen=True, slots=True)
class Held:
    """An object that Karmada places: the policy that holds it, "" of none, and its clusters.

    A policy is ``PropagationPolicy NAMESPACE/NAME`` or ``ClusterPropagationPolicy NAME``.
    """

    policy: str = ""
    clusters: tuple[str, ...] = ()
    has_id: bool = True
    """Whether the policy has the id that Karmada's webhook gives it as it is made.

    Of one that has none the scheduler passes over the binding (Karmada 1.18,
    pkg/scheduler/event_handler.go).
    """


def held_of(metadata: Object, binding: Object | None) -> Held:
    """Return what an object's metadata, ``{}`` of one that is not read, and its binding say."""
    named = [*_named(metadata), *_named(binding["metadata"] if binding else {})]
    # Of those that are alike the first. Annotations stay where somebody takes the label away.
    _, policy = max(named, key=itemgetter(0), default=(False, ""))
    if binding is None:
        return Held(policy)
    labels = binding["metadata"].get("labels") or {}
    has_id = all(labels.get(f"{domain}/permanent-id") != "" for domain in (_OF_NAMESPACE, _OF_ALL))
    return Held(policy, _clusters(binding), has_id)


def _named(metadata: Object) -> Iterator[tuple[bool, str]]:
    """Each policy that is named there, after whether its label is there too."""
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    if name := annotations.get(f"{_OF_NAMESPACE}/name"):
        namespace = annotations.get(f"{_OF_NAMESPACE}/namespace", "?")
        yield f"{_OF_NAMESPACE}/permanent-id" in labels, f"PropagationPolicy {namespace}/{name}"
    if name := annotations.get(f"{_OF_ALL}/name"):
        yield f"{_OF_ALL}/permanent-id" in labels, f"ClusterPropagationPolicy {name}"


def _clusters(binding: Object) -> tuple[str, ...]:
    """Its own, and those of bindings that require it: Karmada places it on all of them.

    As Karmada 1.18 takes them together, pkg/controllers/binding/common.go.
    """
    spec = binding["spec"]
    placed = [*(spec.get("clusters") or ())]
    for requiring in spec.get("requiredBy") or ():
        placed += requiring.get("clusters") or ()
    return tuple(sorted({one["name"] for one in placed}))


def held_by(bindings: Iterable[Object]) -> dict[ObjectKey, Held]:
    """Return what ResourceBindings say of the objects that they are of."""
    return {key_of_binding(one): held_of({}, one) for one in bindings}


def key_of_binding(binding: Object) -> ObjectKey:
    """Return the object that a binding is of."""
    resource = binding["spec"]["resource"]
    return resource.get("kind", ""), resource.get("namespace", ""), resource["name"]


def read_held(plane: ControlPlane, keys: Iterable[ObjectKey]) -> dict[ObjectKey, Held]:
    """As :func:`held_by`, of a few objects, each of which is asked for. LiveError."""
    return held_by(one for key in keys if (one := read_binding(plane, *key)) is not None)


def read_binding(plane: ControlPlane, kind: str, namespace: str, name: str) -> Object | None:
    """Return the ResourceBinding of an object; None where it has none. LiveError."""
    # Karmada's name for it (pkg/util/names, GenerateBindingName).
    return plane.get(BINDINGS, f"{name}-{kind}".lower(), namespace)
