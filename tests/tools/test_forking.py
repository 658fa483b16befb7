"""A forked run of the command line is as good as one of a new interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.command import INTERPRETERS, rayjobs
from tests.helpers.jobs import minimal_job, write_job

NEW_INTERPRETER = {"PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["validate", "--nothing"], ["validate"], ["new", "b", "--from", "-"]],
    ids=" ".join,
)
def test_it_ends_and_prints_as_a_new_interpreter_does(
    repository: Path, arguments: list[str]
) -> None:
    assert any(map("PYTHONUNBUFFERED".startswith, INTERPRETERS))
    write_job(repository, minimal_job(jobName="A", algorithm={}))
    forked = rayjobs(*arguments, cwd=repository, stdin="{")
    started = rayjobs(*arguments, cwd=repository, stdin="{", environment=NEW_INTERPRETER)
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.stderr == started.stderr


def test_nothing_of_it_reaches_the_next(repository: Path) -> None:
    write_job(repository, minimal_job(algorithm={}))
    plain = rayjobs("validate", cwd=repository)
    actions = rayjobs("validate", cwd=repository, environment={"GITHUB_ACTIONS": "true"})
    assert actions.stdout.startswith("::error") != plain.stdout.startswith("::error")
    assert rayjobs("validate", cwd=repository).stdout == plain.stdout
    elsewhere = rayjobs("validate", cwd=repository / "jobs")
    assert "no jobs" in elsewhere.stdout
