"""Input channels: where the data of a job lies, as the training form writes them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.diagnostics.wording import EXPANDS_OR_CONTROLS
from generator.fields.scalars import NOT_NULL, WHOLE, OrLeftOut, RequiredText, Says
from generator.fields.settings import Settings, optional, setting

_ENDPOINT = f"^[Hh][Tt][Tt][Pp][Ss]?://[^{EXPANDS_OR_CONTROLS}]+$"
_SCHEME = "file://"
# Of the bucket, what S3 takes; of the key, no character that a URI gives a meaning of its own.
_OBJECTS = re.compile(r"s3://[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]/[^\s/%?#][^\s%?#]{0,1000}")

Endpoint: TypeAlias = Annotated[
    str,
    Field(pattern=_ENDPOINT),
    Says(patternErrorMessage="must be a URL with http:// or https://, and hold no $ or `"),
]
"""URL of an object storage."""


class Channel(Settings):
    """Where one set of input data lies."""

    channel_name: Literal["train", "validation"] = setting(
        title="Channel",
        description="train for the first channel, validation for the second.",
        examples=["train"],
    )
    endpoint: Endpoint = setting(
        title="Endpoint",
        description="URL of the object storage, with http:// or https://.",
        examples=["https://minio.local"],
    )
    bucket: RequiredText = setting(
        title="Bucket", description="Name of the bucket.", examples=["training-data"]
    )
    prefix: RequiredText = setting(
        title="Key",
        description="Key of the object in the bucket.",
        examples=["datasets/iris/train.csv"],
    )
    label_name: OrLeftOut[RequiredText] = optional(
        title="Label column",
        description="Column that is predicted; left out: the platform's (target).",
        examples=["target"],
    )
    id: Annotated[str | int | None, WHOLE, NOT_NULL] = setting(
        None,
        title="Channel id",
        description="The training form's own id of the channel; not rendered.",
        examples=["channel-1"],
        json_schema_extra={"errorMessage": "must be a text or a whole number"},
    )
    channel_type: OrLeftOut[Literal["train", "validation", "test"]] = optional(
        title="Channel type",
        description="The training form's kind of channel; not rendered.",
        examples=["train"],
    )
    source_type: Literal["object-storage"] = setting(
        "object-storage",
        title="Source",
        description="Where the data comes from.",
        json_schema_extra={
            "errorMessage": (
                'must be "object-storage": an upload exists only in the browser that made it. '
                "Put the file into a bucket and name its endpoint, bucket and prefix"
            )
        },
    )
    storage_provider: OrLeftOut[Literal["aws", "minio", "gcs", "azure", "custom"]] = optional(
        title="Storage provider",
        description="Kind of object storage; not rendered.",
        examples=["minio"],
    )
    content_type: OrLeftOut[str] = optional(
        title="Content type", description="Of the data; not rendered.", examples=["text/csv"]
    )
    csv_columns: OrLeftOut[list[str]] = optional(
        title="CSV columns",
        description="Names of the columns; not rendered.",
        examples=[["a", "b", "target"]],
    )
    feature_names: OrLeftOut[list[str]] = optional(
        title="Features",
        description="Columns that are trained on; not rendered.",
        examples=[["a", "b"]],
    )


def file_path(uri: str) -> str | None:
    """The path of a ``file://`` URI, as written; None for any other URI.

    A host (``file://host/path``) is no part of the path; ``file://name`` has an empty one.
    """
    if uri[: len(_SCHEME)].lower() != _SCHEME:
        return None
    _, slash, path = uri[len(_SCHEME) :].partition("/")
    return slash + path


def names_objects(uri: str) -> bool:
    """Whether it is ``s3://bucket/prefix``, with a prefix that is more than a ``/``."""
    if not _OBJECTS.fullmatch(uri):
        return False
    return not {"", ".", ".."} & set(uri.removesuffix("/").split("/")[3:])
