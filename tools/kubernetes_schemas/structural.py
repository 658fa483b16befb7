"""Translate a Kubernetes structural schema into a strict JSON Schema.

A structural schema is what a CustomResourceDefinition carries under `openAPIV3Schema`
(Kubernetes documentation, "Specifying a structural schema"). It permits every unknown field and
leaves it to the API server to prune them; the translation refuses them instead, since a field
that is pruned without a word is a misspelling nobody hears of.

Rules in CEL (`x-kubernetes-validations`) and the uniqueness of list-map keys have no counterpart
in JSON Schema and are left to the API server.
"""

import re
from collections.abc import Mapping

from tools.kubernetes_schemas.json_types import (
    Json,
    JsonObject,
    SchemaSourceError,
    object_at,
    strings_at,
)

QUANTITY_PATTERN = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
"""What controller-gen writes for a `resource.Quantity` of k8s.io/apimachinery."""

_INTEGER_BITS = {"int32": 32, "int64": 64}

COMMON_SHAPES: Mapping[str, JsonObject] = {
    "quantity": {"pattern": QUANTITY_PATTERN, "type": ["integer", "string"]},
    "stringMap": {"additionalProperties": {"type": "string"}, "type": "object"},
    **{
        name: {"maximum": 2 ** (bits - 1) - 1, "minimum": -(2 ** (bits - 1)), "type": "integer"}
        for name, bits in _INTEGER_BITS.items()
    },
}
"""Translations that recur under many field names, by a name that says what they are."""

_COPIED = (
    "enum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
)

_TRANSLATED = {
    "additionalProperties",
    "anyOf",
    "format",
    "items",
    "nullable",
    "pattern",
    "properties",
    "required",
    "type",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
}

_WITHOUT_EFFECT = {
    "default",
    "description",
    "example",
    "title",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-validations",
}

_INTEGER_OR_STRING: Json = [{"type": "integer"}, {"type": "string"}]

# Class shorthands, look-around and possessive repetition mean different things to the Rust and
# the Go engine, or exist in one only; groups with options are spelt differently.
_PATTERN_BEYOND_COMMON_SYNTAX = re.compile(r"\\[A-Za-z0-9]|\(\?|\[\[:|(?<!\\)[*+?}]\+")


def strict_schema(structural: JsonObject, at: str) -> JsonObject:
    """Return the strict JSON Schema of a structural schema.

    Unknown fields are refused, except where the source preserves them. A required field that has
    a default is not required of an author: the API server fills defaults in before it validates.
    `status` beside `spec` is left out, so that a document which brings one is refused.

    :param structural: a structural schema node, without references.
    :param at: the field path of the node, for messages.
    :raises SchemaSourceError: for a keyword, a format or a pattern whose meaning could not be kept.
    """
    unknown = structural.keys() - _WITHOUT_EFFECT - _TRANSLATED - set(_COPIED)
    if unknown:
        raise SchemaSourceError(f"{at}: no translation for {', '.join(sorted(unknown))}")
    schema: JsonObject = {key: structural[key] for key in _COPIED if key in structural}
    schema |= _type_keyword(structural, at)
    if "pattern" in structural:
        schema["pattern"] = _portable_pattern(structural["pattern"], at)
    if "format" in structural:
        schema |= _integer_range(structural, at)
    if "items" in structural:
        schema["items"] = strict_schema(object_at(structural, "items", at), f"{at}[]")
    # The API server refuses duplicates in a list of type `set`.
    if structural.get("x-kubernetes-list-type") == "set":
        schema["uniqueItems"] = True
    if structural.get("type") == "object":
        schema |= _object_keywords(structural, at)
    elif structural.keys() & {"properties", "additionalProperties", "required"}:
        raise SchemaSourceError(f"{at}: fields of what is not an object")
    return schema


def _type_keyword(structural: JsonObject, at: str) -> JsonObject:
    types: list[Json] = [structural["type"]] if "type" in structural else []
    if structural.get("x-kubernetes-int-or-string") is True:
        if structural.get("anyOf", _INTEGER_OR_STRING) != _INTEGER_OR_STRING:
            raise SchemaSourceError(f"{at}: an int-or-string with an anyOf of its own")
        # A list of types instead of the anyOf: an error then names the pattern that was not met.
        types = ["integer", "string"]
    elif "anyOf" in structural:
        raise SchemaSourceError(f"{at}: anyOf is understood for int-or-string only")
    if not types:
        if structural.get("x-kubernetes-preserve-unknown-fields") is True:
            return {}
        raise SchemaSourceError(f"{at}: no type")
    if structural.get("nullable") is True:
        types.append("null")
    return {"type": types if len(types) > 1 else types[0]}


def _object_keywords(structural: JsonObject, at: str) -> JsonObject:
    if "additionalProperties" in structural:
        if "properties" in structural:
            raise SchemaSourceError(f"{at}: properties and additionalProperties exclude each other")
        values = structural["additionalProperties"]
        if isinstance(values, dict):
            values = strict_schema(values, f"{at}[]")
        return {"additionalProperties": values}
    fields = object_at(structural, "properties", at) if "properties" in structural else {}
    properties: JsonObject = {}
    defaulted: set[str] = set()
    for name in fields:
        field = object_at(fields, name, at)
        if name == "status" and "spec" in fields:
            continue
        if "default" in field:
            defaulted.add(name)
        properties[name] = strict_schema(field, f"{at}.{name}")
    keywords: JsonObject = {}
    if properties:
        keywords["properties"] = properties
    if structural.get("x-kubernetes-preserve-unknown-fields") is not True:
        keywords["additionalProperties"] = False
    required = sorted(set(strings_at(structural, "required", at)) - defaulted)
    if required:
        keywords["required"] = list[Json](required)
    return keywords


def _integer_range(structural: JsonObject, at: str) -> JsonObject:
    # Draft 2020-12 only annotates by format, and neither checker knows these two.
    bits = _INTEGER_BITS.get(str(structural["format"]))
    if structural.get("type") != "integer" or bits is None:
        raise SchemaSourceError(f"{at}: no translation for format {structural['format']!r}")
    limit = 2 ** (bits - 1)
    return {
        "minimum": structural.get("minimum", -limit),
        "maximum": structural.get("maximum", limit - 1),
    }


def _portable_pattern(pattern: Json, at: str) -> str:
    if not isinstance(pattern, str) or _PATTERN_BEYOND_COMMON_SYNTAX.search(pattern):
        raise SchemaSourceError(f"{at}: the engines may disagree about the pattern {pattern!r}")
    return pattern
