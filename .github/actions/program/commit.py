"""Commit what the patch of a run does to rendered/, and refuse a patch that does anything else.

The patch is data. It goes into the index, so that no link is followed, no file is written and no
attribute of the tree counts, and Git runs without the machine's settings, so that no filter or hook
is named. What the index then has is compared name by name: what a patch says of itself, such as a
rename, does not count.
"""

from __future__ import annotations

import os
import re

from artifacts import artifact, member
from checkout import git
from github_api import Refused, give, say

ARTIFACT = "rayjobs-patch"
FILE = "rendered.patch"
_ARCHIVE_LIMIT = 16 << 20
_PATCH_LIMIT = 256 << 20
_BELOW = b"rendered/"
_WRITTEN = re.compile(
    rb"rendered/[a-z0-9][a-z0-9.-]*(/credentials|/storage)?"
    rb"/(?!kustomization\.)[a-z0-9][a-z0-9.-]*\.yaml"
)
"""Names of what is rendered. Anything else that Git or a sync engine reads has another name."""
_REGULAR = b"100644"

Entries = dict[bytes, bytes]
"""Paths in an index, and the mode, object and stage of each."""


def main() -> None:
    """Commit in ``DIRECTORY``; Refused where the patch is not one of rendered/ alone."""
    archive = artifact(
        os.environ["GITHUB_REPOSITORY"], os.environ["RUN_ID"], ARTIFACT, _ARCHIVE_LIMIT
    )
    if archive is None:
        give("committed", "false")
        say("notice", f"the run has no artifact {ARTIFACT}: there is nothing to commit")
        return
    patch = member(archive, FILE, _PATCH_LIMIT)
    before = _entries()
    if git("apply", "--cached", "--whitespace=nowarn", "-", given=patch) is None:
        raise Refused(
            "rendered/ is stale, and the patch does not apply: the base has moved. Merge it into"
            " the branch, run `rayjobs render` and commit rendered/."
        )
    objections = sorted(_objections(before, _entries()))
    if objections:
        raise Refused(f"the patch is refused: {objections[0]}")
    if git("commit", "--quiet", "--no-verify", "--message", "Render") is None:
        raise Refused("the patch changes nothing, or Git could not commit it")
    give("committed", "true")


def _objections(before: Entries, after: Entries) -> set[str]:
    """What the patch does beside writing and deleting files that `rayjobs render` writes."""
    found = set()
    for path in {path for path, _ in before.items() ^ after.items()}:
        entry = after.get(path)
        if entry is None:
            if not path.startswith(_BELOW):
                found.add(f"it deletes {_shown(path)}, which is not below rendered/")
        elif not _WRITTEN.fullmatch(path):
            found.add(f"it writes {_shown(path)}, which is no name of a rendered file")
        elif entry.split()[0] != _REGULAR:
            found.add(f"it makes {_shown(path)} something else than a regular file")
    return found


def _entries() -> Entries:
    listed = git("ls-files", "--stage", "-z")
    if listed is None:
        raise Refused("Git cannot read the checkout")
    pairs = (line.split(b"\t", 1) for line in listed.split(b"\0") if line)
    return {path: entry for entry, path in pairs}


def _shown(path: bytes) -> str:
    return repr(path.decode("utf-8", "backslashreplace")[:200])
