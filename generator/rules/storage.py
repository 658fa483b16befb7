"""The rules ``storage/…``: object storage, claims and where results go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from generator.algorithms import BUILT_IN
from generator.diagnostics import Diagnostic, error, pointer_of, warning
from generator.diagnostics.wording import listed
from generator.model.job.channels import Channel, file_path, names_objects
from generator.repository.resolved_job import ResolvedJob
from generator.rules import bound

OBJECT_OUTPUT = error(
    "storage/object-output",
    "A job writes to object storage, and its script is not known to.",
    needs_platform=True,
)
OBJECT_URI = error("storage/object-uri", "A job without a claim names no s3://bucket/prefix.")
UNUSED_CLAIM = warning("storage/unused-claim", "A job without a claim says what its claim is.")
CLASS_NOT_ALLOWED = bound(
    "storage/class-not-allowed", "A job names a storage class that it may not use."
)
TOO_LARGE = bound("storage/too-large", "A job asks for a larger claim than it may have.")
ENDPOINT = error("storage/endpoint", "An endpoint that boto3 does not take.", adjustable=True)
PROVIDER = error("storage/provider", "An object storage that does not speak S3.", adjustable=True)
REPEATED_BUCKET = warning("storage/repeated-bucket", "The endpoint has the bucket in it already.")
BUCKET = warning("storage/bucket", "A bucket name that boto3 does not take.")
FOLDER_KEY = warning("storage/folder-key", "A key that looks like a folder.")
NO_VALIDATION = warning("storage/no-validation", "There is no validation channel.")
ARTIFACT_IGNORED = warning(
    "storage/artifact-ignored", "An artifactUri that is not understood.", needs_platform=True
)
OUTSIDE_MOUNT = error(
    "storage/outside-mount",
    "Results would be written outside the claim.",
    adjustable=True,
    needs_platform=True,
)

_URI = "/outputDataConfig/artifactUri"
# What boto3 checks before it sends anything (botocore.handlers, VALID_BUCKET).
_BUCKET = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
_HOST = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
# Azure Storage in its clouds, and with the zones of its newer accounts.
_AZURE = re.compile(
    r".+\.(core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn|cloudapi\.de)"
    r"|storage\.azure\.net)"
)
_SERVERS = re.compile(r"(ceph|minio|object-?stor(age|e)|objects|rgw|s3|storage)\..+")
"""Hosts that are likely called after what they run."""
# What is left of a host whose first label is the storage's own name and no bucket: a bucket "minio"
# at minio.local or at the Service minio.team.svc, "s3" at s3.amazonaws.com, "storage" at
# storage.googleapis.com.
_NO_STORAGE = re.compile(
    r"(?!localhost$)[^.]+|[0-9.]+|[^.]+\.svc(\..+)?|(?!s3[.-]).*amazonaws\.com(\.cn)?|googleapis\.com"
)


def check_storage(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with where data comes from and results go, and with what a claim may be."""
    for rule in (_channels, _validation, _storage_of, _results, _destination, _limits):
        yield from rule(one)


def _channels(one: ResolvedJob) -> Iterator[Diagnostic]:
    for index, channel in enumerate(one.job.input_data_config):
        at = pointer_of("inputDataConfig", index)
        if _host(channel.endpoint) is None:
            yield ENDPOINT.found(
                f'boto3 refuses the endpoint "{channel.endpoint}": it has no proper host',
                hint="write scheme, host and port only: https://minio.local:9000",
                at=one.at(f"{at}/endpoint"),
            )
        if not _BUCKET.fullmatch(channel.bucket):
            yield BUCKET.found(
                f'boto3 refuses the bucket name "{channel.bucket}": the script fails to read it',
                hint="write the bare name of the bucket, without storage:// or s3://",
                at=one.at(f"{at}/bucket"),
            )
        if channel.prefix.endswith("/"):
            yield FOLDER_KEY.found(
                f'"{channel.prefix}" looks like a folder; the script reads one object',
                hint="name the object: datasets/iris/train.csv",
                at=one.at(f"{at}/prefix"),
            )


def _validation(one: ResolvedJob) -> Iterator[Diagnostic]:
    algorithm = one.job.algorithm
    if (
        len(one.job.input_data_config) == 1
        and algorithm.source == "builtin"
        and BUILT_IN[algorithm.algorithm_name].needs_validation
    ):
        yield NO_VALIDATION.found(
            "there is no validation channel; the guide's script stops without S3_VAL_KEY",
            hint='add a second channel, "validation", or use a script that does without',
            at=one.at("/inputDataConfig", on_key=True),
        )


