"""JSON Schemas of containers' hyperparameters: which are taken, and what they refuse.

A few lines of a schema can take hours or all memory: choices nested in choices, references that
double what they refer to, patterns that go back and forth. So a schema is bounded in depth and in
what it amounts to with its references followed, and patterns are read by an engine that looks at
each character once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from generator.diagnostics.advice import Advice

MAX_DEPTH = 16
"""Schemas within schemas, references included; hyperparameters are an object of plain values."""
MAX_SCHEMAS = 1000
"""Schemas, and fields that they require, that one amounts to with its references followed."""
_PATTERN_BYTES = 64 * 1024
"""What a pattern may take compiled: reading a text takes time in proportion to it."""
_LONGEST_MESSAGE = 200
_SHOWN_CHOICES = 3
_CHOICE = re.compile("(.*?/(?:anyOf|oneOf))/[0-9]+/")

_IN_ONE = (
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_IN_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_BY_NAME = ("dependentSchemas", "patternProperties", "properties")
_MOVING = ("$anchor", "$dynamicAnchor", "$dynamicRef")
"""Keywords by which a reference may lead to a place that cannot be seen from where it stands."""

Path: TypeAlias = tuple[str | int, ...]


_HERE = "refer to a place of the same schema: #/$defs/name"


class RefusedSchemaError(Exception):
    """A schema that is not taken: why, at which place of it, and what to do."""

    def __init__(self, message: str, path: Path, hint: str) -> None:
        super().__init__(message)
        self.path, self.advice = path, Advice(message, hint)


@lru_cache(maxsize=256)
def compiled(schema: str) -> Draft202012Validator | RefusedSchemaError:
    """What judges by the schema, or why it is refused."""
    document = json.loads(schema)
    try:
        _Walk(document).look(document, (), 1)
        return Draft202012Validator(
            document, retriever=_refuse, pattern_options=RegexOptions(size_limit=_PATTERN_BYTES)
        )
    except RefusedSchemaError as problem:
        return problem
    except ValidationError as problem:
        return _invalid(problem)


def refusals(schema: Draft202012Validator, document: object) -> Iterator[tuple[str, str]]:
    """What the schema refuses: the JSON pointer of each place, and why.

    Of a choice of which nothing fits, what each would have it be. The library's other list of
    errors repeats the whole document, or all that a field takes, in each of them.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in schema.evaluate(document).errors():
        choice = _CHOICE.match(one["schemaLocation"])
        key = one["instanceLocation"], choice[1] if choice else one["schemaLocation"]
        # Of two fields that are missing both are said, at one place of one keyword.
        every = found.setdefault((*key, "" if choice else one["error"]), [])
        every.append(one["error"])
    for (place, *_), errors in found.items():
        words = errors[:_SHOWN_CHOICES] + ["…"] * (len(errors) > _SHOWN_CHOICES)
        yield place, shortened("; or ".join(words))


def shortened(message: str) -> str:
    """What the library says, which may repeat all of a large value."""
    short = len(message) <= _LONGEST_MESSAGE
    return message if short else f"{message[: _LONGEST_MESSAGE - 1]}…"


def _invalid(problem: ValidationError) -> RefusedSchemaError:
    path = tuple(problem.instance_path)
    message = f"this is no JSON Schema: {shortened(problem.message)}"
    hint = "correct it by draft 2020-12, or leave hyperparameters out to take any"
    if path[-1:] == ("pattern",) or "patternProperties" in path:
        hint = "write a pattern that is shorter and looks neither ahead nor back"
    return RefusedSchemaError(message, path, hint)


def _refuse(uri: str) -> Any:
    """Nothing is fetched: what is rendered must not depend on a network."""
    raise ValueError(f"a schema elsewhere is not read: {uri}")


def _fields(schema: Any) -> int:
    """How many fields a schema requires: each that is missing is an error of its own."""
    if not isinstance(schema, dict):
        return 0
    lists = [schema.get("required")]
    if isinstance(dependent := schema.get("dependentRequired"), dict):
        lists += dependent.values()
    return sum(len(one) for one in lists if isinstance(one, list))


class _Walk:
    """Looks at a schema as it is applied, and counts."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.count = 0

    def look(self, schema: Any, path: Path, depth: int) -> None:
        """Raise :class:`RefusedSchemaError` where the schema goes beyond its bounds."""
        self.count += 1 + _fields(schema)
        if depth > MAX_DEPTH:
            raise RefusedSchemaError(
                f"this JSON Schema is more than {MAX_DEPTH} levels deep, references included",
                path,
                "flatten it: hyperparameters are plain values",
            )
        if self.count > MAX_SCHEMAS:
            raise RefusedSchemaError(
                f"this JSON Schema amounts to more than {MAX_SCHEMAS:,} schemas and required "
                "fields, references included",
                path,
                "say less in it: each job is compared with all of them",
            )
        if not isinstance(schema, dict):
            return
        for keyword in _MOVING:
            if keyword in schema:
                raise _unclear(keyword, path)
        if path and "$id" in schema:
            raise _unclear("$id", path)
        for place, inner in _inner(schema):
            self.look(inner, (*path, *place), depth + 1)
        if isinstance(reference := schema.get("$ref"), str):
            self.look(self._at(reference, (*path, "$ref")), (*path, "$ref"), depth + 1)

    def _at(self, reference: str, path: Path) -> Any:
        """What a reference leads to."""
        node = self.root
        start, *parts = reference.split("/")
        if start != "#":
            raise RefusedSchemaError(
                f"a schema elsewhere is not read: {shortened(reference)}", path, _HERE
            )
        for part in parts:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict) and name in node:
                node = node[name]
            else:
                raise RefusedSchemaError(
                    f"{shortened(reference)} does not exist in this JSON Schema", path, _HERE
                )
        return node


def _unclear(what: str, path: Path) -> RefusedSchemaError:
    return RefusedSchemaError(
        f"{what} is not taken in this JSON Schema: what leads where is not plain", path, _HERE
    )


def _inner(schema: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The schemas in a schema that are applied with it, and where they stand."""
    for keyword in _IN_ONE:
        if keyword in schema:
            yield (keyword,), schema[keyword]
    for keyword in _IN_LISTS:
        if isinstance(listed := schema.get(keyword), list):
            yield from (((keyword, index), inner) for index, inner in enumerate(listed))
    for keyword in _BY_NAME:
        if isinstance(named := schema.get(keyword), dict):
            yield from (((keyword, name), inner) for name, inner in named.items())
