"""What rendered/ holds, as a sync engine reads it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator.diagnostics import has_errors
from generator.live.control_plane import Object
from generator.manifests.build import build, job_manifest
from generator.manifests.objects import Manifest
from generator.output.tree import RENDERED
from generator.output.yaml_emitter import manifest_text
from generator.pipeline import Loaded
from generator.platform.model import FILE
from generator.source.reading import read_bytes
from generator.source.yaml_document import decode_yaml

ObjectKey: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name; what is in no namespace has "" for it."""

_DOCUMENT = re.compile(r"^---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """An object and its file, relative to the root."""

    file: str
    value: Object

    @property
    def kind(self) -> tuple[str, str]:
        """apiVersion and kind."""
        return self.value["apiVersion"], self.value["kind"]

    @property
    def key(self) -> ObjectKey:
        """By which it is found on Karmada."""
        return key_of_object(self.value["kind"], self.value)

    @property
    def words(self) -> str:
        """``RayJob default/train-1``."""
        return in_words(self.key)


def key_of_object(kind: str, value: Object) -> ObjectKey:
    """The key of an object; lists leave the kind out of their objects."""
    metadata = value["metadata"]
    return kind, metadata.get("namespace", ""), metadata["name"]


def in_words(key: ObjectKey) -> str:
    """``RayJob default/train-1``."""
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def rendered_objects(root: Path, loaded: Loaded) -> Iterator[RenderedObject]:
    """Every object of rendered/, by file; what is no Kubernetes object is left out."""
    # Building and writing a file takes a hundredth of the time that reading its YAML takes.
    built = {manifest.path: manifest for manifest in _manifests(loaded)}
    for path in _files(root):
        file = f"{RENDERED}/{path}"
        data, _ = read_bytes(root, file)
        manifest = built.get(path)
        if data is None:
            continue
        if manifest is not None and manifest_text(manifest).encode() == data:
            for built_one in manifest.objects:
                yield RenderedObject(file, dict(built_one))
        else:
            for read_one in _objects(data.decode("utf-8", "replace")):
                yield RenderedObject(file, read_one)


def _manifests(loaded: Loaded) -> Iterator[Manifest]:
    """What can be rendered; what was rendered of the rest before it had errors is still there."""
    if not has_errors(loaded.diagnostics):
        yield from build(loaded.fleet)
        return
    for submission in loaded.fleet.submissions:
        if not loaded.broken & {FILE, submission.file}:
            yield job_manifest(submission, loaded.fleet)


def _files(root: Path) -> list[str]:
    top = root / RENDERED
    return sorted(
        os.path.relpath(os.path.join(directory, name), top).replace(os.sep, "/")
        for directory, _, names in os.walk(top)
        for name in names
        if name.endswith((".yaml", ".yml"))
    )


def _objects(text: str) -> Iterator[Object]:
    for document in map(decode_yaml, _DOCUMENT.split(text)):
        value = document.value
        if not isinstance(value, dict) or document.problems:
            continue
        metadata = value.get("metadata")
        is_named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
        if is_named and all(isinstance(value.get(key), str) for key in ("apiVersion", "kind")):
            yield value
