"""Every field of params.json and platform.yaml in words, from the exported schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from generator.fields.settings import read_schema
from generator.model.job.schema import form_of, takes_null
from generator.model.platform.model import FILE
from generator.source.files import PARAMS
from generator.source.schema_phrases import TYPE_WORDS

_SCHEMAS = {PARAMS: "params.schema.json", FILE: "platform.schema.json"}
_INDEX = re.compile(r"\[[0-9]*\]")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its file, its dotted path, what its schema says, and whether it is required."""

    file: str
    path: str
    schema: dict[str, Any]
    required: bool

    @property
    def title(self) -> str:
        """What the field is called."""
        return str(self.schema.get("title", self.path))

    @property
    def unit(self) -> str | None:
        """What its number counts."""
        return self.schema.get("x-unit")

    @property
    def meaning(self) -> str:
        """What it does, without its unit."""
        described = str(self.schema.get("description", ""))
        return described.removesuffix(f" Unit: {self.unit}.")

    @property
    def presence(self) -> str:
        """Its default as JSON, or whether it can be left out."""
        if self.required:
            return "none, it is required"
        if self.schema.get("default") is None and not takes_null(self.schema):
            return "none, it may be left out"
        return json.dumps(self.schema.get("default"), ensure_ascii=False)

    @property
    def examples(self) -> list[str]:
        """Values as JSON."""
        return [json.dumps(one, ensure_ascii=False) for one in self.schema.get("examples") or ()]

    @property
    def takes(self) -> str:
        """Its type and range in words."""
        return _takes(self.schema)


@cache
def all_fields() -> tuple[Field, ...]:
    """Every field, those of params.json first.

    Paths have no index of a list and no name of one's own: ``templates.file`` is of any template.
    """
    found: list[Field] = []
    for file, name in _SCHEMAS.items():
        root = json.loads(read_schema(name))
        if file == PARAMS:
            root = form_of(root, with_template=False)
        found += _fields(root, root, file, "")
    return tuple(found)


def fields_called(name: str) -> list[Field]:
    """The fields at a dotted path, in either file; an index such as [0] or [] does not matter.

    A name of one's own, such as that of a custom hyperparameter, gives the field that takes it;
    in the middle of a path, such as that of a tenant, it does not matter either.
    """
    path = _without_names(_INDEX.sub("", name))
    found = [field for field in all_fields() if field.path == path]
    parent = path.rpartition(".")[0]
    return found or [
        field for field in all_fields() if field.path == parent and _takes_names(field)
    ]


def inner_fields(field: Field) -> list[str]:
    """The paths of the fields directly inside."""
    start = f"{field.path}."
    return [
        other.path
        for other in all_fields()
        if other.file == field.file
        and other.path.startswith(start)
        and "." not in other.path[len(start) :]
    ]


def _fields(root: dict[str, Any], schema: dict[str, Any], file: str, path: str) -> Iterator[Field]:
    for name, member in schema.get("properties", {}).items():
        own = _resolved(root, member)
        inner = f"{path}.{name}" if path else name
        yield Field(file, inner, own, name in schema.get("required", ()))
        yield from _fields(root, _resolved(root, _inside(own)), file, inner)


def _inside(schema: dict[str, Any]) -> dict[str, Any]:
    """What has the inner fields: an item, the value of a name of one's own, or the field itself."""
    named = schema.get("additionalProperties")
    inside = schema.get("items", named if isinstance(named, dict) else schema)
    return inside if isinstance(inside, dict) else schema


def _resolved(root: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    """``member`` with what it refers to; what it says itself counts."""
    reference = member.get("$ref")
    if reference is None:
        return member
    return {**root["$defs"][reference.rpartition("/")[2]], **member}


def _without_names(path: str) -> str:
    """``templates.gpu-large.file`` as ``templates.file``, if there is such a field."""
    by_path = {field.path: field for field in all_fields()}
    known = ""
    for part in path.split("."):
        inner = f"{known}.{part}" if known else part
        if inner not in by_path and known and _takes_names(by_path[known]):
            continue
        if inner not in by_path:
            return path
        known = inner
    return known


def _takes_names(field: Field) -> bool:
    return isinstance(field.schema.get("additionalProperties"), dict)


def _takes(schema: dict[str, Any]) -> str:
    choices = [choice for choice in schema.get("anyOf", ()) if "type" in choice]
    if choices:
        return " or ".join(map(_takes, choices))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(map(json.dumps, schema['enum']))}"
    words = [TYPE_WORDS.get(schema.get("type", "object"), "a value")]
    words += _bounds(schema, "minimum", "maximum", "")
    words += _bounds(schema, "minLength", "maxLength", " characters")
    words += _bounds(schema, "minItems", "maxItems", " items")
    if schema.get("uniqueItems"):
        words.append("none twice")
    if "patternErrorMessage" in schema:
        words.append(schema["patternErrorMessage"])
    text = ", ".join(words)
    if "type" in schema.get("items", {}):
        return f"{text}; each {_takes(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        names = schema.get("propertyNames", {}).get("patternErrorMessage")
        of_names = f", names {names}" if names else ""
        return f"{text}{of_names}; each value {_takes(schema['additionalProperties'])}"
    return text


def _bounds(schema: dict[str, Any], lowest: str, highest: str, unit: str) -> list[str]:
    low, high = schema.get(lowest), schema.get(highest)
    if low is None:
        return [] if high is None else [f"at most {high}{unit}"]
    return [f"{low} or more{unit}" if high is None else f"{low} to {high}{unit}"]
