"""Checks of the kinds that Karmada and its members serve, with the fields that are rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.live.checkup.finding import Finding, in_a_row, ok, problem
from generator.live.checkup.schemas import dotted, schema_of, unknown
from generator.live.checkup.surroundings import Surroundings
from generator.live.control_plane import ControlPlane

_RAYJOB = ("ray.io/v1", "RayJob")
_POLICY = ("policy.karmada.io/v1alpha1", "PropagationPolicy")
_IN_MEMBERS = (_RAYJOB, ("external-secrets.io/v1", "ExternalSecret"))
"""Of what is rendered, what Karmada brings into members and is not Kubernetes' own."""

_WHERE = {
    "ray.io/v1": "install the CustomResourceDefinitions of KubeRay 1.6 or newer{where}",
    "policy.karmada.io/v1alpha1": "name Karmada's API server, and update Karmada to 1.16 or newer",
    "external-secrets.io/v1": "install the CustomResourceDefinition of ExternalSecret{where}",
}


def on_karmada(seen: Surroundings) -> Iterator[Finding]:
    """Whether Karmada serves every kind that is rendered."""
    wanted = sorted({_RAYJOB, _POLICY, *_rendered_kinds(seen)})
    found = list(_of_server(seen, seen.plane, wanted, "Karmada", ": docs/sync.md, step 2"))
    kinds = in_a_row([kind for _, kind in wanted], len(wanted))
    yield from found or [ok(f"Karmada serves {kinds}, with every field that is rendered")]


def in_members(seen: Surroundings) -> Iterator[Finding]:
    """Whether the members serve RayJobs, and ExternalSecrets where any is rendered."""
    wanted = [one for one in _IN_MEMBERS if one == _RAYJOB or one in _rendered_kinds(seen)]
    kinds = " and ".join(kind for _, kind in wanted)

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        found = list(_of_server(seen, member, wanted, name, f" in {name}"))
        yield from found or [ok(f"{name} serves {kinds}, with every field that is rendered")]

    yield from seen.in_members(seen.targets, look)


def _rendered_kinds(seen: Surroundings) -> set[tuple[str, str]]:
    """The kinds of rendered/ but those that every API server serves."""
    return {kind for kind in seen.rendered_by_kind if kind[0] in _WHERE}


def _of_server(
    seen: Surroundings,
    plane: ControlPlane,
    kinds: Iterable[tuple[str, str]],
    name: str,
    where: str,
) -> Iterator[Finding]:
    for api_version, kind in kinds:
        hint = _WHERE[api_version].format(where=where)
        schema = schema_of(plane, api_version, kind)
        if schema is None:
            yield problem(f"{name} does not serve {kind} of {api_version}", hint)
        elif missing := unknown(seen.fields((api_version, kind)), schema):
            fields = [dotted(path) for path in missing]
            message = f"{name} drops fields of {kind} that it does not know: {in_a_row(fields)}"
            yield problem(message, hint, fields)
