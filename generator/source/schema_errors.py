"""What a document has that its JSON Schema refuses, in plain words and with what to do.

jsonschema-rs decides and finds; this module only phrases. Words that belong to one field stand in
the schema itself (``patternErrorMessage``, ``errorMessage``), where editors show them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

import jsonschema_rs

from generator.diagnostics import (
    MOST_ALIKE,
    UNNAMED_FILE,
    Diagnostic,
    SourceFile,
    capped,
    error,
    left_out,
    pointer_of,
)
from generator.diagnostics.wording import alike, did_you_mean
from generator.source.schema_members import Members
from generator.source.schema_phrases import (
    NOT_TAKEN,
    PATTERN,
    TYPE,
    TYPE_WORDS,
    Refused,
    length,
    phrase,
    quoted,
    shown,
)

UNKNOWN_FIELD = error("schema/unknown-field", "A field that does not exist.")
MISSING_FIELD = error("schema/missing-field", "A required field is missing.")


class DocumentSchema:
    """A compiled schema that says what is wrong with a document."""

    def __init__(self, schema: str | dict[str, Any]) -> None:
        self._schema: dict[str, Any] = json.loads(schema) if isinstance(schema, str) else schema
        self._validator = jsonschema_rs.Draft202012Validator(self._schema)
        self._places = _places(self._schema, self._schema, "")

    def accepts(self, document: object) -> bool:
        """Whether the document is valid: about 5 µs, and the only truth."""
        return self._validator.is_valid(document)

    def explain(self, document: object, file: SourceFile = UNNAMED_FILE) -> list[Diagnostic]:
        """Return a diagnostic for each place that is wrong in a file's document."""
        if self.accepts(document):
            return []
        found: dict[tuple[str, str], Diagnostic] = {}
        thinned, numbers = self._members.thinned(document)
        for diagnostic in chain(
            self._bad_names(document, file), self._wrong(thinned, document, file)
        ):
            # One value, one finding: a text that is no number is not also out of range.
            key = (
                diagnostic.pointer or "",
                diagnostic.message if diagnostic.location.on_key else "",
            )
            if diagnostic.rule is MISSING_FIELD:
                key = (key[0], diagnostic.message)
            known = found.get(key)
            if known is None or (diagnostic.rule is TYPE and known.rule is not TYPE):
                found[key] = diagnostic
        return list(capped(chain(found.values(), _uncounted(found.values(), numbers))))

    def _wrong(self, thinned: object, document: Any, file: SourceFile) -> Iterator[Diagnostic]:
        """What is wrong with a document but for its names."""
        for problem in self._without_names.iter_errors(thinned):
            keyword, path = str(problem.schema_path[-1]), list(problem.instance_path)
            if keyword == "maxItems":
                limit = _resolve(self._schema, list(problem.schema_path)[:-1])[keyword]
                at = file.at(pointer_of(*path))
                yield length(len(_resolve(document, path)), keyword, limit, at)
            else:
                yield from self._phrase(problem, file)

    def _phrase(
        self, problem: jsonschema_rs.ValidationError, file: SourceFile
    ) -> Iterator[Diagnostic]:
        schema = _resolve(self._schema, list(problem.schema_path)[:-1])
        wrong = Refused(problem, schema, pointer_of(*problem.instance_path), file)
        if wrong.keyword == "additionalProperties":
            yield from self._unknown_fields(wrong)
        elif wrong.keyword == "required":
            yield self._missing_field(str(problem.kind.as_dict()["property"]), wrong)
        elif wrong.keyword == "anyOf":
            yield from self._no_choice_fits(wrong)
        else:
            yield phrase(wrong)

    @cached_property
    def _without_names(self) -> jsonschema_rs.Draft202012Validator:
        """What judges all but names: the library repeats an object for each bad name in it."""
        return jsonschema_rs.Draft202012Validator(_less(self._schema, "propertyNames"))

    @cached_property
    def _members(self) -> Members:
        return Members(self._schema, self._dereferenced)

    def _bad_names(self, document: object, file: SourceFile) -> Iterator[Diagnostic]:
        for schema, name, pointer, problem in self._members.bad_names(document):
            words = schema.get("patternErrorMessage", problem.message)
            if problem.schema_path[-1] == "maxLength":
                words = f"is longer than {schema['maxLength']} characters"
            elif problem.schema_path[-1] == "not":
                words = schema.get("errorMessage", words)
            yield PATTERN.found(
                f"the name {quoted(name)} {words}",
                hint="rename it",
                at=file.at(pointer, on_key=True),
            )

    def _no_choice_fits(self, wrong: Refused) -> Iterator[Diagnostic]:
        """Of several choices, the one that takes the value's type says what is wrong with it."""
        choices = wrong.schema["anyOf"]
        if all("required" in choice for choice in choices):
            names = [str(name) for choice in choices for name in choice["required"]]
            yield self._none_of_the_fields(names, wrong)
            return
        if not any("type" in choice for choice in choices):
            yield phrase(wrong)
            return
        for branch in wrong.problem.kind.as_dict()["context"]:
            if all(inner.schema_path[-1] != "type" for inner in branch):
                yield from self._phrase(branch[0], wrong.file)
                return
        wanted = [TYPE_WORDS[choice["type"]] for choice in choices if "const" not in choice]
        yield TYPE.found(
            f"{shown(wrong.value)} {wrong.schema.get('errorMessage', NOT_TAKEN)}",
            hint=f"write {', or '.join(dict.fromkeys(wanted))}",
            at=wrong.at,
        )

    def _unknown_fields(self, wrong: Refused) -> Iterator[Diagnostic]:
        names = wrong.problem.kind.as_dict()["unexpected"]
        for name in names[:MOST_ALIKE]:
            yield self._unknown_field(name, wrong)
        # Hints take long to find, and those of the others are not shown.
        for name in names[MOST_ALIKE : MOST_ALIKE + 1]:
            yield left_out(self._unknown_field(name, wrong), len(names) - MOST_ALIKE)

    def _unknown_field(self, name: str, wrong: Refused) -> Diagnostic:
        known = sorted(wrong.schema.get("properties", {}))
        by_lower = {candidate.lower(): candidate for candidate in known}
        if near := alike(name.lower(), by_lower, cutoff=0.7):
            hint = did_you_mean(quoted(by_lower[near]))
        elif elsewhere := self._places.get(name):
            hint = f"{quoted(name)} belongs in {' or '.join(elsewhere)}"
        else:
            hint = f"remove it; there is: {', '.join(known)}"
        at = wrong.file.at(wrong.pointer + pointer_of(name), on_key=True)
        return UNKNOWN_FIELD.found(f"there is no field {quoted(name)} here", hint=hint, at=at)

    def _missing_field(self, name: str, wrong: Refused) -> Diagnostic:
        hint = f"add {self._sample(name, wrong.schema)}"
        return MISSING_FIELD.found(missing(name), hint=hint, at=wrong.at)

    def _none_of_the_fields(self, names: list[str], wrong: Refused) -> Diagnostic:
        """Of fields of which an object needs at least one."""
        return MISSING_FIELD.found(
            f"each of the fields {' and '.join(map(quoted, names))} is missing",
            hint=f"add {' or '.join(self._sample(name, wrong.schema) for name in names)}, or both",
            at=wrong.at,
        )

    def _sample(self, name: str, schema: dict[str, Any]) -> str:
        """A field as it could be written, where its schema has an example."""
        member = self._dereferenced(schema.get("properties", {}).get(name, {}))
        if not (examples := member.get("examples")):
            return quoted(name)
        return f"{quoted(name)}: {json.dumps(examples[0], ensure_ascii=False)}"

    def _dereferenced(self, member: dict[str, Any]) -> dict[str, Any]:
        reference = member.get("$ref")
        return _resolve(self._schema, reference[2:].split("/")) if reference else member


