"""``rayjobs list``: the jobs of a repository and what Git says of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.console.terminal import Column, table
from generator.history.as_json import ListDocument
from generator.history.commits import Past, read_past
from generator.history.listing import ListedJob, jobs_with_history, removed_jobs
from generator.source.files import is_job
from tests.helpers.command import rayjobs
from tests.helpers.commits import commit, git, wrapper
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.listing import head
from tests.helpers.templates import has_template, job

KEEP = "jobs/keep/params.json"
FILES = [f"jobs/t/{name}/params.json" for name in "ab"]


def listed(root: Path, *options: str) -> list[dict[str, Any]]:
    ran = rayjobs("list", *options, "--root", root, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    Draft202012Validator(ListDocument.json_schema()).validate(document)
    jobs: list[dict[str, Any]] = document["jobs"]
    return jobs


def row(root: Path, name: str) -> ListedJob:
    (found,) = (one for one in jobs_with_history(root).listed if one.name == name)
    return found


def ids(one: ListedJob) -> tuple[str | None, ...]:
    return tuple(commit.id if commit else None for commit in (one.added, one.changed, one.removed))


def test_a_job_with_what_it_asks_for_and_its_commits(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+02:00")
    resources = {
        "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": 2},
        "instanceCount": 3,
        "volumeSizeGB": 1,
    }
    file = write_job(repository, minimal_job(resources=resources, targetClusters=["c1", "c2"]))
    commit(repository)
    first = head(repository)
    write_job(repository, minimal_job("other", namespace="n", algorithm=container()), "b/other")
    commit(repository)
    write_job(repository, minimal_job(resources=resources, priority=7, targetClusters=["c1", "c2"]))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-02-02T03:04:05Z")
    commit(repository)
    assert listed(repository, "--tenant", "team") == [
        {
            "file": file,
            "name": "train-1",
            "namespace": "default",
            "tenant": "team",
            "algorithm": "xgboost",
            "template": None,
            "clusters": ["c1", "c2"],
            "copies": 2,
            "cpuCores": 32,
            "memoryGiB": 128,
            "gpus": 12,
            "priority": 7,
            "broken": False,
            "state": "committed",
            "added": dated(first, "2026-01-02T03:04:05+02:00"),
            "changed": dated(head(repository), "2026-02-02T03:04:05+00:00"),
            "removed": None,
        }
    ]
    for options, names in (
        (("--namespace", "n"), ["other"]),
        (("--cluster", "c2"), ["train-1"]),
        (("--namespace", "n", "--namespace", "m", "--algorithm", "x"), ["other"]),
        (("--cluster", "c1", "--tenant", "nobody"), []),
        (("--sort", "gpu"), ["other", "train-1"]),
        (("--sort", "changed"), ["other", "train-1"]),
        (("--sort", "added", "--reverse"), ["other", "train-1"]),
    ):
        assert [one["name"] for one in listed(repository, *options)] == names


def container() -> dict[str, str]:
    return {"source": "container", "algorithmName": "x"}


def dated(commit_id: str, date: str) -> dict[str, str]:
    return {"id": commit_id, "authorDate": date, "author": "Test", "subject": "a state"}


def test_what_the_work_tree_has_otherwise(repository: Path) -> None:
    for name in ("same", "edited", "moved", "gone"):
        write_job(repository, minimal_job(name))
    commit(repository)
    write_job(repository, minimal_job("edited", priority=7))
    (repository / "jobs/team/moved").rename(repository / "jobs/moved")
    (repository / "jobs/team/gone/params.json").unlink()
    write_job(repository, minimal_job("new"))
    jobs = jobs_with_history(repository)
    states = {one.name: one.state for one in jobs.listed}
    assert states == {"same": "committed", "edited": "edited", "moved": "edited", "new": "new"}
    assert {one.added is not None for one in jobs.listed if one.name != "new"} == {True}
    assert row(repository, "new").added is None
    (gone,) = removed_jobs(jobs)
    assert (gone.name, gone.state, gone.priority) == ("gone", "removed", 100)
    assert gone.added is not None
    assert gone.removed is None


def test_a_moved_job_is_the_same_job_and_one_that_returns_is_new(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    added = head(repository)
    (repository / "jobs/team/train-1").rename(repository / "jobs/elsewhere")
    commit(repository)
    assert ids(row(repository, "train-1")) == (added, head(repository), None)
    (repository / "jobs/elsewhere/params.json").unlink()
    commit(repository)
    (gone,) = removed_jobs(jobs_with_history(repository))
    assert gone.file == "jobs/elsewhere/params.json"
    assert ids(gone) == (added, git(repository, "rev-parse", "HEAD^"), head(repository))
    write_job(repository, minimal_job())
    commit(repository)
    assert ids(row(repository, "train-1")) == (head(repository), head(repository), None)
    assert removed_jobs(jobs_with_history(repository)) == []


def test_a_name_that_changes_is_another_job(repository: Path) -> None:
    write_job(repository, minimal_job("old"), "same")
    commit(repository)
    write_job(repository, minimal_job("new"), "same")
    commit(repository)
    jobs = jobs_with_history(repository)
    assert [ids(one) for one in jobs.listed] == [(head(repository), head(repository), None)]
    (gone,) = removed_jobs(jobs)
    assert (gone.name, ids(gone)[2]) == ("old", head(repository))


def test_a_broken_job_is_listed_with_what_it_says(repository: Path) -> None:
    file = write_job(repository, minimal_job("a"))
    write_job(repository, minimal_job("wrong"))
    commit(repository)
    (repository / file).write_text("{")
    write_job(repository, minimal_job("wrong", priority="x"))
    commit(repository)
    found = {one["name"]: one for one in listed(repository)}
    assert all(one["broken"] for one in found.values())
    assert found["a"]["added"]["id"] == git(repository, "rev-parse", "HEAD^")
    assert found["a"]["changed"]["id"] == head(repository)
    assert found["a"]["gpus"] is None
    assert (found["wrong"]["algorithm"], found["wrong"]["priority"]) == ("xgboost", None)
    ran = rayjobs("list", "--root", repository)
    assert ran.returncode == 0
    assert ran.stderr == "note: 2 jobs are broken: `rayjobs validate` says what is wrong\n"
    assert [line.split()[-1] for line in ran.stdout.splitlines()] == ["STATE", "broken", "broken"]


def test_a_rule_that_a_job_breaks_by_itself_makes_it_broken_as_the_platform_weighs_it(
    repository: Path,
) -> None:
    channels = minimal_job()["inputDataConfig"][:1]
    write_job(repository, minimal_job(inputDataConfig=channels))
    assert not row(repository, "train-1").is_broken
    (repository / "platform.yaml").write_text("rules: {storage/no-validation: error}\n")
    assert row(repository, "train-1").is_broken
    assert row(repository, "train-1").priority == 100


def test_a_job_from_a_template(repository: Path) -> None:
    has_template(repository)
    write_job(repository, job())
    commit(repository)
    one = row(repository, "train-1")
    assert (one.template, one.namespace, one.state) == ("large", "default", "committed")
    (repository / "templates/large.json").write_text("{")
    assert row(repository, "train-1").is_broken


def test_what_keeps_jobs_from_being_listed(repository: Path, tmp_path: Path) -> None:
    write_job(repository, minimal_job())
    (repository / "platform.yaml").write_text("namespaces: 7\n")
    ran = rayjobs("list", "--root", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "platform.yaml:1:13: error[schema/type]" in ran.stderr
    (tmp_path / "empty").mkdir()
    ran = rayjobs("list", "--root", tmp_path / "empty")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "error[source/no-jobs]" in ran.stderr


def test_the_last_job_may_be_gone(repository: Path) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    git(repository, "rm", "-q", file)
    commit(repository)
    assert not (repository / "jobs").exists()
    assert listed(repository) == []
    assert [one["name"] for one in listed(repository, "--deleted")] == ["train-1"]


def test_without_git(repository: Path) -> None:
    write_job(repository, minimal_job())
    ran = rayjobs("list", "--root", repository, "--format", "json")
    assert (ran.returncode, json.loads(ran.stdout)["history"]) == (0, "none")
    assert json.loads(ran.stdout)["jobs"][0]["state"] is None
    assert "not a git repository" in ran.stderr
    ran = rayjobs("list", "--deleted", "--root", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "hint:" in ran.stderr


def test_a_repository_without_a_commit(repository: Path) -> None:
    write_job(repository, minimal_job())
    git(repository, "init", "-q")
    assert row(repository, "train-1").state == "new"


def test_a_root_in_a_subdirectory_and_odd_paths(tmp_path: Path) -> None:
    root = tmp_path / 'süß "x"'
    root.mkdir()
    write_job(
        root,
        minimal_job(
            "ü-1",
        )
        | {"jobName": "train-1"},
        'ordner ü/"q"',
    )
    odd = root / os.fsdecode(b"jobs/\xff")
    odd.mkdir()
    (odd / "params.json").write_text(json.dumps(minimal_job("train-2")))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    commit(tmp_path)
    (one,) = jobs_with_history(root).listed
    assert (one.file, one.state) == ('jobs/ordner ü/"q"/params.json', "committed")
    assert removed_jobs(jobs_with_history(root)) == []


def test_a_shallow_clone_does_not_guess(repository: Path, tmp_path: Path) -> None:
    source = repository / "source"
    write_job(source, minimal_job("old"))
    commit(source)
    write_job(source, minimal_job("edited"))
    commit(source)
    write_job(source, minimal_job("edited", priority=7))
    write_job(source, minimal_job("new"))
    commit(source)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "2", source.as_uri(), str(clone))
    last = head(clone)
    found = {one.name: ids(one)[:2] for one in jobs_with_history(clone).listed}
    assert found == {"old": (None, None), "edited": (None, last), "new": (last, last)}
    ran = rayjobs("list", "--root", clone)
    assert ran.returncode == 0
    assert "shallow clone" in ran.stderr


def test_objects_that_a_partial_clone_lacks_are_said_and_not_fetched(
    repository: Path, tmp_path: Path
) -> None:
    source = repository / "source"
    file = write_job(source, minimal_job())
    commit(source)
    git(source, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    options = ("--filter=blob:none", "--no-checkout")
    git(tmp_path, "clone", "-q", *options, source.as_uri(), str(clone))
    (clone / file).parent.mkdir(parents=True)
    shutil.copy(source / file, clone / file)
    ran = rayjobs("list", "--root", clone)
    assert (ran.returncode, "train-1" in ran.stdout) == (0, True)
    assert "note: Git does not say since when jobs are there" in ran.stderr
    assert rayjobs("history", "train-1", "--root", clone).returncode == 1


def test_no_setting_of_the_user_changes_what_is_listed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_job(repository, minimal_job("ab"), "t/\xe4")
    commit(repository)
    write_job(repository, minimal_job("ab", priority=7), "t/\xe4")
    commit(repository)
    git(repository, "switch", "-q", "-c", "side")
    write_job(repository, minimal_job("new"))
    commit(repository)
    git(repository, "switch", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "--no-edit", "side")
    write_job(repository, minimal_job("untracked"))
    before = jobs_with_history(repository).listed
    assert [one.file for one in before if one.name == "ab"] == [file]
    (tmp_path / "gitconfig").write_text(
        "[log]\nshowSignature = true\nfollow = true\ndiffMerges = separate\nshowRoot = false\n"
        "[color]\nui = always\n[diff]\nrenames = copies\nrelative = true\nnoprefix = true\n"
        "[status]\nshowUntrackedFiles = no\nbranch = true\nshort = true\nrelativePaths = true\n"
        "[core]\nquotePath = true\n[format]\npretty = oneline\n"
        "[i18n]\nlogOutputEncoding = latin1\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert jobs_with_history(repository).listed == before


def test_a_commit_whose_date_is_none(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    raw = git(repository, "cat-file", "commit", "HEAD")
    lines = ["author T <t> nodate" if one.startswith("author") else one for one in raw.splitlines()]
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repository,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    git(repository, "update-ref", "HEAD", made)
    (one,) = listed(repository, "--sort", "added")
    assert (one["added"]["id"], one["added"]["authorDate"]) == (made, None)


def test_the_number_of_processes_does_not_grow_with_the_jobs(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path = tmp_path_factory.mktemp("outside")
    log, real = tmp_path / "log", shutil.which("git")
    wrapper(tmp_path / "bin", f'echo called >> "{log}"; exec "{real}" "$@"')
    ran = []
    for first, last in ((0, 1), (1, 100)):
        for number in range(first, last):
            write_job(repository, minimal_job(f"job-{number}"))
        commit(repository)
        log.write_text("")
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
            assert len(jobs_with_history(repository).listed) == last
        ran.append(len(log.read_text().splitlines()))
    assert ran == [8, 8]


def test_a_narrow_table_keeps_names_and_what_is_piped_is_whole() -> None:
    columns = [Column("NAME"), Column("GPU", 1, is_number=True), Column("CLUSTERS", 2)]
    rows = [["train-1", "8", "c1,c2"], ["x\u202e", "", "c1"]]
    assert table(columns, rows, None) == (
        "NAME     GPU  CLUSTERS\ntrain-1    8  c1,c2\nx\\u202e    -  c1\n"
    )
    assert table(columns, rows, 20) == "NAME     GPU\ntrain-1    8\nx\\u202e    -\n"
    assert table(columns, rows, 3) == "NAME\ntrain-1\nx\\u202e\n"


Tree = dict[str, int]
States = list[tuple[list[int], Tree]]


@st.composite
def states(draw: st.DrawFn) -> States:
    """Commits: the numbers of the parents, and what each file holds; merges may hold anything."""
    found: States = []
    for number in range(draw(st.integers(1, 9))):
        parents = st.lists(st.integers(0, number - 1), min_size=1, max_size=3, unique=True)
        tree = st.dictionaries(st.sampled_from(FILES), st.integers(0, 2))
        found.append((draw(parents) if number else [], draw(tree)))
    return found


def import_states(root: Path, commits: States) -> None:
    """A repository of these commits; each has one more file, so that no past is empty."""
    stream = []
    for number, (parents, tree) in enumerate(commits):
        stream += [f"commit refs/heads/main\nmark :{number + 1}"]
        stream += [f"committer t <t@example.com> {1700000000 + number * 60} +0000\ndata 1\nx"]
        stream += [
            f"{'merge' if place else 'from'} :{parent + 1}" for place, parent in enumerate(parents)
        ]
        stream += ["deleteall"]
        for file, content in {**tree, KEEP: number}.items():
            text = json.dumps({"jobName": file.split("/")[-2], "priority": content})
            stream += [f"M 100644 inline {file}\ndata {len(text)}\n{text}"]
    git(root, "init", "-q", "-b", "main")
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=root,
        input="\n".join(stream) + "\n",
        text=True,
        check=True,
    )


def ancestors(root: Path) -> dict[str, set[str]]:
    """Every commit of HEAD with those that led to it."""
    found: dict[str, set[str]] = {}
    for line in git(
        root, "rev-list", "--topo-order", "--reverse", "--parents", "HEAD"
    ).splitlines():
        one, *parents = line.split()
        found[one] = set(parents).union(*(found[parent] for parent in parents))
    return found


@settings(max_examples=25, deadline=None)
@given(states())
@example([([], {}), ([0], {FILES[0]: 0}), ([0, 1], {}), ([2], {FILES[0]: 0}), ([3, 1], {})])
def test_the_changes_of_a_file_are_those_that_git_log_names(commits: States) -> None:
    with TemporaryDirectory() as directory:
        root = Path(directory)
        import_states(root, commits)
        past = read_past(root, ("jobs",), is_job)
        assert isinstance(past, Past)
        before = ancestors(root)
        for file in (*FILES, KEEP):
            found = [one.commit.id for one in past.changes if one.file == file]
            assert len(found) == len(set(found))
            assert set(found) == set(git(root, "log", "--format=%H", "HEAD", "--", file).split())
            # Which of two comes first that know nothing of each other, git log decides anew for
            # each file.
            for place, commit_id in enumerate(found):
                assert before[commit_id].isdisjoint(found[:place])
            there = git(root, "ls-tree", "--object-only", "HEAD", "--", file)
            assert past.head.get(file, "") == there
