"""Put the commit of a checkout on a branch as one that GitHub makes, and therefore signs.

A branch can require signed commits, and an App has no key to sign with. GitHub signs what it
commits for an App or a workflow, as long as nobody else is named as the author (docs.github.com,
"About commit signature verification").
"""

from __future__ import annotations

import base64
import os

from checkout import git
from github_api import Refused, ask, send

_COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""
_BY_HAND = "run `rayjobs render` and commit rendered/"


def main() -> None:
    """Put the commit on ``BRANCH``, or make ``BRANCH`` end with it where ``REPLACE`` is true."""
    repository, branch = os.environ["GITHUB_REPOSITORY"], os.environ["BRANCH"]
    try:
        if os.environ["REPLACE"] == "true":
            _replace(repository, branch)
        else:
            _commit_on(repository, branch)
    except Refused as problem:
        raise Refused(f"what is rendered cannot be pushed: {problem}. Else {_BY_HAND}.") from None


def _commit_on(repository: str, branch: str) -> str:
    """Commit on a branch whose head is the commit's parent; gives the new commit's name.

    GitHub compares the head as it writes: a branch that has moved or gone stays as it is.
    """
    change = {
        "branch": {"repositoryNameWithOwner": repository, "branchName": branch},
        "message": {"headline": _read("log", "-1", "--format=%s").decode().strip()},
        "expectedHeadOid": _parent(),
        "fileChanges": _changes(),
    }
    answer = send("POST", "graphql", {"query": _COMMIT, "variables": {"input": change}})
    return str(answer["data"]["createCommitOnBranch"]["commit"]["oid"])


def _replace(repository: str, branch: str) -> None:
    """Commit on a branch of this run's own, and then move the branch.

    GitHub closes a pull request whose branch has nothing more than its base, so that the branch
    never stands on the parent.
    """
    refs = f"repos/{repository}/git/refs"
    own = f"{branch}-{os.environ['GITHUB_RUN_ID']}-{os.environ['GITHUB_RUN_ATTEMPT']}"
    send("POST", refs, {"ref": f"refs/heads/{own}", "sha": _parent()})
    try:
        made = _commit_on(repository, own)
        there = ask(f"repos/{repository}/git/matching-refs/heads/{branch}")
        if any(one["ref"] == f"refs/heads/{branch}" for one in there):
            send("PATCH", f"{refs}/heads/{branch}", {"sha": made, "force": True})
        else:
            send("POST", refs, {"ref": f"refs/heads/{branch}", "sha": made})
    finally:
        send("DELETE", f"{refs}/heads/{own}", {})


def _parent() -> str:
    return _read("rev-parse", "--verify", "HEAD^").decode().strip()


def _changes() -> dict[str, list[dict[str, str]]]:
    """Return the files that the commit writes and deletes; all of them are regular."""
    listed = _read("diff-tree", "-r", "-z", "--no-renames", "--name-status", "HEAD^", "HEAD")
    words = iter(listed.decode().rstrip("\0").split("\0"))
    additions, deletions = [], []
    for status, path in zip(words, words, strict=True):
        if status == "D":
            deletions.append({"path": path})
        else:
            contents = base64.b64encode(_read("cat-file", "blob", f"HEAD:{path}")).decode()
            additions.append({"path": path, "contents": contents})
    return {"additions": additions, "deletions": deletions}


def _read(*arguments: str) -> bytes:
    content = git(*arguments)
    if content is None:
        raise Refused("Git cannot read the commit in the checkout")
    return content
