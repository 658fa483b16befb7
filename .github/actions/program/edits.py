"""Whether a label lets the jobs of a pull request be edited, in the commit that is checked.

Who may set labels need not be allowed to write, and a label stays when commits come. So it counts
for the commit that was the head when it was last set, by somebody who may write. Only times and
events that GitHub records are compared: the dates of commits are their author's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from github_api import Refused, ask, give, pages, say

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_WRITERS = ("admin", "write")
"""What the API calls those who may write; it counts triage as read, and maintain as write."""


def main() -> None:
    """Give the output ``allowed``; false, with a warning, where anything is not known."""
    label, repository = os.environ["LABEL"], os.environ["GITHUB_REPOSITORY"]
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    allowed = False
    try:
        allowed = "pull_request" in event and _is_allowed(repository, label, event)
    except Refused as problem:
        _warn(label, str(problem))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        _warn(label, "GitHub's API gave something else than it documents")
    give("allowed", "true" if allowed else "false")


def _warn(label: str, reason: str) -> None:
    mend = "Somebody who may write here has to remove it and set it again, after the last push"
    say("warning", f"the label {label} does not count: {reason}. {mend}.")


def _is_allowed(repository: str, label: str, event: dict[str, Any]) -> bool:
    """Whether the label counts; False where it is not set, Refused where it does not count."""
    head = event["pull_request"]["head"]
    number = int(event["pull_request"]["number"])
    now = ask(f"repos/{repository}/pulls/{number}")
    if label not in [one["name"] for one in now["labels"]]:
        return False
    if now["head"]["sha"] != head["sha"] or _checked_out() != head["sha"]:
        raise Refused("this run is not of the newest commit")
    setting = _last_setting(repository, number, label)
    login = str(setting["actor"]["login"])
    if not _LOGIN.fullmatch(login):
        raise Refused("it was not set by a person")
    role = ask(f"repos/{repository}/collaborators/{login}/permission")["permission"]
    if role not in _WRITERS:
        raise Refused(f"{login}, who set it, may not write here")
    if not (_is_this_setting(event, label, login) or _came_before(head, setting["created_at"])):
        raise Refused("commits came after it was set")
    return True


def _checked_out() -> str:
    """The pull request's commit in the merge that is checked out; empty where it is no merge."""
    words = ["git", "rev-parse", "--verify", "--quiet", "HEAD^2"]
    ran = subprocess.run(words, capture_output=True, check=False)
    return ran.stdout.decode("ascii", "replace").strip()


def _last_setting(repository: str, number: int, label: str) -> dict[str, Any]:
    events = [
        one
        for one in pages(f"repos/{repository}/issues/{number}/events")
        if one["event"] in ("labeled", "unlabeled") and one["label"]["name"] == label
    ]
    if not events or events[-1]["event"] != "labeled":
        raise Refused("GitHub does not say who set it")
    last: dict[str, Any] = events[-1]
    return last


def _is_this_setting(event: dict[str, Any], label: str, login: str) -> bool:
    """Whether the label's setting started this run: then it was set on the run's commit.

    A run that is started again has the old event, and the label may have come and gone since.
    """
    return (
        os.environ["GITHUB_RUN_ATTEMPT"] == "1"
        and event["action"] == "labeled"
        and event["label"]["name"] == label
        and event["sender"]["login"] == login
    )


def _came_before(head: dict[str, Any], moment: str) -> bool:
    """Whether the branch's last push was that of this commit, and before ``moment``."""
    if not head["repo"]:
        raise Refused("the fork is gone")
    place, branch = f"repos/{head['repo']['full_name']}/activity", f"refs/heads/{head['ref']}"
    (last,) = ask(place, ref=branch, per_page="1")
    return (
        last["ref"] == branch
        and last["after"] == head["sha"]
        and datetime.fromisoformat(last["timestamp"]) < datetime.fromisoformat(moment)
    )