@lru_cache(maxsize=1024)
def _host(endpoint: str) -> str | None:
    """The host of an endpoint in small letters; None where boto3 refuses it."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        return None
    name = host.removesuffix(f":{port}") if port is not None else host.removesuffix(":")
    return name.lower() if _HOST.fullmatch(name) and ".." not in name else None


def _storage_of(one: ResolvedJob) -> Iterator[Diagnostic]:
    """The storage that the script reads from: both channels have the train channel's.

    A container's script may speak anything.
    """
    train = one.job.input_data_config[0]
    host = _host(train.endpoint)
    if no_s3 := _no_s3(one, host or ""):
        yield from [no_s3] if one.job.algorithm.source == "builtin" else []
    elif host is not None and (without := _without_bucket(train, host)):
        yield REPEATED_BUCKET.found(
            f'boto3 adds the bucket to every endpoint, and this one has "{train.bucket}" already, '
            "unless its host is called so",
            hint=f"write the endpoint without the bucket in each channel: {without}",
            at=one.at("/inputDataConfig/0/endpoint"),
        )


def _no_s3(one: ResolvedJob, host: str) -> Diagnostic | None:
    hint = (
        "put the data into a storage that speaks S3, or use a container whose script reads Azure "
        "Blob Storage"
    )
    for index, channel in enumerate(one.job.input_data_config):
        if channel.storage_provider == "azure":
            return PROVIDER.found(
                "the training script speaks S3, and Azure Blob Storage does not",
                hint=hint,
                at=one.at(pointer_of("inputDataConfig", index, "storageProvider")),
            )
    if _AZURE.fullmatch(host):
        return PROVIDER.found(
            f"the training script speaks S3, and Azure Storage at {host} does not",
            hint=hint,
            at=one.at("/inputDataConfig/0/endpoint"),
        )
    return None


def _without_bucket(channel: Channel, host: str) -> str | None:
    """The endpoint to write where the one that is given has the bucket in it; None otherwise.

    boto3 1.44 was run with host names and addresses, ports and paths: it asks each for /bucket/key
    below what is given, but s3-accelerate.amazonaws.com.
    """
    parts = urlsplit(channel.endpoint)
    path, rest = parts.path.rstrip("/"), host.removeprefix(f"{channel.bucket.lower()}.")
    above, _, last = path.rpartition("/")
    if last == channel.bucket:
        rest, path = host, above
    elif rest == host or _NO_STORAGE.fullmatch(rest) or _SERVERS.fullmatch(host):
        return None
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{rest}{port}{path}"


def _results(one: ResolvedJob) -> Iterator[Diagnostic]:
    output, mount = one.job.output_data_config, one.platform.storage.mount_path
    uri = output.artifact_uri if output else None
    if not uri or not one.job.has_claim:
        return
    path = file_path(uri)
    if path is None:
        otherwise = (
            '; a script that can write there needs "destinationType": "object-storage"'
            if names_objects(uri)
            else ""
        )
        yield ARTIFACT_IGNORED.found(
            f'"{uri}" is not understood: results go to {mount}',
            hint=f"write file://{mount}/… or leave it out{otherwise}",
            at=one.at(_URI),
        )
    elif path != mount and not path.startswith(f"{mount}/"):
        yield OUTSIDE_MOUNT.found(
            f"{path} is outside {mount}: the model would be lost with the pod",
            hint=f"write file://{mount}/…",
            at=one.at(_URI),
        )


def _destination(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with a job that does without a claim."""
    job, output = one.job, one.job.output_data_config
    if output is None or job.has_claim:
        return
    name = job.algorithm.algorithm_name
    if name not in one.platform.storage.object_storage_output:
        yield OBJECT_OUTPUT.found(
            f'platform.yaml does not say that the script of "{name}" can write to object storage',
            hint='have the platform team list it in storage.objectStorageOutput, or say "claim"',
            at=one.at("/outputDataConfig/destinationType"),
        )
    uri = output.artifact_uri
    if uri is None or not names_objects(uri):
        missing = uri is None
        yield OBJECT_URI.found(
            "artifactUri is missing" if missing else f'"{uri}" is no s3://bucket/prefix',
            hint="write s3://results/run-1: small letters, a prefix, and no .., //, %, ? or #",
            at=one.at("/outputDataConfig" if missing else _URI, on_key=missing),
        )
    yield from _unused_claim(one)


def _unused_claim(one: ResolvedJob) -> Iterator[Diagnostic]:
    for pointer, value in (
        ("/pvcName", one.job.pvc_name),
        ("/resources/volumeSizeGB", one.job.resources.volume_size_gb),
        ("/resources/storageClassName", one.job.resources.storage_class_name),
    ):
        if value is not None:
            yield UNUSED_CLAIM.found(
                f"the job has no claim: {pointer.rpartition('/')[2]} has no effect",
                hint='leave it out, or say "destinationType": "claim"',
                at=one.at(pointer, on_key=True),
            )


def _limits(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What the job asks for beyond its limits."""
    storage, asked = one.platform.storage, one.job.resources
    name, size = asked.storage_class_name, asked.volume_size_gb
    classes, most = storage.class_choice, storage.max_size_gb
    if classes is not None and name and name not in classes:
        allowed = listed(classes)
        yield CLASS_NOT_ALLOWED.found(
            f'platform.yaml does not allow the storage class "{name}"',
            hint=f"leave it out, or name one of: {allowed}" if allowed else "leave it out",
            at=one.at("/resources/storageClassName"),
        )
    if most is not None and size is not None and size > most:
        yield TOO_LARGE.found(
            f"platform.yaml allows claims of at most {most} GiB, not of {size}",
            hint="ask for less, or have the platform team declare the claim",
            at=one.at("/resources/volumeSizeGB"),
        )
