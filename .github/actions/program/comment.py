"""Post the report of a run as one comment on its pull request, and update it in place.

A fork's pull request brings its own workflow, so all of the artifact is what its author likes. Two
files of it are read, in memory and up to a limit. The pull request is the one that the API gives
for the run's commit, and the number in the artifact only chooses where one commit has several.
"""

from __future__ import annotations

import os
import re

from artifacts import artifact, member, text
from github_api import Refused, pages, say, send, visible

ARTIFACT = "rayjobs-report"
MARK = "<!-- rayjobs -->"
"""Last line of every report, by which the comment is found again."""
LIMIT = 65_536
"""Characters that GitHub takes in a comment."""
_ARCHIVE_LIMIT = 4 << 20
_REPORT_BYTES = 4 * LIMIT


def main() -> None:
    """Post or update the comment; Refused where the artifact is not what a run leaves."""
    repository = os.environ["GITHUB_REPOSITORY"]
    head = os.environ["HEAD_REPOSITORY"]
    archive = artifact(repository, os.environ["RUN_ID"], ARTIFACT, _ARCHIVE_LIMIT)
    if archive is None:
        say("notice", f"the run has no artifact {ARTIFACT}: there is nothing to post")
        return
    numbers = _pull_requests(repository, head, os.environ["HEAD_BRANCH"], os.environ["HEAD_SHA"])
    if not numbers:
        say("notice", "no open pull request has this commit as its head any more")
        return
    number = _chosen(text(member(archive, "number", 32), "number"), numbers)
    report = text(member(archive, "report.md", _REPORT_BYTES), "report.md")
    _post(repository, number, body_of(report, trusted=head == repository), os.environ["AUTHOR"])


def body_of(report: str, *, trusted: bool) -> str:
    """The comment: ``report`` with the mark as its last line, in at most ``LIMIT`` characters.

    What a fork's run left is shown as text in a fence: no mention, link, image or HTML of it is
    ever expanded.
    """
    words = report.rstrip().removesuffix(MARK).rstrip()
    if trusted:
        return f"{_cut(words, LIMIT - len(MARK) - 2)}\n\n{MARK}"
    inert = "\n".join("\t".join(map(visible, line.split("\t"))) for line in words.split("\n"))
    shown = _cut(inert, LIMIT - 1_000)
    runs = re.findall("`+", shown)
    fence = "`" * max(3, *(len(run) + 1 for run in runs), 3)
    if 2 * len(fence) > 500:
        shown, fence = shown.replace("`", "'"), "```"
    title = "What the run of this fork's pull request reports, as text:"
    return f"{title}\n\n{fence}text\n{shown}\n{fence}\n\n{MARK}"


def _cut(words: str, room: int) -> str:
    note = "\n\n… cut: the run's summary has all of it."
    return words if _units(words) <= room else _first(words, room - len(note)) + note


def _units(words: str) -> int:
    """Length as GitHub's database and browsers may count it: in units of UTF-16."""
    return len(words.encode("utf-16-le")) // 2


def _first(words: str, room: int) -> str:
    return words.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")


def _pull_requests(repository: str, head: str, branch: str, commit: str) -> set[int]:
    """Open pull requests of this repository whose head is that commit of that branch."""
    owner = head.partition("/")[0]
    return {
        int(one["number"])
        for one in pages(f"repos/{repository}/pulls", state="open", head=f"{owner}:{branch}")
        if one["head"]["sha"] == commit and (one["head"]["repo"] or {}).get("full_name") == head
    }


def _chosen(given: str, numbers: set[int]) -> int:
    digits = given.strip()
    if re.fullmatch("[1-9][0-9]{0,9}", digits) and int(digits) in numbers:
        return int(digits)
    raise Refused("the number in the artifact is not that of a pull request with this head")


def _post(repository: str, number: int, body: str, author: str) -> None:
    comments = pages(f"repos/{repository}/issues/{number}/comments")
    ours = (
        one
        for one in comments
        if (one["user"] or {}).get("login") == author
        and (one["body"] or "").rstrip().endswith(MARK)
    )
    first = next(ours, None)
    if first is None:
        send("POST", f"repos/{repository}/issues/{number}/comments", {"body": body})
    else:
        send("PATCH", f"repos/{repository}/issues/comments/{int(first['id'])}", {"body": body})
