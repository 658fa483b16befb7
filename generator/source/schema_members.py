"""The members of lists and of objects whose names are free, of which there may be very many.

jsonschema-rs says of each wrong value all that was tried, some ten kilobytes, and for each wrong
name it repeats the object. So names are judged here, and of wrong members it gets only as many as
are shown; the others are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from jsonschema_rs import Draft202012Validator, ValidationError

from generator.diagnostics import MOST_ALIKE, pointer_of

Schema: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]


class Members:
    """Judges members by the parts of a schema, whose references a function resolves."""

    def __init__(self, root: Schema, resolved: Callable[[Schema], Schema]) -> None:
        self._root, self._resolved = root, resolved
        self._validators: dict[int, Draft202012Validator] = {}

    def bad_names(self, document: object) -> Iterator[tuple[Schema, str, str, ValidationError]]:
        """Each name that its object does not take: what it has to be, its pointer, and why."""
        return self._bad_names(self._root, document, "")

    def thinned(self, document: object) -> tuple[object, Counter[str]]:
        """The document with a hundred wrong members of each list and object, and all right ones.

        And how many were left out, by the pointer of the last wrong one before them.
        """
        surplus = dict(self._surplus(self._root, document, ()))
        numbers = Counter(pointer_of(*path) for path in surplus.values())
        return (_without(document, (), surplus) if surplus else document), numbers

    def _bad_names(
        self, schema: Schema, node: object, pointer: str
    ) -> Iterator[tuple[Schema, str, str, ValidationError]]:
        schema = self._resolved(schema)
        for choice in schema.get("anyOf", ()):
            yield from self._bad_names(choice, node, pointer)
        if isinstance(node, dict) and "propertyNames" in schema:
            names = schema["propertyNames"]
            for name in node:
                for problem in self._validator(names).iter_errors(name):
                    yield names, name, f"{pointer}{pointer_of(name)}", problem
                    break
        for part, value, inner in _members(schema, node):
            yield from self._bad_names(inner, value, f"{pointer}{pointer_of(part)}")

    def _surplus(self, schema: Schema, node: object, path: Path) -> Iterator[tuple[Path, Path]]:
        """Each wrong member beyond a hundred, and the last before them."""
        schema = self._resolved(schema)
        for choice in schema.get("anyOf", ()):
            yield from self._surplus(choice, node, path)
        listed = schema.get("properties", {}) if isinstance(node, dict) else {}
        wrong, last = 0, path
        for part, value, inner in _members(schema, node):
            at = (*path, part)
            if part not in listed and not self._validator(inner).is_valid(value):
                wrong += 1
                if wrong > MOST_ALIKE:
                    yield at, last
                    continue
                last = at
            yield from self._surplus(inner, value, at)

    def _validator(self, schema: Schema) -> Draft202012Validator:
        # It is a part of the root, which stays where it is.
        if id(schema) not in self._validators:
            whole = {**schema, "$defs": self._root.get("$defs", {})}
            self._validators[id(schema)] = Draft202012Validator(whole)
        return self._validators[id(schema)]


def _members(schema: Schema, node: object) -> Iterator[tuple[str | int, object, Schema]]:
    """The members of a node that the schema says something of, and what it says."""
    if isinstance(node, list) and "items" in schema:
        yield from ((index, item, schema["items"]) for index, item in enumerate(node))
    elif isinstance(node, dict):
        members, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for name, value in node.items():
            inner = members.get(name, rest)
            if isinstance(inner, dict):
                yield name, value, inner


def _without(node: object, path: Path, dropped: dict[Path, Path]) -> object:
    """The node less what is dropped: nothing is said of what follows it in a list."""
    if not isinstance(node, dict | list):
        return node
    kept = (
        (part, _without(value, (*path, part), dropped))
        for part, value in (node.items() if isinstance(node, dict) else enumerate(node))
        if (*path, part) not in dropped
    )
    return dict(kept) if isinstance(node, dict) else [value for _, value in kept]
