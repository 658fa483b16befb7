"""A pull request as GitHub checks it out."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.workflow_steps import Machine, git


@cache
def base_repository() -> Path:
    """A repository with one rendered job, committed on main."""
    place = Path(mkdtemp()) / "base"
    write_job(place, minimal_job())
    assert rayjobs("render", "--root", place).returncode == 0
    git(place, "init", "--quiet", "--initial-branch", "main")
    commit(place)
    return place


def commit(place: Path) -> None:
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "x")


def pull_request(machine: Machine, *, render: bool = True, **changes: Any) -> None:
    """The workspace as GitHub checks it out: the merge of a pull request and its base."""
    machine.installed()
    merge = merge_commit(render, json.dumps(changes))
    shutil.copytree(merge, machine.workspace, dirs_exist_ok=True)


@cache
def merge_commit(render: bool, changes: str) -> Path:
    """A checkout of the base into which a job is merged that differs from the minimal one."""
    place = Path(mkdtemp()) / "merge"
    shutil.copytree(base_repository(), place)
    git(place, "switch", "--quiet", "--create", "branch")
    write_job(place, minimal_job(**json.loads(changes)))
    if render:
        rayjobs("render", "--root", place)
    commit(place)
    git(place, "switch", "--quiet", "main")
    git(place, "merge", "--quiet", "--no-ff", "--message", "merge", "branch")
    # What fetch-depth: 2 leaves.
    parents = git(place, "rev-parse", "HEAD^1", "HEAD^2")
    (place / ".git" / "shallow").write_text(f"{parents}\n")
    return place
