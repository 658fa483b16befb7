"""Checks of API servers: which Karmada it is, what this user may read, which kinds are served."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics.diagnostic import Advice
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.resources import Resource
from generator.karmada.doctor.finding import (
    EXTERNAL_SECRET,
    PROPAGATION_POLICY,
    RAYJOB,
    Context,
    Finding,
    Kind,
    dotted,
    has_field,
    schema_of,
    unknown,
)

_IN_MEMBERS = (RAYJOB, EXTERNAL_SECRET)
"""Of what is rendered, what Karmada brings into members and is not Kubernetes' own."""

_WHERE = {
    "ray.io/v1": "install the CustomResourceDefinitions of KubeRay 1.6 or newer{where}",
    "policy.karmada.io/v1alpha1": "name Karmada's API server, and update Karmada to 1.16 or newer",
    "external-secrets.io/v1": "install the CustomResourceDefinition of ExternalSecret{where}",
}
_ALL = "every command"
READ: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("ray.io", "rayjobs", ("get", "list", "watch"), _ALL),
    ("work.karmada.io", "resourcebindings", ("get", "list", "watch"), _ALL),
    ("cluster.karmada.io", "clusters", ("get", "list"), "clusters, status, doctor"),
    ("cluster.karmada.io", "clusters/proxy", ("get",), "logs, status, doctor"),
    ("policy.karmada.io", "propagationpolicies", ("get", "list"), "status, doctor"),
    ("policy.karmada.io", "overridepolicies", ("list",), "doctor"),
    ("policy.karmada.io", "federatedresourcequotas", ("list",), "doctor"),
    ("config.karmada.io", "resourceinterpretercustomizations", ("get",), "doctor"),
    ("external-secrets.io", "externalsecrets", ("list",), "doctor"),
    ("", "namespaces", ("list",), "doctor"),
    ("", "persistentvolumeclaims", ("list",), "doctor"),
)
"""Group, resource, verbs and by what it is read on Karmada: the role in sync/karmada/ has them."""
_ROLE = 'ask for the role rayjobs-reader: docs/sync.md, "Who may read"'
_CUSTOMIZATIONS = Resource("config.karmada.io/v1alpha1", "resourceinterpretercustomizations")
_SINCE = (("workloadAffinityGroups", "1.17 or newer"), ("components", "1.15 or 1.16"))
"""Fields of a ResourceBinding's spec by the release that brought them (Karmada's changelogs)."""


def on_karmada(context: Context) -> Iterator[Finding]:
    """Check whether Karmada serves every kind that is rendered."""
    wanted = sorted({RAYJOB, PROPAGATION_POLICY, *_rendered_kinds(context)})
    where = ": docs/sync.md, step 2"
    yield from _of_server(context, context.plane, wanted, "Karmada", where, ", ")


def in_members(context: Context) -> Iterator[Finding]:
    """Check whether the members serve RayJobs, and ExternalSecrets where any is rendered."""
    wanted = [one for one in _IN_MEMBERS if one == RAYJOB or one in _rendered_kinds(context)]

    def look(name: str, member: ControlPlane) -> Iterator[Finding]:
        return _of_server(context, member, wanted, name, f" in {name}", " and ")

    yield from context.in_members(context.targets, look)


def _rendered_kinds(context: Context) -> set[Kind]:
    """Return the kinds of rendered/ but those that every API server serves."""
    return {kind for kind in context.rendered if kind[0] in _WHERE}


def _of_server(
    context: Context, plane: ControlPlane, kinds: list[Kind], name: str, where: str, between: str
) -> Iterator[Finding]:
    found = []
    for api_version, kind in kinds:
        hint = _WHERE[api_version].format(where=where)
        schema = schema_of(plane, api_version, kind)
        if schema is None:
            message = f"{name} does not serve {kind} of {api_version}"
            found.append(Finding.problem(message, hint))
        elif missing := unknown(context.rendered_fields((api_version, kind)), schema):
            message = f"{name} drops fields of {kind} that it does not know"
            found.append(Finding.problem(message, hint, [dotted(path) for path in missing]))
    words = f"{name} serves {between.join(kind for _, kind in kinds)}"
    yield from found or [Finding.ok(f"{words}, with every field that is rendered")]


def permissions(context: Context) -> Iterator[Finding]:
    """Check whether this user may read what the commands read; Secrets are no part of it."""
    refused: dict[str, str] = {}
    for group, resource, verbs, commands in READ:
        no = [verb for verb in verbs if not context.plane.may(verb, group, resource)]
        if no:
            name = f"{resource}.{group}" if group else resource
            refused[f"{'/'.join(no)} {name}"] = commands
    for what, commands in refused.items():
        advice = Advice(f"this user may not {what}, which is for: {commands}", _ROLE)
        yield Finding("problem" if commands == _ALL else "warning", advice)
    if not refused:
        yield Finding.ok("this user may read all that the commands read on Karmada")


def version(context: Context) -> Iterator[Finding]:
    """Check which Karmada it is: no API tells its version, but each release brought fields."""
    kubernetes = context.plane.version()
    schema = schema_of(context.plane, "work.karmada.io/v1alpha2", "ResourceBinding")
    if schema is None:
        yield Finding.problem(
            "this API server is not Karmada's: it serves no ResourceBindings",
            "name Karmada's with --kubeconfig or --context, not that of a member or of its host",
        )
        return
    release = next((r for field, r in _SINCE if has_field(schema, ("spec", field))), "")
    words = f"by its ResourceBinding; its API server is that of Kubernetes {kubernetes}"
    if release == _SINCE[0][1]:
        yield Finding.ok(f"Karmada is {release}, {words}")
    elif release:
        hint = "it has to be 1.16 or newer: only then it understands what RayJobs say of themselves"
        yield Finding.warning(f"Karmada is {release}, {words}", hint)
    else:
        hint = "update it to 1.16 or newer: it does not understand what RayJobs say of themselves"
        yield Finding.problem(f"Karmada is older than 1.15, {words}", hint)


def interpreter(context: Context) -> Iterator[Finding]:
    """Check whether Karmada leaves to members what Kueue owns of a RayJob."""
    name = "rayjob-suspend"
    if context.plane.get(_CUSTOMIZATIONS, name) is not None:
        yield Finding.ok(f"the ResourceInterpreterCustomization {name} is there")
        return
    hint = "kubectl apply --filename sync/karmada/rayjob-interpreter.yaml"
    message = f"the ResourceInterpreterCustomization {name} is not there: Karmada sets back"
    if context.fleet.platform.scheduling.queueing == "kueue":
        yield Finding.problem(f"{message} what Kueue writes into RayJobs, for ever", hint)
    else:
        yield Finding.warning(f"{message} what a member writes into spec.suspend", hint)
