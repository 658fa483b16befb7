"""What ``list`` and ``history`` print as JSON, and its schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from generator.history.listing import Jobs, ListedJob, State
from generator.history.one_job import Entry, EntryKind, Known
from generator.history.simplification import Commit
from generator.history.words import Difference, FieldChange
from generator.params.schema import DIALECT
from generator.reports.schema_parts import closed_object, text

VERSION = 1


def list_document(jobs: Jobs, shown: Iterable[ListedJob]) -> dict[str, Any]:
    """The jobs that are shown, in their order; it follows :func:`list_schema`."""
    return {
        "version": VERSION,
        "history": _history_state(jobs),
        "jobs": [_job(job) for job in shown],
    }


def _history_state(jobs: Jobs) -> str:
    if jobs.past is None:
        return "none"
    return "whole" if jobs.past.is_whole else "shallow"


def _job(job: ListedJob) -> dict[str, Any]:
    return {
        "file": job.file,
        "name": job.name,
        "namespace": job.namespace,
        "tenant": job.tenant,
        "algorithm": job.algorithm,
        "template": job.template,
        "clusters": None if job.clusters is None else list(job.clusters),
        "copies": job.copies,
        "cpuCores": job.cpu_cores,
        "memoryGiB": job.memory_gib,
        "gpus": job.gpus,
        "priority": job.priority,
        "broken": job.is_broken,
        "state": job.state,
        "added": _commit(job.added),
        "changed": _commit(job.changed),
        "removed": _commit(job.removed),
    }


def _commit(commit: Commit | None) -> dict[str, str | None] | None:
    if commit is None:
        return None
    return {
        "id": commit.id,
        "authorDate": commit.author_date or None,
        "author": commit.author,
        "subject": commit.subject,
    }


def history_document(jobs: Jobs, known: Known, entries: Iterable[Entry]) -> dict[str, Any]:
    """A job's changes, newest first; it follows :func:`history_schema`."""
    namespace, name = known.key
    return {
        "version": VERSION,
        "history": _history_state(jobs),
        "name": name,
        "namespace": namespace,
        "file": known.file,
        "state": known.listed.state if known.listed else "removed",
        "changes": [_entry(entry) for entry in entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "commit": _commit(entry.commit),
        "kind": entry.kind,
        "file": entry.file,
        "movedFrom": entry.moved_from,
        "fields": [_difference(one) for one in entry.differences],
        "note": entry.note,
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "path": one.path,
        "change": one.change,
        "before": one.before,
        "after": one.after,
        "hidden": one.is_hidden,
        "words": one.words,
    }


def list_schema() -> dict[str, Any]:
    """What ``list --format json`` prints, draft 2020-12."""
    amounts = {
        "copies": "On how many clusters all of the job runs.",
        "cpuCores": "CPUs of all copies, each with its workers and one head.",
        "memoryGiB": "GiB of all copies, each with its workers and one head.",
        "gpus": "GPUs of all copies together.",
        "priority": "1 to 1000; more is sooner.",
    }
    texts = {
        "name": "Name of the RayJob.",
        "namespace": "Its namespace.",
        "tenant": "The directory directly below jobs/ that the job's own directory is in.",
        "algorithm": "Name of the algorithm.",
        "template": "The template that the job names.",
    }
    unknown = "null where the file does not say it, or cannot be read."
    job = closed_object(
        file=text("Relative to the root."),
        **{name: _text_or_null(f"{words} {unknown}") for name, words in texts.items()},
        clusters={
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "Target clusters, less those that lack labels it asks for.",
        },
        **{
            name: {"type": ["integer", "null"], "minimum": 0, "description": f"{words} {unknown}"}
            for name, words in amounts.items()
        },
        broken={"type": "boolean", "description": "Whether the file has errors of its own."},
        state=_state("Of the work tree, against HEAD; null without Git."),
        added=_commit_or_null("That added the job, the last time."),
        changed=_commit_or_null("That changed it last; that added it where none did."),
        removed=_commit_or_null("That removed it."),
    )
    return {
        "$schema": DIALECT,
        "title": "The jobs of a repository",
        "description": "What rayjobs list prints with --format json.",
        **closed_object(
            version=_version(),
            history=_history(),
            jobs={"type": "array", "description": "In the order asked for.", "items": job},
        ),
        "$defs": {"commit": _commit_schema()},
    }


def history_schema() -> dict[str, Any]:
    """What ``history --format json`` prints, draft 2020-12."""
    field = closed_object(
        path=text("The field's dotted path: inputDataConfig[0].prefix."),
        change={"enum": list(get_args(FieldChange)), "description": "What became of it."},
        before={"description": "Its value before; null where it was added."},
        after={"description": "Its value then; null where it was removed."},
        hidden={"type": "boolean", "description": "Whether it may be a credential: not shown."},
        words=text("The same in words."),
    )
    change = closed_object(
        commit=_commit_or_null("null of what is not committed yet."),
        kind={"enum": _entry_kinds(), "description": "What became of the job."},
        file=text("The job's file then, or the template's; relative to the root."),
        movedFrom=_text_or_null("The file that it had before, where it moved."),
        fields={"type": "array", "description": "What changed in it.", "items": field},
        note=_text_or_null("What the fields do not say."),
    )
    return {
        "$schema": DIALECT,
        "title": "The history of a job",
        "description": "What rayjobs history prints with --format json.",
        **closed_object(
            version=_version(),
            history=_history(),
            name=text("Name of the RayJob; its file where that names none."),
            namespace=_text_or_null("Its namespace."),
            file=text("The file that holds it, or held it last; relative to the root."),
            state=_state("Of the work tree, against HEAD."),
            changes={"type": "array", "description": "Newest first.", "items": change},
        ),
        "$defs": {"commit": _commit_schema()},
    }


def _entry_kinds() -> list[str]:
    return [kind for choice in get_args(EntryKind) for kind in get_args(choice) or (choice,)]


def _version() -> dict[str, Any]:
    return {"const": VERSION, "description": "Version of this form."}


def _history() -> dict[str, Any]:
    words = "How much Git says: shallow where its oldest commits are not here, none without Git."
    return {"enum": ["whole", "shallow", "none"], "description": words}


def _state(description: str) -> dict[str, Any]:
    return {"enum": [*get_args(State), None], "description": description}


def _text_or_null(description: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": description}


def _commit_or_null(description: str) -> dict[str, Any]:
    return {
        "anyOf": [{"$ref": "#/$defs/commit"}, {"type": "null"}],
        "description": f"The commit. {description}",
    }


def _commit_schema() -> dict[str, Any]:
    return closed_object(
        id=text("Its whole id."),
        authorDate={
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When it was written: ISO 8601 with the author's zone.",
        },
        author=text("The author's name."),
        subject=text("The first line of its message."),
    )
