"""Writing a new job: from a few words, or from a job or a training form's payload."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.diagnostics import Diagnostic
from generator.params.validation import explain
from generator.source.schema_errors import UNKNOWN_FIELD

_PASSES = 5
"""Mending a value can show another problem below it; five levels is the depth of a job."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a new job asks for, in the units of params.json."""

    name: str
    clusters: list[str]
    endpoint: str
    bucket: str
    prefix: str
    cpu_cores: int = 4
    memory_gib: int = 16
    gpus: int = 0
    workers: int = 1
    namespace: str | None = None
    mode: str | None = None
    validation: str | None = None
    volume_gib: int | None = None


@dataclass(slots=True)
class Draft:
    """A document for params.json, and what was dropped or changed to make it one."""

    document: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def draft_from_request(request: Request) -> Draft:
    """The smallest document that says what ``request`` asks."""
    instance: dict[str, Any] = {"cpuCores": request.cpu_cores, "memoryGiB": request.memory_gib}
    if request.gpus:
        instance["gpuCount"] = request.gpus
    resources: dict[str, Any] = {
        "instanceResources": instance,
        "instanceCount": request.workers,
    }
    if request.volume_gib:
        resources["volumeSizeGB"] = request.volume_gib
    where = {"endpoint": request.endpoint, "bucket": request.bucket}
    channels = [{"channelName": "train", **where, "prefix": request.prefix}]
    if request.validation:
        channels.append({"channelName": "validation", **where, "prefix": request.validation})
    document: dict[str, Any] = {"jobName": request.name}
    if request.namespace:
        document["namespace"] = request.namespace
    document |= {
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": resources,
        "inputDataConfig": channels,
        "targetClusters": request.clusters,
    }
    if request.mode:
        document["scheduling"] = {"mode": request.mode}
    return Draft(document)


def draft_from_document(document: dict[str, Any], name: str) -> Draft:
    """``document`` under the name ``name``, less what no job has.

    Unknown fields and nulls are dropped, and numbers written as texts become numbers; each is
    noted. What else is wrong with it stays, for the checks to say.
    """
    draft = Draft(document)
    for _ in range(_PASSES):
        mended = [_mend(document, found) for found in explain(document)]
        notes = [note for note in mended if note]
        if not notes:
            break
        draft.notes += notes
    if document.get("jobName") != name:
        draft.notes.append(f'changed jobName from "{document.get("jobName", "")}" to "{name}"')
    draft.document = {"jobName": name, **{k: v for k, v in document.items() if k != "jobName"}}
    draft.document.pop("$schema", None)
    return draft


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
    if found.rule == UNKNOWN_FIELD.id and isinstance(parent, dict):
        del parent[key]
        return f"dropped {dotted}: no job has this field"
    if value is None and isinstance(parent, dict):
        del parent[key]
        return f"dropped {dotted}: it was null"
    if found.rule == "schema/type" and isinstance(value, str):
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
