"""What ``list`` and ``history`` print as JSON; their forms are exported into schemas/.

Models are filled from the attributes of what they show: a field has the attribute's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field

from generator.fields.settings import JsonModel
from generator.history.field_diff import FieldChange
from generator.history.listing import Jobs, ListedJob, State
from generator.history.one_job import Entry, EntryKind, Known

_UNKNOWN = "null where the file does not say it, or cannot be read."
_HISTORY = "How much Git says: shallow where its oldest commits are not here, none without Git."
_Extent: TypeAlias = Literal["whole", "shallow", "none"]


class CommitDocument(JsonModel):
    """A commit."""

    id: str = Field(description="Its whole id.")
    author_date: Annotated[str | None, BeforeValidator(lambda date: date or None)] = Field(
        description="When it was written: ISO 8601 with the author's zone.",
        json_schema_extra={"format": "date-time"},
    )
    author: str = Field(description="The author's name.")
    subject: str = Field(description="The first line of its message.")


class ListedJobDocument(JsonModel):
    """A job with what it asks for, and the commits that added, last changed and removed it."""

    file: str = Field(description="Relative to the root.")
    name: str | None = Field(description=f"Name of the RayJob. {_UNKNOWN}")
    namespace: str | None = Field(description=f"Its namespace. {_UNKNOWN}")
    tenant: str | None = Field(
        description="The directory directly below jobs/ that the job's own directory is in. "
        f"{_UNKNOWN}"
    )
    algorithm: str | None = Field(description=f"Name of the algorithm. {_UNKNOWN}")
    template: str | None = Field(description=f"The template that the job names. {_UNKNOWN}")
    clusters: tuple[str, ...] | None = Field(
        description="Target clusters, less those that lack labels it asks for."
    )
    copies: int | None = Field(
        ge=0, description=f"On how many clusters all of the job runs. {_UNKNOWN}"
    )
    cpu_cores: int | None = Field(
        ge=0, description=f"CPUs of all copies, each with its workers and one head. {_UNKNOWN}"
    )
    memory_gib: int | None = Field(
        ge=0,
        alias="memoryGiB",
        description=f"GiB of all copies, each with its workers and one head. {_UNKNOWN}",
    )
    gpus: int | None = Field(ge=0, description=f"GPUs of all copies together. {_UNKNOWN}")
    priority: int | None = Field(ge=0, description=f"1 to 1000; more is sooner. {_UNKNOWN}")
    broken: bool = Field(
        validation_alias=AliasChoices("broken", "is_broken"),
        description="Whether the file has errors of its own.",
    )
    state: State | None = Field(description="Of the work tree, against HEAD; null without Git.")
    added: CommitDocument | None = Field(
        description="The commit. That added the job, the last time."
    )
    changed: CommitDocument | None = Field(
        description="The commit. That changed it last; that added it where none did."
    )
    removed: CommitDocument | None = Field(description="The commit. That removed it.")


class ListDocument(JsonModel):
    """What rayjobs list prints with --format json."""

    model_config = ConfigDict(title="The jobs of a repository")

    version: Literal[1] = Field(description="Version of this form.")
    history: _Extent = Field(description=_HISTORY)
    jobs: tuple[ListedJobDocument, ...] = Field(description="In the order asked for.")


class FieldDocument(JsonModel):
    """A field of a job, before and after a change."""

    path: str = Field(description="The field's dotted path: inputDataConfig[0].prefix.")
    change: FieldChange = Field(description="What became of it.")
    before: Any = Field(description="Its value before; null where it was added.")
    after: Any = Field(description="Its value then; null where it was removed.")
    hidden: bool = Field(
        validation_alias=AliasChoices("hidden", "is_hidden"),
        description="Whether it may be a credential: not shown.",
    )
    words: str = Field(description="The same in words.")


class ChangeDocument(JsonModel):
    """What a commit did to a job."""

    commit: CommitDocument | None = Field(
        description="The commit. null of what is not committed yet."
    )
    kind: EntryKind = Field(description="What became of the job.")
    file: str = Field(description="The job's file then, or the template's; relative to the root.")
    moved_from: str | None = Field(description="The file that it had before, where it moved.")
    fields: tuple[FieldDocument, ...] = Field(
        validation_alias=AliasChoices("fields", "differences"), description="What changed in it."
    )
    note: str | None = Field(description="What the fields do not say.")


class HistoryDocument(JsonModel):
    """What rayjobs history prints with --format json."""

    model_config = ConfigDict(title="The history of a job")

    version: Literal[1] = Field(description="Version of this form.")
    history: _Extent = Field(description=_HISTORY)
    name: str = Field(description="Name of the RayJob; its file where that names none.")
    namespace: str | None = Field(description="Its namespace.")
    file: str = Field(description="The file that holds it, or held it last; relative to the root.")
    state: State | None = Field(description="Of the work tree, against HEAD.")
    changes: tuple[ChangeDocument, ...] = Field(description="Newest first.")


def list_document(jobs: Jobs, shown: Iterable[ListedJob]) -> ListDocument:
    """Return the jobs that are shown, in their order."""
    values = {"version": 1, "history": _extent(jobs), "jobs": tuple(shown)}
    return ListDocument.model_validate(values, from_attributes=True)


def history_document(jobs: Jobs, known: Known, entries: Iterable[Entry]) -> HistoryDocument:
    """Return a job's changes, newest first."""
    namespace, name = known.key
    values = {
        "version": 1,
        "history": _extent(jobs),
        "name": name,
        "namespace": namespace,
        "file": known.file,
        "state": known.listed.state if known.listed else "removed",
        "changes": tuple(entries),
    }
    return HistoryDocument.model_validate(values, from_attributes=True)


def _extent(jobs: Jobs) -> _Extent:
    if jobs.past is None:
        return "none"
    return "whole" if jobs.past.is_whole else "shallow"