def missing(name: str) -> str:
    """Return what is said of a required field that is not there."""
    return f"the field {quoted(name)} is missing"


def _places(root: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, list[str]]:
    """Every field name of a schema with the dotted paths of the objects that have it."""
    found: dict[str, list[str]] = {}
    for name, member in schema.get("properties", {}).items():
        found.setdefault(name, []).append(path or "the top level")
        target, inner = member, f"{path}.{name}" if path else name
        if "items" in target:
            target, inner = target["items"], f"{inner}[0]"
        if "$ref" in target:
            target = _resolve(root, target["$ref"][2:].split("/"))
        for inner_name, inner_paths in _places(root, target, inner).items():
            found.setdefault(inner_name, []).extend(inner_paths)
    return found


def _resolve(schema: Any, path: list[Any]) -> dict[str, Any]:
    for part in path:
        schema = schema[int(part)] if isinstance(schema, list) else schema[part]
    resolved: dict[str, Any] = schema
    return resolved


def _uncounted(found: Iterable[Diagnostic], numbers: Mapping[str, int]) -> Iterator[Diagnostic]:
    """What stands for the wrong members that were left out: they are taken to be as the last."""
    by_pointer = {diagnostic.pointer: diagnostic for diagnostic in found} if numbers else {}
    for pointer, number in numbers.items():
        # Of a value of many fields, one of them is wrong.
        inside = (one for at, one in by_pointer.items() if f"{at}/".startswith(f"{pointer}/"))
        if last := by_pointer.get(pointer) or next(inside, None):
            yield left_out(last, number)


def _less(schema: Any, keyword: str) -> Any:
    """``schema`` without a keyword, wherever it stands."""
    if isinstance(schema, dict):
        return {name: _less(part, keyword) for name, part in schema.items() if name != keyword}
    return [_less(part, keyword) for part in schema] if isinstance(schema, list) else schema
