"""``rayjobs history``: what became of a job, commit by commit, in its own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.history.as_json import HistoryDocument
from generator.history.field_diff import differences
from generator.history.listing import jobs_with_history
from generator.history.one_job import Entry, find_jobs_called, history_of
from tests.helpers.command import rayjobs
from tests.helpers.commits import commit, git
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.listing import head
from tests.helpers.templates import LARGE, has_template, job


def told(root: Path, name: str = "train-1") -> list[Entry]:
    """The entries of a job, oldest first."""
    jobs = jobs_with_history(root, templates=True)
    (known,) = find_jobs_called(jobs, name)
    return history_of(jobs, known)[::-1]


def kinds(entries: list[Entry]) -> list[str]:
    return [one.kind for one in entries]


def words(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [one.words for one in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": {"maxRuntimeSeconds": 3600}}, {"a": {"maxRuntimeSeconds": 7200}},
         "a.maxRuntimeSeconds 3600 → 7200"),
        ({"clusters": ["c0"]}, {"clusters": ["c0", "c1"]}, "clusters: c1 added"),
        ({"clusters": ["c0", "c1"]}, {"clusters": ["c2"]}, "clusters: c2 added, c0, c1 removed"),
        ({"clusters": ["c0", "c1"]}, {"clusters": ["c1", "c0"]}, "clusters: order is now c1, c0"),
        ({}, {"priority": 7}, "priority set to 7"),
        ({"priority": 7}, {}, "priority 7 removed"),
        ({"channels": [{"prefix": "a"}]}, {"channels": [{"prefix": "b c"}]},
         'channels[0].prefix a → "b c"'),
        ({"channels": [{"prefix": "a"}]}, {"channels": [{"prefix": "a"}, {"prefix": "b"}]},
         "channels[1].prefix set to b"),
        ({"x": None}, {"x": "null"}, 'x null → "null"'),
        ({"x": True}, {"x": 1}, "x true → 1"),
        ({"x": "a" * 200}, {}, f"x {'a' * 79}… removed"),
        ({"x": {}}, {}, "x {} removed"),
    ],
)  # fmt: skip
def test_a_change_in_words(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    assert words(before, after) == [said]


def test_what_is_no_change() -> None:
    assert words({"$schema": "a", "x": 6}, {"$schema": "../a", "x": 6.0}) == []


def test_a_credential_of_an_old_commit_is_not_repeated() -> None:
    url = "https://user:EXAMPLE@minio.local"
    held: dict[str, Any] = {"endpoint": url, "s3_secret": "EXAMPLE", "urls": [url]}
    for name, value in held.items():
        (one,) = differences({name: value}, {name: "x"})
        assert (one.is_hidden, one.before, one.after) == (True, None, None)
        assert "EXAMPLE" not in one.words


SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x"])
DOCUMENTS = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("de"), inner, max_size=2)
        ),
        max_leaves=5,
    ),
    max_size=3,
)


@given(DOCUMENTS, DOCUMENTS)
def test_two_documents_differ_exactly_where_they_are_not_the_same(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert differences(one, one) == []
    is_same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (differences(one, other) == []) == is_same
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    back = {
        (d.path, turned[d.change], repr(d.after), repr(d.before)) for d in differences(other, one)
    }
    assert {
        (d.path, d.change, repr(d.before), repr(d.after)) for d in differences(one, other)
    } == back


def test_the_life_of_a_job(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+02:00")
    file = write_job(repository, minimal_job())
    commit(repository)
    added = head(repository)
    write_job(repository, minimal_job(priority=7, targetClusters=["c2", "c1"]))
    commit(repository)
    edited = head(repository)
    (repository / "jobs/team/train-1").rename(repository / "jobs/moved")
    write_job(repository, minimal_job(priority=8, targetClusters=["c2", "c1"]), "moved")
    commit(repository)
    moved = head(repository)
    git(repository, "rm", "-q", "jobs/moved/params.json")
    commit(repository)
    expected = [
        f"2026-01-02T03:04:05+02:00  {head(repository)[:8]}  Test: removed",
        "  a state",
        "",
        f"2026-01-02T03:04:05+02:00  {moved[:8]}  Test: moved from {file} to "
        "jobs/moved/params.json",
        "  a state",
        "  - priority 7 → 8",
        "",
        f"2026-01-02T03:04:05+02:00  {edited[:8]}  Test: changed",
        "  a state",
        "  - targetClusters: c2 added",
        "  - priority set to 7",
        "",
        f"2026-01-02T03:04:05+02:00  {added[:8]}  Test: added",
        "  a state",
    ]
    for name in ("train-1", "default/train-1", file, "jobs/moved"):
        ran = rayjobs("history", name, "--root", repository)
        assert (ran.returncode, ran.stderr) == (0, "")
        head_line, _, *lines = ran.stdout.splitlines()
        assert head_line == "default/train-1 (jobs/moved/params.json)"
        assert sorted(lines) == sorted(expected)
        assert [one for one in lines if "Test:" in one] == [
            one for one in expected if "Test:" in one
        ]


def test_the_history_as_json(repository: Path) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    write_job(repository, minimal_job(priority=7))
    ran = rayjobs("history", "train-1", "--root", repository, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    Draft202012Validator(HistoryDocument.json_schema()).validate(document)
    assert (document["state"], document["file"]) == ("edited", file)
    now, added = document["changes"]
    assert added["commit"]["id"] == head(repository)
    assert (now["commit"], now["kind"]) == (None, "changed")
    (field,) = now["fields"]
    assert (field["path"], field["before"], field["after"]) == ("priority", None, 7)


def test_a_job_that_is_not_committed(repository: Path) -> None:
    write_job(repository, minimal_job("other"))
    commit(repository)
    write_job(repository, minimal_job())
    ran = rayjobs("history", "train-1", "--root", repository)
    assert ran.stdout.splitlines()[2:] == ["not committed yet: added"]
    (repository / "jobs/team/other/params.json").unlink()
    assert [(one.commit is None, one.kind) for one in told(repository, "other")] == [
        (False, "added"),
        (True, "removed"),
    ]


def test_a_version_that_is_broken_is_said_and_ends_nothing(repository: Path) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    for data in (b'{"jobName": "train-1",\n oops', b"\xff", b"[]"):
        (repository / file).write_bytes(data)
        commit(repository)
    write_job(repository, minimal_job(priority=7))
    commit(repository)
    entries = told(repository)
    assert kinds(entries) == ["added", *["changed"] * 4]
    notes = [one.note or "" for one in entries]
    assert notes[1].startswith("the file cannot be read: line 2: ")
    assert "is not UTF-8" in notes[2]
    assert notes[3:] == [
        "the file cannot be read: it holds no object",
        "the file can be read again",
    ]
    assert [one.words for one in entries[-1].differences] == ["priority set to 7"]


def test_a_job_that_is_written_otherwise(repository: Path) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    (repository / file).write_text(json.dumps(minimal_job()))
    commit(repository)
    assert told(repository)[-1].note == "written otherwise, with the same values"


def test_changes_through_a_template(repository: Path) -> None:
    has_template(repository)
    write_job(repository, job(priority=7))
    write_job(repository, minimal_job("alone"))
    commit(repository)
    has_template(repository, {**LARGE, "priority": 8})
    commit(repository)
    resources = {**LARGE["resources"], "instanceCount": 9}
    has_template(repository, {**LARGE, "priority": 9, "resources": resources})
    commit(repository)
    entries = told(repository)
    assert kinds(entries) == ["added", "template"]
    (one,) = entries[1].differences
    assert (one.path, one.after) == ("resources.instanceCount", 9)
    assert entries[1].file == "templates/large.json"
    assert kinds(told(repository, "alone")) == ["added"]


def test_a_merge_that_takes_one_side_has_only_its_changes(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    git(repository, "switch", "-q", "-c", "side")
    write_job(repository, minimal_job(priority=7))
    commit(repository)
    git(repository, "switch", "-q", "main")
    write_job(repository, minimal_job("other"))
    commit(repository)
    git(repository, "merge", "-q", "-s", "ours", "--no-edit", "side")
    assert kinds(told(repository)) == ["added"]
    git(repository, "reset", "-q", "--hard", "HEAD^")
    git(repository, "merge", "-q", "--no-edit", "side")
    assert kinds(told(repository)) == ["added", "changed"]


def test_a_copy_is_no_move(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    write_job(repository, minimal_job(), "b/two")
    commit(repository)
    (repository / "jobs/team/train-1/params.json").unlink()
    commit(repository)
    jobs = jobs_with_history(repository)
    (known,) = find_jobs_called(jobs, "train-1")
    assert kinds(history_of(jobs, known)[::-1]) == ["added", "copied", "moved"]


def test_a_shallow_clone_says_where_it_begins(repository: Path, tmp_path: Path) -> None:
    source = repository / "source"
    write_job(source, minimal_job())
    commit(source)
    commit(source)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", source.as_uri(), str(clone))
    ran = rayjobs("history", "train-1", "--root", clone)
    assert ran.returncode == 0
    assert "there already, in the oldest commit of this shallow clone" in ran.stdout
    assert "git fetch --unshallow" in ran.stderr


def test_jobs_that_cannot_be_meant(repository: Path) -> None:
    write_job(repository, minimal_job("a-job"))
    write_job(repository, minimal_job("a-job", namespace="n"), "n/a-job")
    commit(repository)
    for name, code, said in (
        ("a-jbo", 2, "did you mean a-job?"),
        ("nothing", 2, "rayjobs list --deleted"),
        ("a-job", 2, "several jobs are called that: default/a-job, n/a-job"),
    ):
        ran = rayjobs("history", name, "--root", repository, environment={"COLUMNS": "300"})
        assert (ran.returncode, ran.stdout) == (code, "")
        assert said in ran.stderr
    assert rayjobs("history", "n/a-job", "--root", repository).returncode == 0


def test_without_git_there_is_no_history(repository: Path) -> None:
    write_job(repository, minimal_job())
    ran = rayjobs("history", "train-1", "--root", repository)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "not a git repository" in ran.stderr
