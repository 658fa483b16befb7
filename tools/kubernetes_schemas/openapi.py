"""Read the built-in types of Kubernetes as structural schemas.

The source is the OpenAPI v3 description of core/v1 that a Kubernetes release ships
(`api/openapi-spec/v3/api__v1_openapi.json` in k8s.io/kubernetes). It refers to named types and
wraps most references in an `allOf` of one; a structural schema has neither.
"""

from collections.abc import Mapping

from tools.kubernetes_schemas.json_types import (
    Json,
    JsonObject,
    SchemaSourceError,
    object_at,
    objects_at,
)
from tools.kubernetes_schemas.structural import QUANTITY_PATTERN

_REFERENCE = "#/components/schemas/"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"

# Bare numbers are read as quantities too, but a fraction would not survive the CRD types, which
# know integers and strings only: one rule for all quantities.
_STRUCTURAL_QUANTITY: JsonObject = {
    "pattern": QUANTITY_PATTERN,
    "x-kubernetes-int-or-string": True,
}

# The description names these values in prose only (its release is generated without enums):
# PersistentVolumeAccessMode and PersistentVolumeMode in k8s.io/api/core/v1/types.go, LabelSelector
# operators in k8s.io/apimachinery/pkg/apis/meta/v1/types.go. The API server refuses all others.
_ENUMS: Mapping[tuple[str, str], list[Json]] = {
    ("io.k8s.api.core.v1.PersistentVolumeClaimSpec", "accessModes"): [
        "ReadWriteOnce",
        "ReadOnlyMany",
        "ReadWriteMany",
        "ReadWriteOncePod",
    ],
    ("io.k8s.api.core.v1.PersistentVolumeClaimSpec", "volumeMode"): ["Block", "Filesystem"],
    ("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "operator"): [
        "In",
        "NotIn",
        "Exists",
        "DoesNotExist",
    ],
}


def structural_type(types: JsonObject, name: str) -> JsonObject:
    """Return the named type with all it refers to in place.

    Defaults are left out: for built-in types they are Go zero values, which the API server does
    not take for a value of a required field.

    :param types: `components.schemas` of the OpenAPI description.
    :param name: a full type name, such as `io.k8s.api.core.v1.Namespace`.
    :raises SchemaSourceError: if a type is missing or refers to itself.
    """
    return _resolved(types, name, ())


def _resolved(types: JsonObject, name: str, within: tuple[str, ...]) -> JsonObject:
    if name == _QUANTITY:
        return dict(_STRUCTURAL_QUANTITY)
    if name in within:
        raise SchemaSourceError(f"{name}: the type contains itself")
    # A document that is rendered has no status, and its types are the larger half.
    node = _without_status(object_at(types, name, "components.schemas"))
    schema = _inlined(types, node, (*within, name))
    for (owner, field), values in _ENUMS.items():
        if owner == name:
            described = object_at(object_at(schema, "properties", name), field, name)
            if described.get("type") == "array":
                described = object_at(described, "items", name)
            described["enum"] = values
    return schema


def _without_status(node: JsonObject) -> JsonObject:
    properties = node.get("properties")
    if not isinstance(properties, dict) or "spec" not in properties:
        return node
    return node | {"properties": {k: v for k, v in properties.items() if k != "status"}}


def _inlined(types: JsonObject, node: JsonObject, within: tuple[str, ...]) -> JsonObject:
    at = within[-1]
    if "allOf" in node:
        wrapped = objects_at(node, "allOf", at)
        if len(wrapped) != 1:
            raise SchemaSourceError(f"{at}: an allOf of {len(wrapped)} is not understood")
        return _inlined(types, wrapped[0], within)
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _resolved(types, reference.removeprefix(_REFERENCE), within)
    schema: JsonObject = {
        key: value
        for key, value in node.items()
        if key not in {"default", "description"} and not key.startswith("x-kubernetes-")
    }
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            schema[key] = _inlined(types, object_at(node, key, at), within)
    if "properties" in node:
        fields = object_at(node, "properties", at)
        schema["properties"] = {
            name: _inlined(types, object_at(fields, name, at), within) for name in fields
        }
    return schema
