"""The history of one job: each change with what it changed, the work tree's included."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from generator.diagnostics import Located, located
from generator.history.commits import Commit, Past
from generator.history.field_diff import (
    Difference,
    Document,
    differences,
    document_in,
    read_documents,
)
from generator.history.listing import Jobs, ListedJob
from generator.history.timelines import JobChange, Kind, Timeline, blobs_of, order_of
from generator.model.job.schema import TEMPLATE
from generator.model.template import merged_objects
from generator.source.json_document import JSON
from generator.source.text import read_bytes

EntryKind: TypeAlias = Kind | Literal["template"]
"""``template``: only what the job takes from its template changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a commit did to a job, or the work tree, which has no commit.

    ``file`` is the job's, or that of the template; ``note`` says what ``differences`` cannot.
    """

    commit: Commit | None
    kind: EntryKind
    file: str
    moved_from: str | None = None
    differences: tuple[Difference, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A job that the work tree or Git has: one of both is None where only the other has it."""

    listed: ListedJob | None
    line: Timeline | None

    @property
    def name(self) -> str:
        """Namespace and name with ``/`` between them, as far as they are known."""
        namespace, name = self.key
        return "/".join(part for part in (namespace, name) if part)

    @property
    def key(self) -> tuple[str | None, str]:
        """Namespace and name; a file that names no job is called by its path."""
        if self.listed is not None:
            return self.listed.namespace, self.listed.name or self.listed.file
        return self.line.key if self.line else (None, "")

    @property
    def file(self) -> str:
        """The file that holds it, or held it last."""
        if self.listed is not None:
            return self.listed.file
        return self.line.changes[-1].file if self.line else ""

    @property
    def files(self) -> set[str]:
        """Every file that ever held it."""
        held = {one.file for one in self.line.changes} if self.line else set()
        return held | ({self.listed.file} if self.listed else set())


def known_jobs(jobs: Jobs) -> list[Known]:
    """Every job there is or was, those that are there first."""
    there = [Known(one, jobs.past_of(one)) for one in jobs.listed]
    used = {one.line.key for one in there if one.line}
    return [*there, *(Known(None, line) for key, line in jobs.lines.items() if key not in used)]


def find_jobs_called(jobs: Jobs, wanted: str) -> list[Known]:
    """The jobs that ``wanted`` names: by name, by ``namespace/name``, by file or by directory.

    A path is relative to the working directory or to the root. Where several jobs had it one after
    the other it is that of the job that has it, else of all.
    """
    known = known_jobs(jobs)
    if named := [one for one in known if wanted in (one.key[1], one.name)]:
        return named
    root = os.path.abspath(jobs.root)
    paths = {
        os.path.relpath(os.path.join(base, wanted), root).replace(os.sep, "/")
        for base in (os.getcwd(), root)
    }
    now = [one for one in known if one.listed and _is_at(one.listed.file, paths)]
    return now or [one for one in known if any(_is_at(held, paths) for held in one.files)]


def _is_at(file: str, paths: set[str]) -> bool:
    return file in paths or os.path.dirname(file) in paths


def history_of(jobs: Jobs, known: Known) -> list[Entry]:
    """What became of a job, newest first; GitError where a version of its file is missing."""
    changes = known.line.changes if known.line else []
    documents: dict[str, Document] = {}
    if jobs.past is not None:
        documents = dict(read_documents(jobs.past.git, blobs_of(changes)))
    entries = []
    last: Document | None = None
    for one in changes:
        before = documents.get(one.before or "")
        after = documents.get(one.after or "")
        found, note = _compared(before, after, last)
        entries.append(Entry(one.commit, one.kind, one.file, one.moved_from, found, note))
        last = next((d for d in (after, before) if d is not None and d.value is not None), last)
    if jobs.past is not None and known.line is not None:
        place = order_of(jobs.past)
        entries += _of_templates(jobs, jobs.past, known.line.changes, documents, place)
        entries.sort(key=lambda one: place[one.commit.id] if one.commit else -1)
    entries += _uncommitted(jobs, known, last)
    return entries[::-1]


def _of_templates(
    jobs: Jobs,
    past: Past,
    own_changes: list[JobChange],
    documents: Mapping[str, Document],
    place: Mapping[str, int],
) -> Iterator[Entry]:
    """What edits of its template changed in a job while it was there, oldest first.

    A template is taken to have had the file that platform.yaml names now: of one that it no longer
    names nothing is said.
    """
    settings = jobs.repository.fleet.platform.templates
    names = {_template_of(document.value) for document in documents.values()}
    files = {settings[name].file for name in names if name in settings}
    changes = [one for one in reversed(past.changes) if one.file in files]
    given = dict(read_documents(past.git, blobs_of(changes)))
    for change in changes:
        until = [one for one in own_changes if place[one.commit.id] <= place[change.commit.id]]
        document = documents.get(until[-1].after or "") if until else None
        own = document.value if document else None
        name = _template_of(own)
        before, after = given.get(change.before or ""), given.get(change.after or "")
        if own is None or name not in settings or settings[name].file != change.file:
            continue
        if not (before and before.value is not None and after and after.value is not None):
            continue
        merged = (merged_objects(one, own) for one in (before.value, after.value))
        if taken := tuple(differences(*merged)):
            yield Entry(change.commit, "template", change.file, differences=taken)


def _template_of(document: dict[str, JSON] | None) -> str | None:
    name = document.get(TEMPLATE) if document else None
    return name if isinstance(name, str) else None


def _compared(
    before: Document | None, after: Document | None, last: Document | None
) -> tuple[tuple[Difference, ...], str | None]:
    """What one version has otherwise than the one before, or than the last that could be read."""
    if after is None:
        return (), None
    if after.value is None:
        return (), f"the file cannot be read: {_why(after.problem)}"
    if before is None:
        return (), None
    note = None
    if before.value is None:
        before, note = last, "the file can be read again"
    if before is None or before.value is None:
        return (), note
    found = tuple(differences(before.value, after.value))
    if not found and note is None and before.text != after.text:
        note = "written otherwise, with the same values"
    return found, note


def _why(problem: Located | None) -> str:
    if problem is None:
        return "it holds no object"
    return f"line {problem.line}: {problem.message}" if problem.line else problem.message


def _uncommitted(jobs: Jobs, known: Known, last: Document | None) -> Iterator[Entry]:
    """What the work tree has otherwise than HEAD."""
    listed, line = known.listed, known.line
    if jobs.past is None:
        return
    if listed is None:
        if line is not None and line.files:
            yield Entry(None, "removed", min(line.files))
        return
    if listed.state == "new":
        yield Entry(None, "added", listed.file)
    elif listed.state == "edited" and line is not None:
        data, unreadable = read_bytes(jobs.root, listed.file)
        unread = Document(None, None, *map(located, unreadable))
        after = unread if data is None else document_in(data)
        found, note = _compared(last, after, last)
        moved = None if listed.file in line.files else min(line.files)
        yield Entry(None, "moved" if moved else "changed", listed.file, moved, found, note)
