"""Words for each JSON Schema keyword that a value can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs

from generator.diagnostics import Diagnostic, SourceFile, error
from generator.diagnostics.wording import alike, did_you_mean, either

TYPE = error("schema/type", "A value of another type than the field takes.")
VALUE = error("schema/value", "A value that is not one of those the field takes.")
RANGE = error("schema/range", "A number outside the field's range.")
PATTERN = error("schema/pattern", "A text that is not written as the field demands.")
LENGTH = error("schema/length", "A text or list that is too short or too long.")
DUPLICATE_ITEM = error("schema/duplicate-item", "A list holds the same item twice.")

Phrase = Callable[[jsonschema_rs.ValidationError, dict[str, Any], str, SourceFile], Diagnostic]
"""From a problem, the schema that has the failed keyword, the value's pointer, and
the file."""

NOT_TAKEN = "is not what the field takes"
"""Said where neither the schema nor the keyword has better words."""

_TRUTH = dict.fromkeys(("true", "yes", "on", "y"), "true")
_TRUTH |= dict.fromkeys(("false", "no", "off", "n"), "false")
"""Words that other versions of YAML take for true and false; here they are texts."""

TYPE_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def phrase(keyword: str) -> Phrase:
    """How a failed ``keyword`` is put into words."""
    return _PHRASES.get(keyword, other)


def _type(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    types = problem.kind.as_dict()["types"]
    wanted = " or ".join(TYPE_WORDS.get(name, name) for name in types)
    return TYPE.found(
        f"{shown(problem.instance)} is not {wanted}",
        hint=_type_hint(problem.instance, types) or f"write {wanted}",
        at=file.at(pointer),
    )


def _type_hint(value: object, types: list[str]) -> str:
    if isinstance(value, str) and {"integer", "number"} & set(types):
        return "write the number without quotes" if _is_number(value) else ""
    if types == ["boolean"] and isinstance(value, str) and value.lower() in _TRUTH:
        return f"write {_TRUTH[value.lower()]}"
    if types == ["array"] and isinstance(value, str):
        return f"write {json.dumps(value.split(','), ensure_ascii=False)[:80]}"
    if value is None and "null" not in types:
        return "leave the field out to say nothing"
    if "string" in types and isinstance(value, int | float):
        return "write it in double quotes"
    if isinstance(value, bool) and "integer" in types:
        return "write 1 for true, 0 for false"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _choice(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    options = schema.get("enum") or [schema.get("const")]
    words = schema.get("errorMessage") or f"is not one of {_listed(options)}"
    hint = ""
    if isinstance(problem.instance, str):
        texts = {str(option).lower(): str(option) for option in options}
        near = alike(problem.instance.lower(), texts)
        hint = did_you_mean(quoted(texts[near])) if near else ""
        joined = problem.instance.split(",")
        if pointer.rpartition("/")[2].isdecimal() and len(joined) > 1 and {*joined} <= {*options}:
            hint = f"write an element for each: {', '.join(map(quoted, joined))}"
    return VALUE.found(
        f"{shown(problem.instance)} {words}",
        hint=hint or f"write {_listed(options)}",
        at=file.at(pointer),
    )


def _range(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    return RANGE.found(
        f"{shown(problem.instance)} is out of range", hint=_range_hint(schema), at=file.at(pointer)
    )


def _range_hint(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is None and below is None:
        if low is None:
            return f"write {high} or less"
        return f"write a number {f'from {low} to {high}' if high is not None else f'{low} or more'}"
    lowest = f"above {above}" if above is not None else f"from {low}"
    highest = f"below {below}" if below is not None else f"up to {high}"
    known = [
        words
        for words, bound in (
            (lowest, above if above is not None else low),
            (highest, below if below is not None else high),
        )
        if bound is not None
    ]
    return f"write a number {' and '.join(known)}"


def _pattern(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    words = schema.get("patternErrorMessage", f"must match {schema['pattern']}")
    examples = schema.get("examples")
    hint = f"for example {json.dumps(examples[0])}" if examples else "change it accordingly"
    return PATTERN.found(f"{shown(problem.instance)} {words}", hint=hint, at=file.at(pointer))


def _length(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    value = problem.instance
    size = len(value) if isinstance(value, str | list) else 0
    return length(size, str(problem.schema_path[-1]), schema, pointer, file)


def length(
    size: int, keyword: str, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    """What is said of a text or list whose size fails a ``keyword``."""
    what = "text" if keyword.endswith("Length") else "list"
    unit = "characters" if what == "text" else "items"
    limit = schema[keyword]
    bound = "at least" if keyword.startswith("min") else "at most"
    return LENGTH.found(
        f"the {what} has {size} {unit}; it takes {bound} {limit}",
        hint="fill it in" if keyword.startswith("min") else "shorten it",
        at=file.at(pointer),
    )


def _unique(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    items = problem.instance if isinstance(problem.instance, list) else []
    seen: set[str] = set()
    for index, item in enumerate(items):
        # JSON's text of it: true is not 1, and a list is no member of a set.
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return DUPLICATE_ITEM.found(
                f"{shown(item)} is in the list twice",
                hint="name each once",
                at=file.at(f"{pointer}/{index}"),
            )
        seen.add(text)
    return other(problem, schema, pointer, file)


def other(
    problem: jsonschema_rs.ValidationError, schema: dict[str, Any], pointer: str, file: SourceFile
) -> Diagnostic:
    """What is said where no keyword has words of its own: the field's."""
    words = schema.get("errorMessage", NOT_TAKEN)
    return VALUE.found(f"{shown(problem.instance)} {words}", hint="change it", at=file.at(pointer))


_PHRASES: dict[str, Phrase] = {
    "type": _type,
    "enum": _choice,
    "const": _choice,
    "minimum": _range,
    "maximum": _range,
    "exclusiveMinimum": _range,
    "exclusiveMaximum": _range,
    "pattern": _pattern,
    "minLength": _length,
    "maxLength": _length,
    "minItems": _length,
    "maxItems": _length,
    "uniqueItems": _unique,
}


def quoted(name: object) -> str:
    """A name in double quotes, as JSON writes it."""
    return json.dumps(str(name), ensure_ascii=False)


def _listed(options: list[Any]) -> str:
    return either([json.dumps(option, ensure_ascii=False) for option in options])


def shown(value: object) -> str:
    """A value as JSON writes it, shortened; of lists and objects only what they are."""
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "an object"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"
