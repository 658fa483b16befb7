"""Every value of a job as it counts, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel

from generator.algorithms import BUILT_IN
from generator.diagnostics import pointer_of
from generator.fields.scalars import NOT_NULL
from generator.model.platform.model import FILE
from generator.repository.fleet import Fleet, Submission
from generator.source.json_positions import Positions, scan
from generator.source.locate import Place
from generator.source.text import Lines

Origin: TypeAlias = Literal["job", "template", "platform", "default"]
"""The job's file, its template's, platform.yaml, or what is built in."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a job: its place, and the file, line and column that give it.

    These are None of a built-in default. A ``fixed`` one is the template's, which no job may set.
    """

    place: Place
    value: Any
    origin: Origin
    file: str | None = None
    line: int | None = None
    column: int | None = None
    fixed: bool = False


_STORAGE_CLASS = "/resources/storageClassName"


def values_of(submission: Submission, fleet: Fleet, texts: Mapping[str, str]) -> Iterator[Value]:
    """The values of a job in the order of the model, those that nobody gives left out.

    ``texts`` are those of the job's file, its template's, and platform.yaml where there is one.
    """
    sources = _Sources(submission, fleet, texts)
    for place, value in _members(submission.job, ()):
        if place != ("$schema",) and (found := sources.value(place, value)) is not None:
            yield found


def _members(node: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """The values in a model, lists of texts and numbers whole; ``...`` where there is none.

    An object that is left out has its fields left out: each may have a default of its own.
    """
    if isinstance(node, BaseModel):
        for name, info in type(node).model_fields.items():
            value = getattr(node, name)
            inside = (*place, info.alias or name)
            if value is None and NOT_NULL in info.metadata:
                yield from ((absent, ...) for absent in _left_out_at(inside, info.annotation))
            else:
                yield from _members(value, inside)
    elif isinstance(node, dict) and node:
        for name, value in node.items():
            yield from _members(value, (*place, name))
    elif isinstance(node, list) and any(isinstance(item, BaseModel) for item in node):
        for index, item in enumerate(node):
            yield from _members(item, (*place, index))
    else:
        yield place, node


def _left_out_at(place: Place, annotation: Any) -> Iterator[Place]:
    """The place of a field that is left out, or those of the fields of an object."""
    models = [one for one in get_args(annotation) if isinstance(one, type(BaseModel))]
    if not models:
        yield place
    for model in models:
        for name, info in model.model_fields.items():
            yield *place, info.alias or name


class _Sources:
    """The files that give a job its values."""

    def __init__(self, submission: Submission, fleet: Fleet, texts: Mapping[str, str]) -> None:
        self.submission, self.fleet, self.texts = submission, fleet, texts
        self.resolved = fleet.resolved(submission)
        self.positions = {submission.file: scan(texts[submission.file])}
        self.lines = {file: Lines(text) for file, text in texts.items()}
        merged = submission.merged
        if merged is not None:
            self.positions[merged.template.file] = scan(merged.template.text)
            self.lines[merged.template.file] = Lines(merged.template.text)
        if texts.get(FILE):
            # Imported here: a repository without the file never pays for a YAML reader.
            from generator.source.yaml_document import decode_yaml

            self.positions[FILE] = decode_yaml(texts[FILE], FILE).positions

    def value(self, place: Place, value: Any) -> Value | None:
        """The value at a place with its origin; None where nobody gives one."""
        pointer = pointer_of(*place)
        merged = self.submission.merged
        if found := self._at(self.submission.file, pointer, place, value, "job"):
            return found
        if merged is not None and merged.is_from_template(pointer):
            file, fixed = merged.template.file, merged.is_fixed(pointer)
            if found := self._at(file, pointer, place, value, "template", fixed=fixed):
                return found
        if self._is_of_another_algorithm(place):
            return None
        if value is ...:
            return self._left_out(pointer, place)
        return Value(place, value, "default")

    def _is_of_another_algorithm(self, place: Place) -> bool:
        chosen = self.submission.job.algorithm
        name = chosen.algorithm_name if chosen.source == "builtin" else None
        return place[0] == "hyperparameters" and place[1] != name and place[1] in BUILT_IN

    def _left_out(self, pointer: str, place: Place) -> Value | None:
        default = self.resolved.default_of(pointer)
        if default is None or (pointer == _STORAGE_CLASS and self._has_chosen_class):
            return None
        for setting in default.settings:
            if found := self._at(FILE, pointer_of(*setting), place, default.value, "platform"):
                return found
        like = self.value(default.like, default.value) if default.like else None
        if like is None:
            return Value(place, default.value, "default")
        merged = self.submission.merged
        return replace(like, place=place, fixed=merged is not None and merged.is_fixed(pointer))

    @property
    def _has_chosen_class(self) -> bool:
        """Whether another than the platform decides about the class of the job's claim, if any."""
        name = self.resolved.claim_name
        if name is None:
            return True
        shared = self.fleet.claims[self.submission.job.namespace, name]
        return bool(shared.declared or shared.existing or shared.storage_classes)

    def _at(
        self,
        file: str,
        pointer: str,
        place: Place,
        value: Any,
        origin: Origin,
        *,
        fixed: bool = False,
    ) -> Value | None:
        positions = self.positions.get(file, Positions())
        if pointer not in positions.values:
            return None
        line, column = self.lines[file].line_and_column(positions.values[pointer])
        return Value(place, value, origin, file, line, column, fixed)


def as_json(value: Any) -> str:
    """A value as a params.json has it."""
    return json.dumps(value, ensure_ascii=False)
