"""What checks look at, the repository with the control plane that it is for, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from generator.check.outcome import Checked
from generator.diagnostics.diagnostic import Advice
from generator.diagnostics.wording import first_few, plural
from generator.karmada.client.answers import LiveError, NotUnderstoodError, RefusedError
from generator.karmada.client.control_plane import ControlPlane, Object
from generator.karmada.client.resources import BINDINGS, CLUSTERS, POLICIES, RAYJOBS, Resource
from generator.karmada.client.shapes import Policy
from generator.karmada.clusters.members import Member, members_of
from generator.karmada.clusters.mismatches import gpu_names
from generator.karmada.job_state import JobState, states_of
from generator.karmada.rendered import ObjectKey, RenderedObject, key_of_object, rendered_objects
from generator.repository.fleet import Fleet, ObjectName

Outcome: TypeAlias = Literal["ok", "warning", "problem"]
FieldPath: TypeAlias = tuple[str, ...]
"""Names of fields, from the object down; items of lists are ``*``."""

_KIND = "x-kubernetes-group-version-kind"
_OF_THE_SERVER = ("apiVersion", "kind", "metadata", "status")
Kind: TypeAlias = tuple[str, str]
"""apiVersion and kind."""

_POLICY = "policy.karmada.io/v1alpha1"
NAMESPACE = ("v1", "Namespace")
CLAIM = ("v1", "PersistentVolumeClaim")
EXTERNAL_SECRET = ("external-secrets.io/v1", "ExternalSecret")
QUOTA = (_POLICY, "FederatedResourceQuota")
OVERRIDE_POLICY = (_POLICY, "OverridePolicy")
PROPAGATION_POLICY = (_POLICY, "PropagationPolicy")
RAYJOB = ("ray.io/v1", "RayJob")

LISTS: dict[Kind, Resource] = {
    NAMESPACE: Resource("v1", "namespaces"),
    CLAIM: Resource("v1", "persistentvolumeclaims"),
    EXTERNAL_SECRET: Resource("external-secrets.io/v1", "externalsecrets"),
    QUOTA: Resource(_POLICY, "federatedresourcequotas"),
    OVERRIDE_POLICY: Resource(_POLICY, "overridepolicies", Policy),
    PROPAGATION_POLICY: POLICIES,
    RAYJOB: RAYJOBS,
}
"""Where Karmada lists objects of each kind that is rendered."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is as it should be, or is not, and what to do about it.

    ``about`` names the objects or files that are meant, all of them.
    """

    outcome: Outcome
    advice: Advice
    about: tuple[str, ...] = ()

    @classmethod
    def ok(cls, message: str) -> Finding:
        """Return a finding of what is as it should be."""
        return cls("ok", Advice(message))

    @classmethod
    def warning(cls, message: str, hint: str, names: Sequence[str] = ()) -> Finding:
        """Return a finding of what may keep jobs from running, or could not be read.

        It is about ``names``, the first of which end the message.
        """
        return cls("warning", Advice(_with_names(message, names), hint), tuple(names))

    @classmethod
    def problem(cls, message: str, hint: str, names: Sequence[str] = ()) -> Finding:
        """Return a finding of what keeps jobs from running; ``names`` as in :meth:`warning`."""
        return cls("problem", Advice(_with_names(message, names), hint), tuple(names))


def _with_names(message: str, names: Sequence[str]) -> str:
    return f"{message}: {first_few(names)}" if names else message


def counted(number: int, noun: str) -> str:
    """Return the number, its thousands set apart, with its noun: ``1 job``, ``1,000 jobs``."""
    return plural(number, noun, is_grouped=True)


def schema_of(plane: ControlPlane, api_version: str, kind: str) -> Object | None:
    """Return the schema of a kind of a group; None where it is not served. RefusedError."""
    group, _, version = api_version.partition("/")
    document = plane.open_api(api_version)
    schemas: Mapping[str, Object] = ((document or {}).get("components") or {}).get("schemas") or {}
    wanted = {"group": group, "kind": kind, "version": version}
    return next((one for one in schemas.values() if wanted in (one.get(_KIND) or ())), None)


def paths_of(objects: Iterable[Object]) -> set[FieldPath]:
    """Return every field that one of the objects has, but those that every kind has."""
    return {
        path
        for one in objects
        for field, value in one.items()
        if field not in _OF_THE_SERVER
        for path in _paths(value, (field,))
    }


def _paths(value: Any, path: FieldPath) -> Iterator[FieldPath]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, (*path, "*"))


def unknown(paths: Iterable[FieldPath], schema: Object) -> list[FieldPath]:
    """Return the fields that the schema does not have, without those below them, sorted."""
    missing = {path for path in paths if not has_field(schema, path)}
    return sorted(path for path in missing if path[:-1] not in missing)


def has_field(schema: Object, path: FieldPath) -> bool:
    """Return whether the schema has a field, or takes any where it would be."""
    for name in path:
        if schema.get("x-kubernetes-preserve-unknown-fields") or "$ref" in schema:
            return True
        inner = schema.get("items") if name == "*" else (schema.get("properties") or {}).get(name)
        if inner is None:
            inner = schema.get("additionalProperties")
        if inner is None or inner is False:
            # A schema that says nothing of its members takes any.
            return not (schema.get("properties") or schema.get("type"))
        if inner is True:
            return True
        schema = inner
    return True


def dotted(path: FieldPath) -> str:
    """Return a path as people write it: ``spec.workerGroupSpecs[].replicas``."""
    return ".".join(path).replace(".*", "[]")


@dataclass
class Context:
    """A repository with the control plane that it is for.

    What Karmada refuses, or answers with nonsense, is raised anew by every check that needs it.
    """

    root: Path
    loaded: Checked
    plane: ControlPlane
    _lists: dict[Resource, list[Object] | LiveError] = field(default_factory=dict)

    @property
    def fleet(self) -> Fleet:
        """The valid jobs, and the platform."""
        return self.loaded.fleet

    @cached_property
    def rendered(self) -> dict[Kind, list[RenderedObject]]:
        """What rendered/ holds, by kind."""
        found: dict[Kind, list[RenderedObject]] = {}
        for one in rendered_objects(self.root, self.loaded):
            found.setdefault(one.kind, []).append(one)
        return found

    @cached_property
    def rendered_keys(self) -> set[ObjectKey]:
        """The kind, namespace and name of each object of rendered/."""
        return {one.key for objects in self.rendered.values() for one in objects}

    def rendered_fields(self, kind: Kind) -> set[FieldPath]:
        """Return every field that rendered objects of a kind have."""
        return paths_of(one.value for one in self.rendered.get(kind, ()))

    def listed(self, of: Resource) -> list[Object]:
        """Return the objects of a list; none where the kind is not served. LiveError."""
        if of not in self._lists:
            try:
                self._lists[of] = list(self.plane.items(of))
            except (RefusedError, NotUnderstoodError) as problem:
                is_not_served = isinstance(problem, RefusedError) and problem.status == 404
                self._lists[of] = [] if is_not_served else problem
        found = self._lists[of]
        if isinstance(found, LiveError):
            raise found
        return found

    def on_karmada(self, kind: Kind) -> dict[ObjectKey, Object]:
        """Return Karmada's objects of a kind that is rendered. LiveError."""
        return {key_of_object(kind[1], one): one for one in self.listed(LISTS[kind])}

    def states(self) -> dict[ObjectName, JobState]:
        """Return the RayJobs of Karmada. LiveError."""
        return states_of(self.listed(RAYJOBS), self.listed(BINDINGS))

    def members(self, placed: Iterable[JobState] = ()) -> dict[str, Member]:
        """Return the members by name, sorted, each with its jobs out of ``placed``. LiveError."""
        return members_of(self.listed(CLUSTERS), placed, gpu_names(self.fleet.platform))

    @cached_property
    def targets(self) -> list[str]:
        """The clusters that jobs target, sorted."""
        return sorted({name for one in self.fleet.submissions for name in one.job.target_clusters})

    @cached_property
    def unreadable(self) -> dict[str, LiveError]:
        """Of the ready members that jobs target, those that cannot be asked, and why. LiveError."""
        found: dict[str, LiveError] = {}
        for name in self._ready(self.targets):
            try:
                self.plane.member(name).version()
            except LiveError as problem:
                found[name] = problem
        return found

    def readable(self, clusters: Iterable[str]) -> list[str]:
        """Return which of the clusters are members that are ready and can be asked. LiveError."""
        return [name for name in self._ready(clusters) if name not in self.unreadable]

    def _ready(self, clusters: Iterable[str]) -> list[str]:
        wanted = set(clusters)
        return [name for name, one in self.members().items() if one.is_ready and name in wanted]

    def in_members(
        self, clusters: Iterable[str], check: Callable[[str, ControlPlane], Iterator[Finding]]
    ) -> Iterator[Finding]:
        """Yield what ``check`` finds in each of the clusters that can be asked. LiveError.

        Of the others the checks members/ready and members/proxy say why they are left out.
        """
        for name in self.readable(clusters):
            try:
                yield from check(name, self.plane.member(name))
            except LiveError as problem:
                yield unread(problem)


def unread(problem: LiveError) -> Finding:
    """Return a finding that says that what a check looks at could not be read."""
    return Finding.warning(f"not looked at: {problem}", problem.advice.hint)
