"""What the training form posted and its database holds, in the words of params.json."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typer

from generator.check.outcome import checked
from generator.console.reporting import Output
from generator.diagnostics import Located, located, pointer_of
from generator.diagnostics.wording import listed
from generator.model.platform.model import Platform
from generator.source.files import params_at
from generator.source.json_document import decode
from generator.source.schema_errors import missing
from generator.source.text import decode_utf8

_MAY_BE_EMPTY = "customHyperparameters"
_CHANNELS = ("train", "validation", "test")
_TREE_METHODS = ("exact", "approx", "hist", "gpu_hist")
_ENDPOINTS = {
    "gcs": "write https://storage.googleapis.com",
    "minio": "write the URL of the MinIO server: https://minio.example:9000",
    "azure": "Azure Blob has no S3 API: name an object storage that has one",
    "custom": "write the URL of the object storage: https://storage.example",
}
"""What to write where a form's endpoint is blank, by its provider."""


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


def converted(payload: dict[str, Any], platform: Platform) -> Draft:
    """Return ``payload`` with what means the same in params.json; what is wrong otherwise stays.

    An empty string is a field that was left out, as null is: the form's database has them for
    each override that nobody gave.
    """
    result = Draft(_without_empty(payload))
    document = result.document
    if empty := sorted(_empty(payload)):
        result.notes.append(f"left out what is empty: {', '.join(empty)}")
    _images(document, result.notes)
    _channels(document, result, platform)
    _hyperparameters(document, result.notes)
    if document.get("targetClusters") == []:
        del document["targetClusters"]
    known = f": platform.yaml lists {listed(platform.clusters)}" if platform.clusters else ""
    result.hints["", "targetClusters"] = f"name target clusters with --cluster{known}"
    return result


def _without_empty(node: Any) -> Any:
    """Return a copy without members that are empty strings."""
    if isinstance(node, list):
        return [_without_empty(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: copy.deepcopy(value) if name == _MAY_BE_EMPTY else _without_empty(value)
        for name, value in node.items()
        if value != ""
    }


def _empty(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the dotted paths of members that are empty strings."""
    members = enumerate(node) if isinstance(node, list) else node.items()
    for name, value in members:
        at = (*path, str(name))
        if value == "" and isinstance(node, dict):
            yield ".".join(at)
        elif isinstance(value, dict | list) and name != _MAY_BE_EMPTY:
            yield from _empty(value, at)


def _images(document: dict[str, Any], notes: list[str]) -> None:
    algorithm = document.get("algorithm")
    image = algorithm.pop("imageUri", None) if isinstance(algorithm, dict) else None
    if image is None:
        return
    taking = [name for name in ("headImage", "workerImage") if document.get(name) is None]
    document.update(dict.fromkeys(taking, image))
    became = f"is {' and '.join(taking)} now" if taking else "has no effect beside both images"
    notes.append(f"algorithm.imageUri {became}")


def _channels(document: dict[str, Any], result: Draft, platform: Platform) -> None:
    """Name channels as params.json does, without those that the scripts do not read."""
    channels = document.get("inputDataConfig")
    if not isinstance(channels, list) or not all(isinstance(one, dict) for one in channels):
        return
    kept: list[dict[str, Any]] = []
    for index, channel in enumerate(channels):
        own, kind = channel.get("channelName"), _kind(channel, index)
        if kind == "test":
            result.notes.append(
                f'dropped inputDataConfig.{index}, "{own}": no script reads a test channel'
            )
            continue
        if kind != own:
            result.notes.append(
                f'changed inputDataConfig.{index}.channelName from "{own}" to "{kind}"'
            )
            channel["channelName"] = kind
        _endpoint(channel, len(kept), result, platform)
        kept.append(channel)
    document["inputDataConfig"] = kept


def _kind(channel: dict[str, Any], index: int) -> Any:
    """Return what a channel is: by its name, else its type, else its place, as it was read."""
    for said in (channel.get("channelName"), channel.get("channelType")):
        if said in _CHANNELS:
            return said
    return _CHANNELS[index] if index < len(_CHANNELS) - 1 else channel.get("channelName")


def _endpoint(channel: dict[str, Any], index: int, result: Draft, platform: Platform) -> None:
    provider = channel.get("storageProvider")
    if channel.get("endpoint") is not None or not isinstance(provider, str):
        return
    if provider == "aws":
        region = platform.training_script.region
        domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        channel["endpoint"] = f"https://s3.{region}.{domain}"
        result.notes.append(f"inputDataConfig.{index}.endpoint is {channel['endpoint']} now")
    elif provider in _ENDPOINTS:
        at = pointer_of("inputDataConfig", index)
        result.hints[at, "endpoint"] = _ENDPOINTS[provider]


def _hyperparameters(document: dict[str, Any], notes: list[str]) -> None:
    """Of xgboost's, what the form offers and xgboost refuses."""
    chosen = document.get("hyperparameters")
    given = chosen.get("xgboost") if isinstance(chosen, dict) else None
    if not isinstance(given, dict):
        return
    at = "hyperparameters.xgboost"
    threads = given.get("nthread")
    if isinstance(threads, str) and threads.isascii() and threads.isdigit():
        given["nthread"] = int(threads)
        notes.append(f'changed {at}.nthread from the string "{threads}" to the number {threads}')
    if given.get("eval_metric") == []:
        del given["eval_metric"]
        notes.append(f"left out {at}.eval_metric: it was empty")
    if given.get("updater") in _TREE_METHODS:
        dropped = given.pop("updater")
        notes.append(f'dropped {at}.updater: "{dropped}" is a tree method, which xgboost refuses')


def read_source(root: Path, source: str, output: Output) -> tuple[dict[str, Any], str | None]:
    """Return the document of ``--from`` and the tenant of its job; exit 1 where it is no JSON."""
    place, shown = _place_and_name(root, source)
    document, problems = decode(read_given(place, "--from"), shown)
    if problems:
        output.refuse([*map(located, problems)])
    if not isinstance(document, dict):
        raise typer.BadParameter("holds no JSON object", param_hint="--from")
    return document, None if place == "-" else _tenant(os.path.relpath(place, root))


def _place_and_name(root: Path, source: str) -> tuple[Path | str, str]:
    """Where a job's name, a file, a directory, or - for standard input is read; and its name."""
    if source == "-":
        return source, source
    if path := params_at(source):
        return path, source
    for submission in checked(root).fleet.submissions:
        if submission.job.job_name == source:
            return root / submission.file, submission.file
    raise typer.BadParameter(f"{source} is no job, file or -", param_hint="--from")


def read_given(place: Path | str, option: str) -> str:
    """Return the text of a file, or of standard input for -; a usage error where it has none."""
    try:
        data = None if place == "-" else Path(place).read_bytes()
    except OSError as problem:
        words = f"cannot be read: {problem.strerror}"
        raise typer.BadParameter(words, param_hint=option) from None
    text, problems = decode_utf8(sys.stdin.buffer.read() if data is None else data)
    if text is None:
        raise typer.BadParameter(problems[0].message, param_hint=option)
    return text


def _tenant(file: str) -> str | None:
    parts = file.replace(os.sep, "/").split("/")
    return parts[1] if parts[0] == "jobs" and len(parts) > 3 else None
