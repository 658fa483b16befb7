"""Post the report of a run as one comment on its pull request, and update it in place.

A fork's pull request brings its own workflow, so all of the artifact is what its author likes. Two
files of it are read, in memory and up to a limit. The pull request is the one that the API gives
for the run's commit, and the number in the artifact only chooses where one commit has several.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from typing import Any

ARTIFACT = "rayjobs-report"
MARK = "<!-- rayjobs -->"
"""Last line of every report, by which the comment is found again."""
LIMIT = 65_536
"""Characters that GitHub takes in a comment."""
_ARCHIVE_LIMIT = 4 << 20
_REPORT_BYTES = 4 * LIMIT
_PAGE = 100
_PAGES = 30


class ReportError(Exception):
    """What the run left cannot be posted; the text says why."""


def main() -> int:
    """Post or update the comment; 1 where the artifact is refused or the API fails."""
    repository = os.environ["GITHUB_REPOSITORY"]
    head = os.environ["HEAD_REPOSITORY"]
    try:
        archive = _archive(repository, os.environ["RUN_ID"])
        if archive is None:
            _say("notice", f"the run has no artifact {ARTIFACT}: there is nothing to post")
            return 0
        numbers = _pull_requests(
            repository, head, os.environ["HEAD_BRANCH"], os.environ["HEAD_SHA"]
        )
        if not numbers:
            _say("notice", "no open pull request has this commit as its head any more")
            return 0
        number = _chosen(_member(archive, "number", 32), numbers)
        report = _member(archive, "report.md", _REPORT_BYTES)
        body = body_of(report, trusted=head == repository)
        _post(repository, number, body, os.environ["AUTHOR"])
    except ReportError as problem:
        _say("error", str(problem))
        return 1
    except (KeyError, TypeError, ValueError) as problem:
        _say("error", f"GitHub's API gave something else than it documents: {problem!r}")
        return 1
    return 0


def body_of(report: str, *, trusted: bool) -> str:
    """The comment: ``report`` with the mark as its last line, in at most ``LIMIT`` characters.

    What a fork's run left is shown as text in a fence: no mention, link, image or HTML of it is
    ever expanded.
    """
    text = report.rstrip().removesuffix(MARK).rstrip()
    if trusted:
        return f"{_cut(text, LIMIT - len(MARK) - 2)}\n\n{MARK}"
    shown = _cut("".join(map(_visible, text)), LIMIT - 1_000)
    runs = re.findall("`+", shown)
    fence = "`" * max(3, *(len(run) + 1 for run in runs), 3)
    if 2 * len(fence) > 500:
        shown, fence = shown.replace("`", "'"), "```"
    words = "What the run of this fork's pull request reports, as text:"
    return f"{words}\n\n{fence}text\n{shown}\n{fence}\n\n{MARK}"


def _cut(text: str, room: int) -> str:
    note = "\n\n… cut: the run's summary has all of it."
    return text if _units(text) <= room else _first(text, room - len(note)) + note


def _units(text: str) -> int:
    """Length as GitHub's database and browsers may count it: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def _first(text: str, room: int) -> str:
    return text.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"):
        return character
    return "\N{REPLACEMENT CHARACTER}"


def _archive(repository: str, run: str) -> zipfile.ZipFile | None:
    listed = _json(f"repos/{repository}/actions/runs/{run}/artifacts", name=ARTIFACT)
    found = [one for one in listed["artifacts"] if one["name"] == ARTIFACT and not one["expired"]]
    if not found:
        return None
    newest = max(found, key=lambda one: int(one["id"]))
    if newest["size_in_bytes"] > _ARCHIVE_LIMIT:
        raise ReportError(f"the artifact {ARTIFACT} is larger than any report")
    content = _gh("api", f"repos/{repository}/actions/artifacts/{newest['id']}/zip")
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError) as problem:
        raise ReportError(f"the artifact {ARTIFACT} is no archive") from problem


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> str:
    """The text of one file, of which no more than ``limit`` bytes are unpacked."""
    try:
        with archive.open(name) as opened:
            content = opened.read(limit)
    except Exception as problem:  # What a made-up archive raises is not one kind of error.
        raise ReportError(f"the artifact {ARTIFACT} has no readable file {name}") from problem
    return content.decode("utf-8", "replace")


def _pull_requests(repository: str, head: str, branch: str, commit: str) -> set[int]:
    """Open pull requests of this repository whose head is that commit of that branch."""
    owner = head.partition("/")[0]
    return {
        int(one["number"])
        for one in _pages(f"repos/{repository}/pulls", state="open", head=f"{owner}:{branch}")
        if one["head"]["sha"] == commit and (one["head"]["repo"] or {}).get("full_name") == head
    }


def _chosen(given: str, numbers: set[int]) -> int:
    text = given.strip()
    if re.fullmatch("[1-9][0-9]{0,9}", text) and int(text) in numbers:
        return int(text)
    raise ReportError("the number in the artifact is not that of a pull request with this head")


def _post(repository: str, number: int, body: str, author: str) -> None:
    comments = _pages(f"repos/{repository}/issues/{number}/comments")
    ours = (
        one
        for one in comments
        if (one["user"] or {}).get("login") == author
        and (one["body"] or "").rstrip().endswith(MARK)
    )
    first = next(ours, None)
    if first is None:
        method, place = "POST", f"repos/{repository}/issues/{number}/comments"
    else:
        method, place = "PATCH", f"repos/{repository}/issues/comments/{int(first['id'])}"
    content = json.dumps({"body": body}).encode()
    _gh("api", "--method", method, place, "--input", "-", content=content)


def _pages(place: str, **fields: str) -> Iterator[Any]:
    for page in range(1, _PAGES + 1):
        items = _json(place, **fields, per_page=str(_PAGE), page=str(page))
        yield from items
        if len(items) < _PAGE:
            return


def _json(place: str, **fields: str) -> Any:
    given = [word for key, value in fields.items() for word in ("--raw-field", f"{key}={value}")]
    return json.loads(_gh("api", "--method", "GET", place, *given))


def _gh(*arguments: str, content: bytes | None = None) -> bytes:
    ran = subprocess.run(["gh", *arguments], input=content, capture_output=True, check=False)  # noqa: S603, S607  # no shell, and the runner's own gh
    if ran.returncode:
        reason = " ".join(ran.stderr.decode("utf-8", "replace").split())[:300]
        raise ReportError(f"GitHub's API answered: {reason}")
    return ran.stdout


def _say(kind: str, text: str) -> None:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{kind} title=rayjobs::{escaped}\n")


if __name__ == "__main__":
    sys.exit(main())
