"""Rules about what a job may ask of its claim."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from generator.diagnostics import Diagnostic, SourceFile, error
from generator.diagnostics.names import listed
from generator.model.job.job import Job
from generator.model.platform.model import Platform

CLASS_NOT_ALLOWED = error(
    "storage/class-not-allowed",
    "A job names a storage class that it may not use.",
    bounds_jobs=True,
)
TOO_LARGE = error(
    "storage/too-large", "A job asks for a larger claim than it may have.", bounds_jobs=True
)


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """What a job may ask for: None where anything goes; ``size_gb`` is in GiB."""

    storage_classes: Collection[str] | None
    size_gb: int | None


def storage_limits(platform: Platform) -> StorageLimits:
    """What platform.yaml allows every job."""
    storage = platform.storage
    return StorageLimits(storage.class_choice, storage.max_size_gb)


def check_storage_limits(
    job: Job, platform: Platform, job_file: SourceFile
) -> Iterator[Diagnostic]:
    """What the job asks for beyond its limits."""
    limits, asked = storage_limits(platform), job.resources
    name, size = asked.storage_class_name, asked.volume_size_gb
    if limits.storage_classes is not None and name and name not in limits.storage_classes:
        allowed = listed(limits.storage_classes)
        yield CLASS_NOT_ALLOWED.found(
            f'platform.yaml does not allow the storage class "{name}"',
            hint=f"leave it out, or name one of: {allowed}" if allowed else "leave it out",
            at=job_file.at("/resources/storageClassName"),
        )
    if limits.size_gb is not None and size is not None and size > limits.size_gb:
        yield TOO_LARGE.found(
            f"platform.yaml allows claims of at most {limits.size_gb} GiB, not of {size}",
            hint="ask for less, or have the platform team declare the claim",
            at=job_file.at("/resources/volumeSizeGB"),
        )
