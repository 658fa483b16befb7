"""A pull request as GitHub checks it out."""

from __future__ import annotations

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
    shutil.copytree(base_repository(), machine.workspace, dirs_exist_ok=True)
    machine.git("switch", "--quiet", "--create", "branch")
    write_job(machine.workspace, minimal_job(**changes))
    if render:
        rayjobs("render", "--root", machine.workspace)
    commit(machine.workspace)
    machine.git("switch", "--quiet", "main")
    machine.git("merge", "--quiet", "--no-ff", "--message", "merge", "branch")
    # What fetch-depth: 2 leaves.
    (machine.workspace / ".git" / "shallow").write_text(
        machine.git("rev-parse", "HEAD^1") + "\n" + machine.git("rev-parse", "HEAD^2") + "\n"
    )
