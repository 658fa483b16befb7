"""Build the schema of each kind of document, and the bytes of its file.

A file is found by the template `{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`, with
the names of kubeconform: the kind in lower case, and for `.Group` all of `apiVersion` before a
slash. For `apiVersion: v1` there is no slash, so that core kinds are found below `v1/`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes_schemas.json_types import (
    Json,
    JsonObject,
    SchemaSourceError,
    json_value,
    object_at,
    objects_at,
    strings_at,
)
from tools.kubernetes_schemas.modules import (
    EXTERNAL_SECRETS,
    KARMADA,
    KUBERNETES,
    RAY_OPERATOR,
    ModulePaths,
    PinnedModule,
)
from tools.kubernetes_schemas.openapi import structural_type
from tools.kubernetes_schemas.sharing import share_subtrees
from tools.kubernetes_schemas.structural import COMMON_SHAPES, strict_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
# The rest of ObjectMeta is the API server's to write, or (generateName, ownerReferences) makes no
# sense in a file that is applied again and again.
_AUTHORED_METADATA = ("annotations", "finalizers", "labels", "name", "namespace")

_LINE_LENGTH = 100

# The CRD of RayJob has 1.3 MB: without libyaml, it is read in ten times the time.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE_KINDS = {"PersistentVolumeClaim": True, "Namespace": False}
"""Kinds of core/v1 that are rendered, and whether they live in a namespace."""
_POLICIES = ("federatedresourcequotas", "overridepolicies", "propagationpolicies")
"""Kinds of Karmada that are rendered, as their CRDs are called."""


@dataclass(frozen=True)
class _Kind:
    """One kind of document: where it comes from and its structural schema."""

    group: str
    version: str
    kind: str
    namespaced: bool
    source: PinnedModule
    structural: JsonObject

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def file(self) -> str:
        return f"{self.group or self.version}/{self.kind.lower()}_{self.version}.json"


def build_schemas(modules: ModulePaths) -> dict[str, bytes]:
    """Return the content of every schema file by its path below the schema directory.

    The same modules give the same bytes.

    :param modules: the directories of the pinned modules.
    :returns: for instance `{"ray.io/rayjob_v1.json": b"{..."}`, in order of the paths.
    :raises SchemaSourceError: if a source is missing or says what has no translation.
    """
    description = _read_json(
        modules.kubernetes / "api" / "openapi-spec" / "v3" / "api__v1_openapi.json"
    )
    types = object_at(object_at(description, "components", "core/v1"), "schemas", "core/v1")
    object_meta = structural_type(types, _OBJECT_META)
    policies = modules.karmada.joinpath("charts", "karmada", "_crds", "bases", "policy")
    kinds = [
        *_core_kinds(types),
        _custom_kind(
            RAY_OPERATOR, modules.ray_operator / "config" / "crd" / "bases" / "ray.io_rayjobs.yaml"
        ),
        *(_custom_kind(KARMADA, policies / f"policy.karmada.io_{name}.yaml") for name in _POLICIES),
        _custom_kind(
            EXTERNAL_SECRETS,
            modules.external_secrets.joinpath("config", "crds", "bases")
            / "external-secrets.io_externalsecrets.yaml",
        ),
    ]
    return {
        kind.file: _file_bytes(_document_schema(kind, object_meta))
        for kind in sorted(kinds, key=lambda kind: kind.file)
    }


def _core_kinds(types: JsonObject) -> Iterator[_Kind]:
    for kind, namespaced in _CORE_KINDS.items():
        structural = structural_type(types, f"io.k8s.api.core.v1.{kind}")
        yield _Kind("", "v1", kind, namespaced, KUBERNETES, structural)


def _custom_kind(source: PinnedModule, file: Path) -> _Kind:
    definition = object_at(_read_yaml(file), "spec", file.name)
    stored = [v for v in objects_at(definition, "versions", file.name) if v.get("storage") is True]
    if len(stored) != 1:
        raise SchemaSourceError(f"{file.name}: expected one storage version, not {len(stored)}")
    return _Kind(
        group=str(definition["group"]),
        version=str(stored[0]["name"]),
        kind=str(object_at(definition, "names", file.name)["kind"]),
        namespaced=definition["scope"] == "Namespaced",
        source=source,
        structural=object_at(
            object_at(stored[0], "schema", file.name), "openAPIV3Schema", file.name
        ),
    )


def _document_schema(kind: _Kind, object_meta: JsonObject) -> JsonObject:
    fields = object_at(kind.structural, "properties", kind.kind)
    # apiVersion, kind and metadata say nothing in a CRD: every kind has them alike.
    own = {name: fields[name] for name in fields if name not in {"apiVersion", "kind", "metadata"}}
    schema = strict_schema(kind.structural | {"properties": own}, kind.kind)
    properties = object_at(schema, "properties", kind.kind)
    properties["apiVersion"] = {"const": kind.api_version}
    properties["kind"] = {"const": kind.kind}
    properties["metadata"] = _metadata_schema(object_meta, kind.namespaced)
    required = {"apiVersion", "kind", "metadata", *strings_at(schema, "required", kind.kind)}
    schema["required"] = list[Json](sorted(required))
    return {
        "$comment": f"{kind.source.path} {kind.source.version}",
        "$schema": DIALECT,
        **share_subtrees(schema, COMMON_SHAPES),
    }


def _metadata_schema(object_meta: JsonObject, namespaced: bool) -> JsonObject:
    fields = object_at(object_meta, "properties", "metadata")
    # A manifest that names no namespace lands wherever the client that applies it points.
    required = ["name", "namespace"] if namespaced else ["name"]
    authored = [name for name in _AUTHORED_METADATA if namespaced or name != "namespace"]
    structural = object_meta | {
        "properties": {name: object_at(fields, name, "metadata") for name in authored},
        "required": list[Json](required),
    }
    return strict_schema(structural, "metadata")


def _file_bytes(schema: JsonObject) -> bytes:
    return (_wrapped(schema, 0) + "\n").encode()


def _wrapped(value: Json, depth: int, lead: str = "") -> str:
    """Return `lead` and JSON that breaks only the objects and lists too long for a line.

    Broken throughout, the files would be twice as large; on one line no diff could be read.
    """
    text = lead + json.dumps(value, sort_keys=True, separators=(",", ":"))
    if not isinstance(value, dict | list) or depth + len(text) <= _LINE_LENGTH:
        return text
    if isinstance(value, dict):
        opening, closing = "{", "}"
        members = [_wrapped(value[key], depth + 1, f"{json.dumps(key)}:") for key in sorted(value)]
    else:
        opening, closing = "[", "]"
        members = [_wrapped(element, depth + 1) for element in value]
    margin = "\n" + " " * depth
    return lead + opening + ",".join(f"{margin} {member}" for member in members) + margin + closing


def _read_json(file: Path) -> JsonObject:
    try:
        content: object = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise SchemaSourceError(f"{file}: {error}") from error
    return _as_object(content, file)


def _read_yaml(file: Path) -> JsonObject:
    try:
        content: object = yaml.load(file.read_bytes(), _LOADER)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SchemaSourceError(f"{file}: {error}") from error
    return _as_object(content, file)


def _as_object(content: object, file: Path) -> JsonObject:
    value = json_value(content, file.name)
    if not isinstance(value, dict):
        raise SchemaSourceError(f"{file.name}: expected an object")
    return value
