"""The params.json of any commit: what a blob says, and which job it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from generator.diagnostics import Located, located
from generator.fields import kubernetes
from generator.history.simplification import FileChange
from generator.model.job.forms import TEMPLATE
from generator.source.git import Git, object_sizes, read_objects
from generator.source.json_document import JSON, decode
from generator.source.reading import MAX_BYTES, TOO_LARGE
from generator.source.text import decode_utf8

JobKey: TypeAlias = tuple[str | None, str]
"""Namespace and name; the namespace is None where only a template that is gone gave it."""


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


@dataclass(slots=True)
class FileKeys:
    """Which job each version of one file is of, broken versions included.

    A version that does not say it is of the job that the file was next, else of the one before:
    who breaks a file does not remove a job.
    """

    known: Mapping[str, JobKey | None]
    keys: dict[str, JobKey] = field(default_factory=dict)

    def learn(self, changes: Iterable[FileChange]) -> None:
        """Look at the file's changes, newest first."""
        blobs = [blob for one in changes for blob in (one.after, one.before) if blob]
        for ordered in (blobs, blobs[::-1]):
            last: JobKey | None = None
            for blob in ordered:
                last = self._of(blob, last) or last

    def _of(self, blob: str, last: JobKey | None) -> JobKey | None:
        key = self.keys.get(blob) or self.known.get(blob)
        if last and (key is None or (key[0] is None and key[1] == last[1])):
            key = last
        if key is not None:
            self.keys[blob] = key
        return key
