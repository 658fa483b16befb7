"""Rules about jobs that write their results to object storage and have no claim."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, SourceFile, error, warning
from generator.model.job.artifacts import names_objects
from generator.model.job.job import Job
from generator.model.platform.model import Platform

OBJECT_OUTPUT = error(
    "storage/object-output",
    "A job writes to object storage, and its script is not known to.",
    needs_platform=True,
)
OBJECT_URI = error("storage/object-uri", "A job without a claim names no s3://bucket/prefix.")
UNUSED_CLAIM = warning("storage/unused-claim", "A job without a claim says what its claim is.")


def check_destination(job: Job, platform: Platform, job_file: SourceFile) -> Iterator[Diagnostic]:
    """What is wrong with a job that does without a claim."""
    output = job.output_data_config
    if output is None or job.has_claim:
        return
    name = job.algorithm.algorithm_name
    if name not in platform.storage.object_storage_output:
        yield OBJECT_OUTPUT.found(
            f'platform.yaml does not say that the script of "{name}" can write to object storage',
            hint='have the platform team list it in storage.objectStorageOutput, or say "claim"',
            at=job_file.at("/outputDataConfig/destinationType"),
        )
    uri = output.artifact_uri
    if uri is None or not names_objects(uri):
        missing = uri is None
        yield OBJECT_URI.found(
            "artifactUri is missing" if missing else f'"{uri}" is no s3://bucket/prefix',
            hint="write s3://results/run-1: small letters, a prefix, and no .., //, %, ? or #",
            at=job_file.at(
                "/outputDataConfig" if missing else "/outputDataConfig/artifactUri", on_key=missing
            ),
        )
    yield from _unused(job, job_file)


def _unused(job: Job, job_file: SourceFile) -> Iterator[Diagnostic]:
    for pointer, value in (
        ("/pvcName", job.pvc_name),
        ("/resources/volumeSizeGB", job.resources.volume_size_gb),
        ("/resources/storageClassName", job.resources.storage_class_name),
    ):
        if value is not None:
            yield UNUSED_CLAIM.found(
                f"the job has no claim: {pointer.rpartition('/')[2]} has no effect",
                hint='leave it out, or say "destinationType": "claim"',
                at=job_file.at(pointer, on_key=True),
            )
