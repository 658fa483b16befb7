"""Versions of a params.json: which job each is of, and what changed from one to the next."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.diagnostics import Located, located
from generator.diagnostics.wording import is_credential
from generator.fields import kubernetes
from generator.history.commits import FileChange
from generator.model.job.schema import TEMPLATE
from generator.source.git import Git, object_sizes, read_objects
from generator.source.json_document import JSON, decode
from generator.source.text import MAX_BYTES, TOO_LARGE, decode_utf8

FieldChange: TypeAlias = Literal["added", "removed", "changed"]
JobKey: TypeAlias = tuple[str | None, str]
"""Namespace and name; the namespace is None where only a template that is gone gave it."""

_UNSAID = ("$schema",)
"""Fields that say nothing about the job: where an editor finds the schema moves with the file."""
_BARE = re.compile(r"[A-Za-z][-A-Za-z0-9_./:@]*")
_LITERALS = ("true", "false", "null")
_LONGEST = 80
_LONGEST_PATH = 512
_FAR = "…"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that one version has otherwise than the other: its dotted path, and both values.

    ``before`` is None where the field was added, ``after`` where it was removed; both are where
    the value may be a credential, which is ``is_hidden``.
    """

    path: str
    change: FieldChange
    before: JSON
    after: JSON
    is_hidden: bool
    words: str


def differences(before: dict[str, JSON], after: dict[str, JSON]) -> list[Difference]:
    """What ``after`` has otherwise, in its order, then what only ``before`` has.

    Objects are compared field by field, as are the objects of a list; other lists as a whole.
    """
    old, new = dict(_fields(before)), dict(_fields(after))
    found = []
    for path, value in new.items():
        if path not in old:
            found.append(_difference(path, "added", None, value))
        elif not _is_same(old[path], value):
            found.append(_difference(path, "changed", old[path], value))
    gone = (path for path in old if path not in new)
    return [*found, *(_difference(path, "removed", old[path], None) for path in gone)]


def _fields(node: JSON, path: str = "") -> Iterator[tuple[str, JSON]]:
    """Every value of a document that has none inside, or is a list of such, with its path."""
    if len(path) > _LONGEST_PATH:
        # Below a name of thousands of characters each path would have all of them.
        yield path, _FAR
    elif isinstance(node, dict) and (node or not path):
        for name, value in node.items():
            if path or name not in _UNSAID:
                yield from _fields(value, f"{path}.{name}" if path else name)
    elif isinstance(node, list) and any(isinstance(item, dict | list) for item in node):
        for index, item in enumerate(node):
            yield from _fields(item, f"{path}[{index}]")
    else:
        yield path, node


def _is_same(one: JSON, other: JSON) -> bool:
    """Whether two values are one to a job: 6.0 is 6, and true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _difference(path: str, change: FieldChange, before: JSON, after: JSON) -> Difference:
    name = re.split(r"[.\[]", path)[-1]
    texts = [item for value in (before, after) for item in _items(value)]
    if any(is_credential(name, item) for item in (texts or [None])):
        words = {"added": "set", "removed": "removed", "changed": "changed"}[change]
        return Difference(path, change, None, None, True, f"{path} {words} (value not shown)")
    return Difference(path, change, before, after, False, _words(path, change, before, after))


def _items(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]


def _words(path: str, change: FieldChange, before: JSON, after: JSON) -> str:
    if change == "added":
        return f"{path} set to {_shown(after)}"
    if change == "removed":
        return f"{path} {_shown(before)} removed"
    if isinstance(before, list) and isinstance(after, list):
        return f"{path}: {_list_words(before, after)}"
    return f"{path} {_shown(before)} → {_shown(after)}"


def _list_words(before: list[JSON], after: list[JSON]) -> str:
    old, new = Counter(map(_shown, before)), Counter(map(_shown, after))
    added, removed = list((new - old).elements()), list((old - new).elements())
    said = [
        f"{', '.join(names)} {what}"
        for names, what in ((added, "added"), (removed, "removed"))
        if names
    ]
    return ", ".join(said) or f"order is now {', '.join(map(_shown, after))}"


def _shown(value: JSON) -> str:
    """A value as params.json has it, a plain word without its quotes."""
    if isinstance(value, str) and _BARE.fullmatch(value) and value not in _LITERALS:
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@dataclass(slots=True)
class Document:
    """The object in a text, or None and the first thing that is wrong with it."""

    text: str | None
    value: dict[str, JSON] | None
    problem: Located | None = None


def document_in(data: bytes) -> Document:
    """What the bytes of a params.json say."""
    text, undecodable = decode_utf8(data)
    if text is None:
        return Document(None, None, *map(located, undecodable))
    value, problems = decode(text)
    if not isinstance(value, dict):
        return Document(text, None, *map(located, problems[:1]))
    return Document(text, value)


def read_documents(git: Git, blobs: Iterable[str]) -> Iterator[tuple[str, Document]]:
    """Each blob once with what it says, from two processes; GitError where one is missing."""
    sizes = object_sizes(git, dict.fromkeys(blobs))
    small = {blob: "a job" for blob, size in sizes.items() if size <= MAX_BYTES}
    for blob, data in read_objects(git, small):
        yield blob, document_in(data)
    for blob in sizes.keys() - small.keys():
        yield blob, Document(None, None, located(TOO_LARGE.found("the file is larger than 1 MiB")))


def key_in(document: dict[str, JSON] | None, namespaces: Mapping[str, str]) -> JobKey | None:
    """Which job a document is of; None where it does not say.

    ``namespaces`` are those that templates give now: an old version of a job is taken to be in
    the namespace of its template of today, so that it stays one job.
    """
    name = document.get("jobName") if document else None
    if document is None or not isinstance(name, str):
        return None
    template = document.get(TEMPLATE)
    if "namespace" in document:
        given = document["namespace"]
        return (given, name) if isinstance(given, str) else None
    if isinstance(template, str):
        return namespaces.get(template), name
    return kubernetes.DEFAULT_NAMESPACE, name


def keys_of_versions(
    changes: Iterable[FileChange], known: Mapping[str, JobKey | None]
) -> dict[str, JobKey]:
    """By blob, which job each version of one file is of; its ``changes`` come newest first.

    A version that does not say it is of the job that the file was next, else of the one before:
    who breaks a file does not remove a job.
    """
    keys: dict[str, JobKey] = {}
    blobs = [blob for one in changes for blob in (one.after, one.before) if blob]
    for ordered in (blobs, blobs[::-1]):
        last: JobKey | None = None
        for blob in ordered:
            key = keys.get(blob) or known.get(blob)
            if last and (key is None or (key[0] is None and key[1] == last[1])):
                key = last
            if key is not None:
                keys[blob] = last = key
    return keys
