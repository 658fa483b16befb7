"""Words for each JSON Schema keyword that a value can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import jsonschema_rs

from generator.diagnostics import Diagnostic, Location, SourceFile, error
from generator.diagnostics.wording import alike, did_you_mean, either

TYPE = error("schema/type", "A value of another type than the field takes.")
VALUE = error("schema/value", "A value that is not one of those the field takes.")
RANGE = error("schema/range", "A number outside the field's range.")
PATTERN = error("schema/pattern", "A text that is not written as the field demands.")
LENGTH = error("schema/length", "A text or list that is too short or too long.")
DUPLICATE_ITEM = error("schema/duplicate-item", "A list holds the same item twice.")

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


class Refused(NamedTuple):
    """A value that is refused: why, by a keyword of which schema, and its place in which file."""

    problem: jsonschema_rs.ValidationError
    schema: dict[str, Any]
    pointer: str
    file: SourceFile

    @property
    def value(self) -> Any:
        """What is refused."""
        return self.problem.instance

    @property
    def keyword(self) -> str:
        """The keyword of the schema that refuses it."""
        return str(self.problem.schema_path[-1])

    @property
    def at(self) -> Location:
        """Where it stands."""
        return self.file.at(self.pointer)


def phrase(wrong: Refused) -> Diagnostic:
    """What is said of a value, in the words of the keyword that refuses it."""
    return _PHRASES.get(wrong.keyword, other)(wrong)


def _type(wrong: Refused) -> Diagnostic:
    types = wrong.problem.kind.as_dict()["types"]
    wanted = " or ".join(TYPE_WORDS.get(name, name) for name in types)
    return TYPE.found(
        f"{shown(wrong.value)} is not {wanted}",
        hint=_type_hint(wrong.value, types) or f"write {wanted}",
        at=wrong.at,
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


def _choice(wrong: Refused) -> Diagnostic:
    options = wrong.schema.get("enum") or [wrong.schema.get("const")]
    words = wrong.schema.get("errorMessage") or f"is not one of {_listed(options)}"
    hint = ""
    if isinstance(wrong.value, str):
        texts = {str(option).lower(): str(option) for option in options}
        near = alike(wrong.value.lower(), texts)
        hint = did_you_mean(quoted(texts[near])) if near else ""
        joined = wrong.value.split(",")
        is_item = wrong.pointer.rpartition("/")[2].isdecimal()
        if is_item and len(joined) > 1 and {*joined} <= {*options}:
            hint = f"write an element for each: {', '.join(map(quoted, joined))}"
    return VALUE.found(
        f"{shown(wrong.value)} {words}",
        hint=hint or f"write {_listed(options)}",
        at=wrong.at,
    )


def _range(wrong: Refused) -> Diagnostic:
    return RANGE.found(
        f"{shown(wrong.value)} is out of range", hint=_range_hint(wrong.schema), at=wrong.at
    )


def _range_hint(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is None and below is None:
        if low is None:
            return f"write {high} or less"
        return f"write a number {f'from {low} to {high}' if high is not None else f'{low} or more'}"
    bounds = (
        (f"above {above}", above) if above is not None else (f"from {low}", low),
        (f"below {below}", below) if below is not None else (f"up to {high}", high),
    )
    known = [words for words, bound in bounds if bound is not None]
    return f"write a number {' and '.join(known)}"


def _pattern(wrong: Refused) -> Diagnostic:
    words = wrong.schema.get("patternErrorMessage", f"must match {wrong.schema['pattern']}")
    examples = wrong.schema.get("examples")
    hint = f"for example {json.dumps(examples[0])}" if examples else "change it accordingly"
    return PATTERN.found(f"{shown(wrong.value)} {words}", hint=hint, at=wrong.at)


def _length(wrong: Refused) -> Diagnostic:
    size = len(wrong.value) if isinstance(wrong.value, str | list) else 0
    return length(size, wrong.keyword, wrong.schema[wrong.keyword], wrong.at)


def length(size: int, keyword: str, limit: int, at: Location) -> Diagnostic:
    """What is said of a text or list whose size fails a ``keyword``."""
    what, unit = ("text", "characters") if keyword.endswith("Length") else ("list", "items")
    bound, hint = ("at least", "fill it in") if keyword[:3] == "min" else ("at most", "shorten it")
    return LENGTH.found(f"the {what} has {size} {unit}; it takes {bound} {limit}", hint=hint, at=at)


def _unique(wrong: Refused) -> Diagnostic:
    items = wrong.value if isinstance(wrong.value, list) else []
    seen: set[str] = set()
    for index, item in enumerate(items):
        # JSON's text of it: true is not 1, and a list is no member of a set.
        text = json.dumps(item, sort_keys=True)
        if text in seen:
            return DUPLICATE_ITEM.found(
                f"{shown(item)} is in the list twice",
                hint="name each once",
                at=wrong.file.at(f"{wrong.pointer}/{index}"),
            )
        seen.add(text)
    return other(wrong)


def other(wrong: Refused) -> Diagnostic:
    """What is said where no keyword has words of its own: the field's."""
    words = wrong.schema.get("errorMessage", NOT_TAKEN)
    return VALUE.found(f"{shown(wrong.value)} {words}", hint="change it", at=wrong.at)


_PHRASES: dict[str, Callable[[Refused], Diagnostic]] = {
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
