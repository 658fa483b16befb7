"""What ``rayjobs archive --format json`` prints; its form is schemas/archive.schema.json."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from generator.commands.archive.finished import Finished, Kept
from generator.karmada.durations import JsonTime
from generator.reports.json_model import JsonModel

_UNKNOWN = "null where Git does not say."


class FinishedDocument(JsonModel):
    """A job that has ended on every cluster."""

    namespace: str = Field(description="Namespace of the RayJob.")
    name: str = Field(description="Its name.")
    file: str = Field(description="Its params.json, relative to the root.")
    tenant: str | None = Field(description="Directory directly below jobs/.")
    ended: JsonTime = Field(description="When its last copy ended.")
    failed: bool = Field(description="Whether any copy has failed.")
    clusters: tuple[str, ...] = Field(description="Members that have a copy.")
    added_by: str | None = Field(description=f"Author of the commit that added it; {_UNKNOWN}")
    added_date: str | None = Field(description=f"When it was written, ISO 8601; {_UNKNOWN}")
    commit: str | None = Field(description=f"Its id; {_UNKNOWN}")


class KeptDocument(JsonModel):
    """A job that only seems finished."""

    namespace: str = Field(description="Namespace of the RayJob.")
    name: str = Field(description="Its name.")
    file: str = Field(description="Its params.json, relative to the root.")
    reason: str = Field(description="Why it is not finished.")


class ArchiveDocument(JsonModel):
    """What rayjobs archive prints with --format json."""

    model_config = ConfigDict(title="Jobs that have ended on every cluster")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    time: JsonTime = Field(description="When Karmada was asked.")
    deleted: bool = Field(description="Whether their folders were deleted.")
    jobs: tuple[FinishedDocument, ...] = Field(description="By namespace and name.")
    kept: tuple[KeptDocument, ...] = Field(
        description="Jobs that ended as long ago by what was last heard, and stay."
    )


def archive_document(
    finished: Iterable[Finished], kept: Iterable[Kept], now: datetime, *, deleted: bool
) -> ArchiveDocument:
    """Return the jobs in their order, as they were at ``now``."""
    return ArchiveDocument(
        version=1,
        time=now,
        deleted=deleted,
        jobs=tuple(map(_job, finished)),
        kept=tuple(
            KeptDocument(
                # What has ended is valid, and so has both.
                namespace=one.listed.namespace or "",
                name=one.listed.name or "",
                file=one.listed.file,
                reason=one.reason,
            )
            for one in kept
        ),
    )


def _job(one: Finished) -> FinishedDocument:
    added = one.listed.added
    return FinishedDocument(
        namespace=one.status.namespace,
        name=one.status.name,
        file=one.listed.file,
        tenant=one.listed.tenant,
        ended=one.ended,
        failed=one.status.has_failed,
        clusters=tuple(run.cluster for run in one.status.runs),
        added_by=added.author if added else None,
        added_date=(added.author_date or None) if added else None,
        commit=added.id if added else None,
    )
