"""Changes that a job got through its template: only the template's file changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.history.commits import Past
from generator.history.documents import Document, read_documents
from generator.history.field_diff import Difference, differences
from generator.history.simplification import FileChange
from generator.history.timelines import JobChange, Timeline
from generator.model.job.forms import TEMPLATE
from generator.model.platform.model import Platform
from generator.model.template.merging import merged_objects
from generator.source.json_document import JSON


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """A change of a template's file, and what of it the job did not say itself."""

    change: FileChange
    differences: tuple[Difference, ...]


def template_changes(
    past: Past, line: Timeline, platform: Platform, documents: Mapping[str, Document]
) -> list[TemplateChange]:
    """What edits of its template changed in a job while it was there, oldest first.

    A template is taken to have had the file that platform.yaml names now: of one that it no longer
    names nothing is said. GitError where a version of its file is missing.
    """
    settings = platform.templates
    names = {_template_of(document.value) for document in documents.values()}
    files = {settings[name].file for name in names if name in settings}
    changes = [one for one in reversed(past.changes) if one.file in files]
    blobs = (blob for one in changes for blob in (one.before, one.after) if blob)
    given = dict(read_documents(past.git, blobs))
    place = order_of(past)
    found = []
    for change in changes:
        own = _own_at(place[change.commit.id], line.changes, place, documents)
        name = _template_of(own)
        if own is None or name not in settings or settings[name].file != change.file:
            continue
        taken = tuple(_taken(own, given.get(change.before or ""), given.get(change.after or "")))
        if taken:
            found.append(TemplateChange(change, taken))
    return found


def order_of(past: Past) -> dict[str, int]:
    """By commit its place among those that changed something, oldest first."""
    commits = dict.fromkeys(one.commit.id for one in reversed(past.changes))
    return {commit: place for place, commit in enumerate(commits)}


def _template_of(document: dict[str, JSON] | None) -> str | None:
    name = document.get(TEMPLATE) if document else None
    return name if isinstance(name, str) else None


def _own_at(
    wanted: int,
    changes: list[JobChange],
    place: Mapping[str, int],
    documents: Mapping[str, Document],
) -> dict[str, JSON] | None:
    """What the job's own file said then; None where there was no job, or it could not be read."""
    until = [one for one in changes if place[one.commit.id] <= wanted]
    document = documents.get(until[-1].after or "") if until else None
    return document.value if document else None


def _taken(
    own: dict[str, JSON], before: Document | None, after: Document | None
) -> Iterator[Difference]:
    if before is None or before.value is None or after is None or after.value is None:
        return
    yield from differences(merged_objects(before.value, own), merged_objects(after.value, own))
