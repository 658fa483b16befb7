"""Writing a new job: from a few words, or from a job or a training form's payload."""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from generator.commands.new.payloads import Draft, converted
from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.job.schema import explain
from generator.model.platform.model import Platform
from generator.model.template import Template, merge
from generator.source.locate import Place
from generator.source.schema_errors import UNKNOWN_FIELD
from generator.source.schema_phrases import TYPE

CPU_CORES, MEMORY_GIB, WORKERS = 4, 16, 1
"""What a job gets that neither says it nor starts from another."""
_PASSES = 5
"""Mending a value can show another problem below it; five levels is the depth of a job."""
_NAMES = [field.alias or name for name, field in Job.model_fields.items()]
_ORDER = ["$schema", "jobName", "template", *_NAMES]


class Request(NamedTuple):
    """What is asked of a job, in the units of params.json; None where nothing is.

    ``fields`` are by their paths; the other four are of the channels of inputDataConfig.
    """

    fields: Mapping[str, Any]
    endpoint: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    validation: str | None = None


def draft_from_request(name: str, request: Request, template: Template | None = None) -> Draft:
    """The smallest document that says what ``request`` asks.

    With a template that is its name and what is asked; a list is then the template's, changed.
    """
    document: dict[str, Any] = {"jobName": name}
    if template is not None:
        document["template"] = template.name
    else:
        document["algorithm"] = {"source": "builtin", "algorithmName": "xgboost"}
        document["resources"] = {
            "instanceResources": {"cpuCores": CPU_CORES, "memoryGiB": MEMORY_GIB},
            "instanceCount": WORKERS,
        }
    if template is None or "inputDataConfig" not in template.document:
        document["inputDataConfig"] = [{"channelName": "train"}]
    _ask(document, request, template)
    return Draft(_in_order(document))


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
    draft = converted(given, platform)
    document = draft.document
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
    if given and any(request[1:]):
        document.setdefault("inputDataConfig", copy.deepcopy(given))
    for path, value in request.fields.items():
        if value is not None:
            _put(document, path.split("."), value)
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


def _put(document: Any, path: list[str], value: Any) -> None:
    *around, last = path
    for name in around:
        document = document.setdefault(name, {})
        if not isinstance(document, dict):
            return
    document[last] = value


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
