"""Files that a run left, read in memory: whoever may push, or has a fork, can have made them."""

from __future__ import annotations

import io
import stat
import zipfile

from github_api import Refused, ask, download

_ENCRYPTED = 0x1


def artifact(repository: str, run: str, name: str, limit: int) -> zipfile.ZipFile | None:
    """The newest artifact of that name, of at most ``limit`` bytes; None where there is none."""
    listed = ask(f"repos/{repository}/actions/runs/{run}/artifacts", name=name)
    found = [one for one in listed["artifacts"] if one["name"] == name and not one["expired"]]
    if not found:
        return None
    newest = max(int(one["id"]) for one in found)
    # The size that the API lists is the one that the run gave. What comes is counted.
    content = download(f"repos/{repository}/actions/artifacts/{newest}/zip", limit)
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except Exception as problem:  # What a made-up archive raises is not one kind of error.
        raise Refused(f"the artifact {name} is no archive") from problem


def member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The bytes of one regular file; Refused where it is not there once, or is over ``limit``."""
    found = [one for one in archive.infolist() if one.filename == name]
    if len(found) != 1:
        raise Refused(f"the artifact has no readable file {name}, or more than one")
    (info,) = found
    kind = stat.S_IFMT(info.external_attr >> 16)
    if (
        kind not in (0, stat.S_IFREG)
        or info.flag_bits & _ENCRYPTED
        or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ):
        raise Refused(f"{name} in the artifact is not a plain file")
    try:
        with archive.open(info) as opened:
            content = opened.read(limit + 1)
    except Exception as problem:  # As above.
        raise Refused(f"the artifact has no readable file {name}") from problem
    if max(len(content), info.file_size) > limit:
        raise Refused(f"{name} in the artifact is larger than any can be")
    return content


def text(content: bytes, name: str) -> str:
    """``content`` as text; Refused where it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Refused(f"{name} in the artifact is not UTF-8") from problem
