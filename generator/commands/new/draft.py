"""Writing a new job: from a few words, or from a job or a training form's payload."""

from __future__ import annotations

import copy
import itertools
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator.commands.new.payloads import converted
from generator.diagnostics import Diagnostic, Located
from generator.model.job.job import Job
from generator.model.job.schema import explain
from generator.model.platform.model import Platform
from generator.model.template import Template, merge
from generator.source.locate import Place
from generator.source.schema_errors import UNKNOWN_FIELD, missing
from generator.source.schema_phrases import TYPE

CPU_CORES, MEMORY_GIB, WORKERS = 4, 16, 1
"""What a job gets that neither says it nor starts from another."""
_PASSES = 5
"""Mending a value can show another problem below it; five levels is the depth of a job."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a job, in the units of params.json; None where nothing is."""

    clusters: list[str] | None = None
    endpoint: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    validation: str | None = None
    cpu_cores: int | None = None
    memory_gib: int | None = None
    gpus: int | None = None
    workers: int | None = None
    namespace: str | None = None
    mode: str | None = None
    volume_gib: int | None = None


@dataclass(slots=True)
class Draft:
    """A document for params.json, and what was dropped or changed to make it one.

    ``hints`` say what to add, by the pointer of an object and the name of the field that it lacks.
    """

    document: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    hints: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of the file."""
        return json.dumps(self.document, indent=2, ensure_ascii=False) + "\n"

    def hinted(self, problems: Iterable[Located]) -> list[Located]:
        """Return ``problems`` with what is known of how to add a missing field."""
        hints = {(pointer, missing(name)): hint for (pointer, name), hint in self.hints.items()}
        return [
            replace(one, hint=hints.get((one.pointer or "", one.message), one.hint))
            for one in problems
        ]


def draft_from_request(name: str, request: Request, template: Template | None = None) -> Draft:
    """The smallest document that says what ``request`` asks.

    With a template that is its name and what is asked; a list is then the template's, changed.
    """
    if template is not None:
        own: dict[str, Any] = {"jobName": name, "template": template.name}
        if "inputDataConfig" not in template.document:
            own["inputDataConfig"] = [{"channelName": "train"}]
        _ask(own, request, template)
        return Draft(_in_order(own))
    document: dict[str, Any] = {
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": {
            "instanceResources": {"cpuCores": CPU_CORES, "memoryGiB": MEMORY_GIB},
            "instanceCount": WORKERS,
        },
        "inputDataConfig": [{"channelName": "train"}],
    }
    _ask(document, request, template)
    return Draft(_in_order({"jobName": name, **document}))


def draft_from_document(
    given: dict[str, Any],
    name: str,
    request: Request,
    platform: Platform,
    template: Template | None = None,
) -> Draft:
    """``given`` under the name ``name`` with what ``request`` asks, less what no job has.

    Unknown fields and nulls are dropped, numbers written as texts become numbers, and what a
    training form wrote otherwise is converted; each is noted. What else is wrong with it stays,
    for the checks to say.
    """
    payload = converted(given, platform)
    document = payload.document
    draft = Draft(document, payload.notes, payload.hints)
    _ask(document, request, template)
    for _ in range(_PASSES):
        mended = [_mend(document, found) for found in explain(document)]
        notes = [note for note in mended if note]
        if not notes:
            break
        draft.notes += notes
    if document.get("jobName") != name:
        draft.notes.append(f'changed jobName from "{document.get("jobName", "")}" to "{name}"')
    document["jobName"] = name
    document.pop("$schema", None)
    draft.document = _in_order(document)
    return draft


def _ask(document: dict[str, Any], request: Request, template: Template | None) -> None:
    """Put what ``request`` asks into the document; where it has no place for it, nothing."""
    given = template.document.get("inputDataConfig") if template else None
    if given and any((request.endpoint, request.bucket, request.prefix, request.validation)):
        document.setdefault("inputDataConfig", copy.deepcopy(given))
    places: dict[tuple[str, ...], Any] = {
        ("namespace",): request.namespace,
        ("resources", "instanceResources", "cpuCores"): request.cpu_cores,
        ("resources", "instanceResources", "memoryGiB"): request.memory_gib,
        ("resources", "instanceResources", "gpuCount"): request.gpus,
        ("resources", "instanceCount"): request.workers,
        ("resources", "volumeSizeGB"): request.volume_gib,
        ("targetClusters",): request.clusters,
        ("scheduling", "mode"): request.mode,
    }
    for place, value in places.items():
        if value is not None:
            _put(document, place, value)
    _ask_of_channels(document.get("inputDataConfig"), request)


def put(document: dict[str, Any], place: Place, value: Any, template: Template | None) -> None:
    """Set a value, with the objects and lists around it; ValueError where there is no such place.

    A list that only the template has is copied first: the job's own stands for all of it.
    """
    here: Any = document
    below: Any = template.document if template else None
    for part, following in itertools.pairwise(place):
        below = _member(below, part)
        if _member(here, part) is None:
            empty: Any = [] if isinstance(following, int) else {}
            _set(here, part, copy.deepcopy(below) if isinstance(below, list) else empty)
        here = _member(here, part)
    _set(here, place[-1], value)


def _member(node: Any, part: str | int) -> Any:
    """What ``node`` has at a name or an index; None where it has nothing there."""
    if isinstance(node, dict):
        return node.get(part)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _set(node: Any, part: str | int, value: Any) -> None:
    if isinstance(node, dict) and isinstance(part, str):
        node[part] = value
    elif isinstance(node, list) and isinstance(part, int) and part <= len(node):
        node[part : part + 1] = [value]
    else:
        raise ValueError(f"there is no place for {part}")


def whole(document: dict[str, Any], template: Template | None) -> dict[str, Any]:
    """The document with what its template gives; that of another job where there is none."""
    return merge(document, template).document if template else document


def _put(document: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    for name in place[:-1]:
        inner = document.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        document = inner
    document[place[-1]] = value


def _ask_of_channels(channels: Any, request: Request) -> None:
    """Both channels are in the place that is asked for; each has its own key."""
    if not isinstance(channels, list) or not all(isinstance(one, dict) for one in channels):
        return
    where = {"endpoint": request.endpoint, "bucket": request.bucket}
    for channel in channels:
        channel |= {name: value for name, value in where.items() if value is not None}
    if channels and request.prefix is not None:
        channels[0]["prefix"] = request.prefix
    if channels and request.validation is not None:
        first = {name: channels[0][name] for name in where if name in channels[0]}
        channels[1:2] = [{"channelName": "validation", **first, "prefix": request.validation}]


def _in_order(document: dict[str, Any]) -> dict[str, Any]:
    """The fields in the order in which the form has them; what no job has comes last."""
    known = [name for name in _ORDER if name in document]
    return {name: document[name] for name in [*known, *document]}


_NAMES = [field.alias or name for name, field in Job.model_fields.items()]
_ORDER = ["$schema", "jobName", "template", *_NAMES]


def schema_reference(root: Path, file: str) -> str | None:
    """How ``file`` names the schema in ``root/schemas``; None where there is none."""
    target = os.path.join(root, "schemas", "params.schema.json")
    if not os.path.isfile(target):
        return None
    return os.path.relpath(target, os.path.join(root, os.path.dirname(file))).replace(os.sep, "/")


def _mend(document: dict[str, Any], found: Diagnostic) -> str | None:
    """Drop or change what ``found`` is about; gives a note, None where nothing was done."""
    path = [p.replace("~1", "/").replace("~0", "~") for p in (found.pointer or "").split("/")[1:]]
    if not path:
        return None
    parent: Any = document
    for part in path[:-1]:
        parent = parent[int(part)] if isinstance(parent, list) else parent[part]
    dotted, last = ".".join(path), path[-1]
    key: Any = int(last) if isinstance(parent, list) else last
    try:
        value = parent[key]
    except (KeyError, IndexError):
        return None
    if found.rule is UNKNOWN_FIELD and isinstance(parent, dict):
        del parent[key]
        return f"dropped {dotted}: no job has this field"
    if value is None and isinstance(parent, dict):
        del parent[key]
        return f"dropped {dotted}: it was null"
    if found.rule is TYPE and isinstance(value, str):
        number = _number(value)
        if number is not None:
            parent[key] = number
            return f'changed {dotted} from the text "{value}" to the number {number}'
    return None


def _number(text: str) -> int | float | None:
    kinds: tuple[Callable[[str], int | float], ...] = (int, float)
    for kind in kinds:
        try:
            return kind(text)
        except ValueError:
            continue
    return None
