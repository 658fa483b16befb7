"""Object storage: buckets, keys and URIs as boto3 and the platform's training script take them.

What depends on the script is a warning; platform.yaml can raise it for its own script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.diagnostics import Diagnostic, error, pointer_of, warning
from generator.params.algorithms import BUILT_IN
from generator.params.artifacts import file_path, names_objects
from generator.params.job import Job
from generator.platform.model import Platform

ENDPOINT = error("storage/endpoint", "An endpoint that boto3 does not take.")
BUCKET = warning("storage/bucket", "A bucket name that boto3 does not take.")
FOLDER_KEY = warning("storage/folder-key", "A key that looks like a folder.")
NO_VALIDATION = warning("storage/no-validation", "There is no validation channel.")
ARTIFACT_IGNORED = warning("storage/artifact-ignored", "An artifactUri that is not understood.")
OUTSIDE_MOUNT = error("storage/outside-mount", "Results would be written outside the claim.")

# What boto3 checks before it sends anything (botocore.handlers, VALID_BUCKET).
_BUCKET = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
_HOST = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


def check_object_storage(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with where data comes from and results go."""
    for index, channel in enumerate(job.input_data_config):
        at = pointer_of("inputDataConfig", index)
        yield from _endpoint(channel.endpoint, at)
        if not _BUCKET.fullmatch(channel.bucket):
            yield BUCKET.found(
                f'boto3 refuses the bucket name "{channel.bucket}": the script fails to read it',
                hint="write the bare name of the bucket, without storage:// or s3://",
                pointer=f"{at}/bucket",
            )
        if channel.prefix.endswith("/"):
            yield FOLDER_KEY.found(
                f'"{channel.prefix}" looks like a folder; the script reads one object',
                hint="name the object: datasets/iris/train.csv",
                pointer=f"{at}/prefix",
            )
    if len(job.input_data_config) == 1 and _needs_validation(job):
        yield NO_VALIDATION.found(
            "there is no validation channel; the guide's script stops without S3_VAL_KEY",
            hint='add a second channel, "validation", or use a script that does without',
            pointer="/inputDataConfig",
            on_key=True,
        )
    yield from _results(job, platform)


def _needs_validation(job: Job) -> bool:
    algorithm = job.algorithm
    return algorithm.source == "builtin" and BUILT_IN[algorithm.algorithm_name].needs_validation


def _endpoint(endpoint: str, at: str) -> Iterator[Diagnostic]:
    try:
        parts = urlsplit(endpoint)
        host, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        host, port = "", None
    name = host.removesuffix(f":{port}") if port is not None else host.removesuffix(":")
    if not _HOST.fullmatch(name) or ".." in name:
        yield ENDPOINT.found(
            f'boto3 refuses the endpoint "{endpoint}": it has no proper host',
            hint="write scheme, host and port only: https://minio.local:9000",
            pointer=f"{at}/endpoint",
        )


def _otherwise(uri: str) -> str:
    """What else may be meant by a URI of object storage."""
    if not names_objects(uri):
        return ""
    return '; a script that can write there needs "destinationType": "object-storage"'


def _results(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    uri = job.output_data_config.artifact_uri if job.output_data_config else None
    mount = platform.storage.mount_path
    if not uri or not job.has_claim:
        return
    path, at = file_path(uri), "/outputDataConfig/artifactUri"
    if path is None:
        yield ARTIFACT_IGNORED.found(
            f'"{uri}" is not understood: results go to {mount}',
            hint=f"write file://{mount}/… or leave it out{_otherwise(uri)}",
            pointer=at,
        )
    elif path != mount and not path.startswith(f"{mount}/"):
        yield OUTSIDE_MOUNT.found(
            f"{path} is outside {mount}: the model would be lost with the pod",
            hint=f"write file://{mount}/…",
            pointer=at,
        )
