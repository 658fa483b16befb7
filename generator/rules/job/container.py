"""Rules about containers and the JSON Schemas that platform.yaml has of them, and object stores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from generator.diagnostics import Diagnostic, error
from generator.diagnostics.diagnostic import Advice
from generator.model.platform.ray import StartParams
from generator.repository.resolved_job import ResolvedJob

CONTAINER_INCOMPLETE = error(
    "job/container-incomplete",
    "A container job names no image or no entrypoint.",
    needs_platform=True,
)
CONTAINER_HYPERPARAMETERS = error(
    "job/container-hyperparameters", "A hyperparameter that the container does not take."
)
OBJECT_STORE = error(
    "job/object-store", "Ray's object store is larger than a pod's memory.", adjustable=True
)

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
_HERE = "refer to a place of the same schema: #/$defs/name"
_GIBIBYTE = 1024**3

Path: TypeAlias = tuple[str | int, ...]


def check_container(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with a job whose algorithm is a container."""
    if one.job.algorithm.source == "container":
        yield from _incomplete(one)
        yield from _hyperparameters(one)


def check_object_store(one: ResolvedJob) -> Iterator[Diagnostic]:
    """Each memory of the job that the object store of its Ray is larger than."""
    head, workers = one.platform.ray.head, one.platform.ray.worker.ray_start_params
    asked, own = one.job.resources.instance_resources, one.job.resources.head_resources
    memories = {"instanceResources": (workers, asked.memory_gib)}
    if own and own.memory_gib:
        memories["headResources"] = (head.ray_start_params, own.memory_gib)
    elif head.memory_gib is None and not is_too_large(workers, asked.memory_gib):
        memories["instanceResources"] = (head.ray_start_params, asked.memory_gib)
    for field, (params, memory) in memories.items():
        if is_too_large(params, memory):
            of_whom = "head" if params is head.ray_start_params else "worker"
            yield OBJECT_STORE.found(
                f"the object store of a {of_whom} takes {params.object_store_memory:,} bytes, more "
                f"than {memory:,} GiB",
                hint=f"ask for more, or lower ray.{of_whom}.rayStartParams in platform.yaml",
                at=one.at(f"/resources/{field}/memoryGiB"),
            )


def is_too_large(params: StartParams, memory_gib: int) -> bool:
    """Whether `ray start` refuses the store; it looks only where it chooses the directory."""
    size = params.object_store_memory or 0
    return params.plasma_directory is None and size > memory_gib * _GIBIBYTE


def _incomplete(one: ResolvedJob) -> Iterator[Diagnostic]:
    name = one.job.algorithm.algorithm_name
    for field, setting in one.missing:
        place = f"algorithms.containers.{name}.{setting}"
        yield CONTAINER_INCOMPLETE.found(
            f'the source is "container" and "{field}" is missing',
            hint=f'add "{field}", or set {place} in platform.yaml',
            at=one.at("/algorithm"),
        )


def _hyperparameters(one: ResolvedJob) -> Iterator[Diagnostic]:
    name, given = one.job.algorithm.algorithm_name, one.job.custom_hyperparameters
    listed = one.platform.algorithms.containers.get(name)
    if listed is None or not listed.hyperparameters:
        return
    schema = compiled(json.dumps(listed.hyperparameters))
    if isinstance(schema, RefusedSchemaError) or schema.is_valid(given):
        return
    for place, words in refusals(schema, given):
        yield CONTAINER_HYPERPARAMETERS.found(
            words,
            hint=f"platform.yaml says what it takes: algorithms.containers.{name}.hyperparameters",
            at=one.at(f"/customHyperparameters{place}", on_key=not place),
        )


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
        for keyword in (*_MOVING, "$id") if path else _MOVING:
            if keyword in schema:
                raise RefusedSchemaError(
                    f"{keyword} is not taken in this JSON Schema: what leads where is not plain",
                    path,
                    _HERE,
                )
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


def _fields(schema: Any) -> int:
    """How many fields a schema requires: each that is missing is an error of its own."""
    if not isinstance(schema, dict):
        return 0
    lists = [schema.get("required")]
    if isinstance(dependent := schema.get("dependentRequired"), dict):
        lists += dependent.values()
    return sum(len(one) for one in lists if isinstance(one, list))
