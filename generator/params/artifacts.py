"""Where a job's results go, from its ``artifactUri``."""

from __future__ import annotations

_SCHEME = "file://"


def file_path(uri: str) -> str | None:
    """The path of a ``file://`` URI, as written; None for any other URI.

    A host (``file://host/path``) is no part of the path; ``file://name`` has an empty one.
    """
    if uri[: len(_SCHEME)].lower() != _SCHEME:
        return None
    _, slash, path = uri[len(_SCHEME) :].partition("/")
    return slash + path
