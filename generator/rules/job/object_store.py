"""Whether Ray's object store, as platform.yaml sizes it, fits into the pods of a job."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, SourceFile, error
from generator.model.job.job import Job
from generator.model.platform.head import Head
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.start_params import StartParams

OBJECT_STORE = error(
    "job/object-store", "Ray's object store is larger than a pod's memory.", adjustable=True
)
PLATFORM_OBJECT_STORE = error(
    "platform/object-store", "The head's object store is larger than the head's memory."
)

_GIBIBYTE = 1024**3


def check_object_store(job: Job, platform: Platform, job_file: SourceFile) -> Iterator[Diagnostic]:
    """Each memory of the job that the store is larger than."""
    head, workers = platform.ray.head, platform.ray.worker.ray_start_params
    asked, own = job.resources.instance_resources, job.resources.head_resources
    memories = {"instanceResources": (workers, asked.memory_gib)}
    if own and own.memory_gib:
        memories["headResources"] = (head.ray_start_params, own.memory_gib)
    elif head.memory_gib is None and not _is_too_large(workers, asked.memory_gib):
        memories["instanceResources"] = (head.ray_start_params, asked.memory_gib)
    for field, (params, memory) in memories.items():
        if _is_too_large(params, memory):
            of_whom = "head" if params is head.ray_start_params else "worker"
            yield OBJECT_STORE.found(
                f"the object store of a {of_whom} takes {params.object_store_memory:,} bytes, more "
                f"than {memory:,} GiB",
                hint=f"ask for more, or lower ray.{of_whom}.rayStartParams in platform.yaml",
                at=job_file.at(f"/resources/{field}/memoryGiB"),
            )


def check_platform_object_store(head: Head) -> Iterator[Diagnostic]:
    """The same where platform.yaml itself says how much memory a head has."""
    params = head.ray_start_params
    if head.memory_gib is not None and _is_too_large(params, head.memory_gib):
        yield PLATFORM_OBJECT_STORE.found(
            f"the object store takes {params.object_store_memory:,} bytes, more than "
            f"{head.memory_gib:,} GiB",
            hint="lower it, or give the head more memory",
            at=PLATFORM_FILE.at("/ray/head/rayStartParams/object-store-memory"),
        )


def _is_too_large(params: StartParams, memory_gib: int) -> bool:
    """Whether `ray start` refuses the store; it looks only where it chooses the directory."""
    size = params.object_store_memory or 0
    return params.plasma_directory is None and size > memory_gib * _GIBIBYTE
