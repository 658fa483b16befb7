"""One repository, wherever its files lie."""

from __future__ import annotations

import json
from pathlib import Path

from generator.repository.loading import Repository, load
from generator.rules.job.job import check_job
from generator.source.files import Files, WorkTree
from generator.source.git_tree import read_tree
from tests.helpers.commits import commit
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.templates import has_template
from tests.helpers.templates import job as job_of_template


def loaded(files: Files, overlay: dict[str, str] | None = None) -> Repository:
    return load(files, check_job, overlay=overlay)


def a_repository(root: Path) -> None:
    has_template(root)
    write_job(root, job_of_template("a"))
    write_job(root, minimal_job("b", entrypoint="python 'train.py"))
    write_job(root, minimal_job("c", unknown=1))
    (root / "jobs/team/d").mkdir()
    (root / "jobs/team/d/params.json").write_text("{")


def test_a_commit_says_what_its_work_tree_says(repository: Path) -> None:
    a_repository(repository)
    commit(repository)
    tree = read_tree(repository, "HEAD", ("jobs", "templates", "platform.yaml"), bool).value
    assert tree is not None
    there, then = loaded(WorkTree(repository)), loaded(tree)
    assert [job.job is None for job in there.jobs] == [False, False, True, True]
    assert all(job.problems for job in there.jobs[1:])
    assert (then.jobs, then.fleet.platform) == (there.jobs, there.fleet.platform)


def test_a_new_job_is_read_beside_all_others(repository: Path) -> None:
    write_job(repository, minimal_job("a"))
    file = write_job(repository, minimal_job("z"))
    new = "jobs/team/new/params.json"
    texts = {new: json.dumps(minimal_job("new")), file: json.dumps(minimal_job("other"))}
    fleet = loaded(WorkTree(repository), texts).fleet
    assert [one.job.job_name for one in fleet.submissions] == ["a", "z", "new", "other"]
    assert not (repository / new).exists()
