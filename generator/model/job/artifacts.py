"""Where a job's results go, from its ``artifactUri``."""

from __future__ import annotations

import re

_SCHEME = "file://"
# Of the bucket, what S3 takes; of the key, no character that a URI gives a meaning of its own.
_OBJECTS = re.compile(r"s3://[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]/[^\s/%?#][^\s%?#]{0,1000}")


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
