"""``--set PATH=VALUE``: a field of params.json by its dotted path, and its value in words."""

from __future__ import annotations

import re
from typing import Any

import typer

from generator.diagnostics.characters import visible
from generator.diagnostics.names import nearest
from generator.diagnostics.wording import did_you_mean
from generator.model.field_docs import Field, all_fields, fields_called
from generator.source.files import PARAMS
from generator.source.json_document import decode
from generator.source.places import Place

_PATH = re.compile(r"[^.\[\]]+(?:\[\d{1,4}\])?(?:\.[^.\[\]]+(?:\[\d{1,4}\])?)*")
_PART = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
_ELSEWHERE = {"jobName": "the name is NAME", "template": "give --template"}


def assignment(words: str) -> tuple[Place, Any]:
    """``PATH=VALUE`` as a place and a value; a usage error where there is no such field."""
    path, equals, text = words.partition("=")
    if not equals or not _PATH.fullmatch(path):
        raise _refused(f"{words!r} is not PATH=VALUE: hyperparameters.xgboost.eta=0.1")
    if path in _ELSEWHERE:
        raise _refused(f"{path} cannot be set here: {_ELSEWHERE[path]}")
    place = place_of(path)
    return place, value_of(text, _schema(place, _field(path)))


def place_of(path: str) -> Place:
    """``inputDataConfig[0].bucket`` as its parts."""
    place: list[str | int] = []
    for name, index in _PART.findall(path):
        place += [name, int(index)] if index else [name]
    return tuple(place)


def value_of(text: str, schema: dict[str, Any]) -> Any:
    """A value as JSON, where the schema takes it, else as text; a list also as ``a,b``."""
    value, problems = decode(text)
    types = {str(choice["type"]) for choice in schema.get("anyOf", [schema]) if "type" in choice}
    if "array" in types and (problems or not isinstance(value, list)):
        return [part.strip() for part in text.split(",")]
    if problems or (types == {"string"} and not isinstance(value, str)):
        return text
    return value


def _schema(place: Place, field: Field) -> dict[str, Any]:
    """The schema of what stands at a place: the field, one of its items, or a name of one's own."""
    inside = field.schema
    if isinstance(place[-1], int):
        inside = inside.get("items", {})
    elif len([part for part in place if isinstance(part, str)]) > len(field.path.split(".")):
        inside = inside["additionalProperties"]
    return inside


def _field(path: str) -> Field:
    found = [field for field in fields_called(path) if field.file == PARAMS]
    if not found:
        raise _refused(_unknown(path))
    return found[0]


def _unknown(path: str) -> str:
    known = {field.path.lower(): field.path for field in all_fields() if field.file == PARAMS}
    wanted = path.lower()
    last = {each.rpartition(".")[2]: each for each in known}
    near = [known[each] for each in known if each.endswith(f".{wanted}")]
    near += [known[each] for each in nearest(wanted, known)]
    near += [known[last[each]] for each in nearest(wanted.rpartition(".")[2], last)]
    hint = did_you_mean(*list(dict.fromkeys(near))[:3])
    words = f"params.json has no field {visible(path)}"
    return f"{words}; {hint}" if hint else f"{words}: `rayjobs explain FIELD`"


def _refused(words: str) -> typer.BadParameter:
    return typer.BadParameter(words, param_hint="--set")
