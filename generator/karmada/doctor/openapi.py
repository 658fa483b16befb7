"""Which fields an API server knows of a kind: it drops the others without a word.

What anybody who is logged in may read: ``/openapi/v3``, not the CustomResourceDefinitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from generator.karmada.client.control_plane import ControlPlane, Object

FieldPath: TypeAlias = tuple[str, ...]
"""Names of fields, from the object down; items of lists are ``*``."""

_KIND = "x-kubernetes-group-version-kind"
_OF_THE_SERVER = ("apiVersion", "kind", "metadata", "status")


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
