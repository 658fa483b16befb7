"""What ``rayjobs archive --format json`` prints; its form is schemas/archive.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from generator.archive.finished import Finished, Kept
from generator.karmada.durations import iso
from generator.params.schema import DIALECT
from generator.reports.schema_parts import closed_object, or_null, text

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


def archive_document(
    finished: Iterable[Finished], kept: Iterable[Kept], now: datetime, *, deleted: bool
) -> dict[str, Any]:
    """The jobs in their order, as they were at ``now``."""
    return {
        "version": VERSION,
        "time": iso(now),
        "deleted": deleted,
        "jobs": [_job(one) for one in finished],
        "kept": [
            {
                "namespace": one.listed.namespace,
                "name": one.listed.name,
                "file": one.listed.file,
                "reason": one.reason,
            }
            for one in kept
        ],
    }


def _job(one: Finished) -> dict[str, Any]:
    added = one.listed.added
    return {
        "namespace": one.status.namespace,
        "name": one.status.name,
        "file": one.listed.file,
        "tenant": one.listed.tenant,
        "ended": iso(one.ended),
        "failed": one.status.has_failed,
        "clusters": [run.cluster for run in one.status.runs],
        "addedBy": added.author if added else None,
        "addedDate": (added.author_date or None) if added else None,
        "commit": added.id if added else None,
    }


def archive_schema() -> dict[str, Any]:
    """What :func:`archive_document` gives, draft 2020-12."""
    time = {"type": "string", "format": "date-time"}
    unknown = "null where Git does not say."
    return {
        "$schema": DIALECT,
        "title": "Jobs that have ended on every cluster",
        "description": "What rayjobs archive prints with --format json.",
        **closed_object(
            version={"const": VERSION, "description": "Version of this form."},
            time={**time, "description": "When Karmada was asked."},
            deleted={"type": "boolean", "description": "Whether their folders were deleted."},
            jobs={
                "type": "array",
                "description": "By namespace and name.",
                "items": closed_object(
                    namespace=text("Namespace of the RayJob."),
                    name=text("Its name."),
                    file=text("Its params.json, relative to the root."),
                    tenant=or_null("string", "Directory directly below jobs/."),
                    ended={**time, "description": "When its last copy ended."},
                    failed={"type": "boolean", "description": "Whether any copy has failed."},
                    clusters={
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Members that have a copy.",
                    },
                    addedBy=or_null("string", f"Author of the commit that added it; {unknown}"),
                    addedDate=or_null("string", f"When it was written, ISO 8601; {unknown}"),
                    commit=or_null("string", f"Its id; {unknown}"),
                ),
            },
            kept={
                "type": "array",
                "description": "Jobs that ended as long ago by what was last heard, and stay.",
                "items": closed_object(
                    namespace=text("Namespace of the RayJob."),
                    name=text("Its name."),
                    file=text("Its params.json, relative to the root."),
                    reason=text("Why it is not finished."),
                ),
            },
        ),
    }
