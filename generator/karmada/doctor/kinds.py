"""Checks of the kinds that Karmada and its members serve, with the fields that are rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.doctor.context import Context
from generator.karmada.doctor.finding import Finding
from generator.karmada.doctor.openapi import dotted, schema_of, unknown
from generator.karmada.doctor.rendered_kinds import (
    EXTERNAL_SECRET,
    PROPAGATION_POLICY,
    RAYJOB,
    Kind,
)

_IN_MEMBERS = (RAYJOB, EXTERNAL_SECRET)
"""Of what is rendered, what Karmada brings into members and is not Kubernetes' own."""

_WHERE = {
    "ray.io/v1": "install the CustomResourceDefinitions of KubeRay 1.6 or newer{where}",
    "policy.karmada.io/v1alpha1": "name Karmada's API server, and update Karmada to 1.16 or newer",
    "external-secrets.io/v1": "install the CustomResourceDefinition of ExternalSecret{where}",
}


def on_karmada(context: Context) -> Iterator[Finding]:
    """Check whether Karmada serves every kind that is rendered."""
    wanted = sorted({RAYJOB, PROPAGATION_POLICY, *_rendered_kinds(context)})
    found = list(_of_server(context, context.plane, wanted, "Karmada", ": docs/sync.md, step 2"))
    kinds = ", ".join(kind for _, kind in wanted)
    yield from found or [_served("Karmada", kinds)]


def in_members(context: Context) -> Iterator[Finding]:
    """Check whether the members serve RayJobs, and ExternalSecrets where any is rendered."""
    wanted = [one for one in _IN_MEMBERS if one == RAYJOB or one in _rendered_kinds(context)]
    kinds = " and ".join(kind for _, kind in wanted)

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        found = list(_of_server(context, member, wanted, name, f" in {name}"))
        yield from found or [_served(name, kinds)]

    yield from context.in_members(context.targets, look)


def _served(name: str, kinds: str) -> Finding:
    return Finding.ok(f"{name} serves {kinds}, with every field that is rendered")


def _rendered_kinds(context: Context) -> set[Kind]:
    """Return the kinds of rendered/ but those that every API server serves."""
    return {kind for kind in context.rendered if kind[0] in _WHERE}


def _of_server(
    context: Context,
    plane: ControlPlane,
    kinds: Iterable[Kind],
    name: str,
    where: str,
) -> Iterator[Finding]:
    fields = context.rendered_fields
    for api_version, kind in kinds:
        hint = _WHERE[api_version].format(where=where)
        schema = schema_of(plane, api_version, kind)
        if schema is None:
            yield Finding.problem(f"{name} does not serve {kind} of {api_version}", hint)
        elif missing := unknown(fields.get((api_version, kind), ()), schema):
            message = f"{name} drops fields of {kind} that it does not know"
            yield Finding.problem(message, hint, [dotted(path) for path in missing])
