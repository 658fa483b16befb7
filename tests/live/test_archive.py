"""``rayjobs archive``: which jobs have ended everywhere, and taking their folders out of jobs/."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.commands.archive import ArchiveDocument
from generator.commands.archive.folders import read_tracked, refusals, remove_folders
from generator.karmada.amounts import duration_of
from tests.e2e.scenarios.members import PLATFORM
from tests.helpers.command import rayjobs
from tests.helpers.commits import commit, git
from tests.helpers.jobs import write_job
from tests.live.ended_jobs import (
    BINDINGS,
    CLUSTERS,
    RAYJOBS,
    RUNNING,
    ended,
    hold_job,
    member,
    on,
    repository_of,
)
from tests.live.recorded import TOKEN, Recorded
from tests.live.recordings import RECORDED
from tests.live.status_jobs import PUSHED

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def archive(repository: Path, kubeconfig: str) -> Run:
    """Run the command on the repository."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        given = ("--finished-for", "30d", "--kubeconfig", kubeconfig, *arguments)
        ran = rayjobs("archive", *given, cwd=repository)
        assert TOKEN not in ran.stdout + ran.stderr
        return ran

    return run


@pytest.fixture
def members(karmada: Recorded) -> Recorded:
    """A control plane whose members c1 and c2 answer."""
    karmada.hold(CLUSTERS, member("c1"), member("c2"))
    karmada.hold(RAYJOBS)
    karmada.hold(BINDINGS)
    return karmada


def document(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    Draft202012Validator(ArchiveDocument.json_schema()).validate(found)
    return found


def test_what_has_ended_everywhere_is_listed(
    repository: Path, members: Recorded, archive: Run
) -> None:
    jobs = [on("c1", "c2", name=name) for name in ("done", "failed", "recent", "goes-on", "half")]
    repository_of(repository, *jobs)
    hold_job(members, repository, "done", {"c1": ended(50), "c2": ended(40)})
    hold_job(members, repository, "failed", {"c1": ended(50), "c2": ended(45, "FAILED")})
    hold_job(members, repository, "recent", {"c1": ended(50), "c2": ended(3)})
    hold_job(members, repository, "goes-on", {"c1": ended(50), "c2": RUNNING})
    hold_job(members, repository, "half", {"c1": ended(50), "c2": None})
    found = document(archive("--format", "json"))
    assert found["deleted"] is False
    assert [(one["name"], one["failed"], one["clusters"]) for one in found["jobs"]] == [
        ("done", False, ["c1", "c2"]),
        ("failed", True, ["c1", "c2"]),
    ]
    (job, _) = found["jobs"]
    assert job["addedBy"] == "Test"
    assert job["commit"] == git(repository, "rev-parse", "HEAD")
    assert found["kept"] == []
    title, first, second, last = archive().stdout.splitlines()
    assert title.split() == ["JOB", "ENDED", "HOW", "AGO", "ADDED", "BY"]
    assert "succeeded  40d" in first
    assert first.endswith("Test")
    assert "failed     45d" in second
    assert last.startswith("2 jobs; --delete")
    assert (repository / "jobs/team/done").is_dir()


def test_what_was_recorded_on_the_real_engines(
    repository: Path, karmada: Recorded, archive: Run
) -> None:
    karmada.load(RECORDED / "status.json")
    (repository / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    repository_of(repository, *PUSHED)
    found = document(archive("--finished-for", "0h", "--format", "json"))
    assert [(one["name"], one["ended"], one["failed"]) for one in found["jobs"]] == [
        ("failed-1", "2026-11-01T10:30:00Z", True),
        ("succeeded-1", "2026-11-01T10:30:00Z", False),
    ]
    assert found["kept"] == []


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--finished-for", "6w"), ["old"]),
        (("--finished-for", "984h"), ["old"]),
        (("--tenant", "nobody"), []),
        (("--cluster", "c2"), ["old"]),
        (("--namespace", "default", "--algorithm", "xgboost"), ["new", "old"]),
    ],
)
def test_filters(
    options: tuple[str, ...], names: list[str], repository: Path, members: Recorded, archive: Run
) -> None:
    repository_of(repository, on("c1", name="new"), on("c2", name="old"))
    hold_job(members, repository, "new", {"c1": ended(40)})
    hold_job(members, repository, "old", {"c2": ended(60)})
    assert [one["name"] for one in document(archive(*options, "--format", "json"))["jobs"]] == names


Change: TypeAlias = Callable[[dict[str, Any], dict[str, Any], Recorded], None]


def other_spec(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    ray_job["spec"]["entrypoint"] = "python other.py"


def on_its_way_out(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    ray_job["metadata"]["deletionTimestamp"] = "2026-11-01T10:00:00Z"


def placed_anew(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    binding["status"]["conditions"][0]["status"] = "False"


def on_fewer(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    binding["spec"]["clusters"].pop()
    binding["status"]["aggregatedStatus"].pop()


def not_applied(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    binding["status"]["aggregatedStatus"][0] |= {"applied": False, "appliedMessage": "conflict"}


def gone(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    del karmada.lists[CLUSTERS][1]


def silent(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    karmada.lists[CLUSTERS][0] = member("c1", is_ready=False)


def without_end(ray_job: dict[str, Any], binding: dict[str, Any], karmada: Recorded) -> None:
    del binding["status"]["aggregatedStatus"][0]["status"]["endTime"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (other_spec, "on Karmada it is not as rendered"),
        (on_its_way_out, "Karmada is deleting it"),
        (placed_anew, "Karmada is about to place it otherwise"),
        (on_fewer, "c2 has no copy yet"),
        (not_applied, "Karmada does not say that c1 has its copy"),
        (gone, "c2 is not a member"),
        (silent, "c1 does not answer Karmada"),
        (without_end, "nobody says when it ended"),
    ],
)
def test_what_may_go_on_is_not_finished(
    change: Change, reason: str, repository: Path, members: Recorded, archive: Run
) -> None:
    repository_of(repository, on("c1", "c2"))
    change(*hold_job(members, repository, "train-1", {"c1": ended(40), "c2": ended(40)}), members)
    found = document(archive("--delete", "--format", "json"))
    assert found["jobs"] == []
    assert [one["reason"] for one in found["kept"]] == [reason]
    ran = archive()
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == (
        "no job has been finished for 30d\n"
        f"note: default/train-1 seems finished and stays: {reason}\n"
    )
    assert (repository / "jobs/team/train-1/params.json").is_file()


def test_one_of_several_clusters_is_enough_where_the_job_says_so(
    repository: Path, members: Recorded, archive: Run
) -> None:
    repository_of(repository, on("c1", "c2", scheduling={"mode": "one-of"}))
    hold_job(members, repository, "train-1", {"c2": ended(40)})
    assert len(document(archive("--format", "json"))["jobs"]) == 1


def test_a_job_that_is_edited_or_broken_stays(
    repository: Path, members: Recorded, archive: Run
) -> None:
    repository_of(repository, on("c1"))
    hold_job(members, repository, "train-1", {"c1": ended(40)})
    write_job(repository, on("c1", priority=7))
    ran = archive("--delete")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "jobs/team/train-1/params.json has changes that are not committed" in ran.stderr
    write_job(repository, on("c1", resources={}))
    assert document(archive("--format", "json"))["jobs"] == []
    (repository / "rendered/default/train-1.yaml").unlink()
    git(repository, "checkout", "-q", "--", "jobs")
    (kept,) = document(archive("--format", "json"))["kept"]
    assert kept["reason"] == "rendered/ does not have it"


def test_two_files_of_one_job_stay(repository: Path, members: Recorded, archive: Run) -> None:
    repository_of(repository, on("c1"))
    hold_job(members, repository, "train-1", {"c1": ended(40)})
    write_job(repository, on("c1"), "other/train-1")
    found = document(archive("--format", "json"))
    assert [one["reason"] for one in found["kept"]] == ["another file holds the same job"] * 2


def test_delete_takes_the_whole_folders_and_says_what_to_do(
    repository: Path, members: Recorded, archive: Run
) -> None:
    notes = repository / "jobs/team/done/notes/a.md"
    notes.parent.mkdir(parents=True)
    notes.write_text("why", encoding="utf-8")
    repository_of(repository, on("c1", name="done"), on("c1", name="stays"))
    write_job(repository, on("c1", name="deep"), "other/deeper/deep")
    repository_of(repository)
    hold_job(members, repository, "done", {"c1": ended(40)})
    hold_job(members, repository, "deep", {"c1": ended(40)})
    hold_job(members, repository, "stays", {"c1": RUNNING})
    ran = archive("--delete")
    assert ran.returncode == 0, ran.stderr
    assert "deleted the folders of 2 jobs; next: `rayjobs render`, then commit" in ran.stdout
    assert "claims stay" in ran.stdout
    assert os.listdir(repository / "jobs") == ["team"]
    assert not list(repository.rglob(".rayjobs-*"))
    assert os.listdir(repository / "jobs/team") == ["stays"]
    assert rayjobs("render", "--quiet", cwd=repository).returncode == 0
    commit(repository)
    assert "removed" in rayjobs("history", "done", cwd=repository).stdout
    assert document(archive("--delete", "--format", "json"))["jobs"] == []


def test_the_last_jobs_need_allow_empty(repository: Path, members: Recorded, archive: Run) -> None:
    repository_of(repository, on("c1"))
    hold_job(members, repository, "train-1", {"c1": ended(40)})
    assert "next: `rayjobs render --allow-empty`" in archive("--delete").stdout
    assert (repository / "jobs").is_dir()


def untracked(folder: Path) -> None:
    (folder / "note").write_text("not added", encoding="utf-8")


def ignored(folder: Path) -> None:
    (folder / "model.bin").write_text("not kept", encoding="utf-8")


def staged(folder: Path) -> None:
    (folder / "more").write_text("added", encoding="utf-8")
    git(folder, "add", "more")


def overlooked(folder: Path) -> None:
    git(folder, "update-index", "--assume-unchanged", "params.json")


def inner_job(folder: Path) -> None:
    write_job(folder.parents[2], on("c1", name="inner"), "team/train-1/inner")
    commit(folder.parents[2])


def inner_repository(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    git(inner, "commit", "-q", "--allow-empty", "-m", "inner")


def submodule(folder: Path) -> None:
    inner_repository(folder)
    git(folder, "add", "inner")
    git(folder, "commit", "-q", "-m", "a submodule")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (untracked, "jobs/team/train-1/note is not in Git"),
        (ignored, "jobs/team/train-1/model.bin is ignored by Git"),
        (staged, "jobs/team/train-1/more has changes that are not committed"),
        (overlooked, "params.json is a file whose changes Git was told to overlook"),
        (inner_job, "jobs/team/train-1/inner/params.json is another job"),
        (inner_repository, "jobs/team/train-1/inner/ is not in Git"),
        (submodule, "jobs/team/train-1/inner is a submodule"),
    ],
)
def test_what_git_could_not_bring_back_refuses_all(
    change: Callable[[Path], None], reason: str, repository: Path, members: Recorded, archive: Run
) -> None:
    (repository / ".gitignore").write_text("*.bin\n", encoding="utf-8")
    repository_of(repository, on("c1"), on("c1", name="clean"))
    for name in ("train-1", "clean"):
        hold_job(members, repository, name, {"c1": ended(40)})
    change(repository / "jobs/team/train-1")
    ran = archive("--delete")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "error: nothing was deleted\n  jobs/team/train-1: " in ran.stderr
    assert reason in ran.stderr
    for name in ("train-1", "clean"):
        assert (repository / f"jobs/team/{name}/params.json").is_file()


def test_without_git_nothing_is_deleted(repository: Path, members: Recorded, archive: Run) -> None:
    write_job(repository, on("c1"))
    assert rayjobs("render", "--quiet", cwd=repository).returncode == 0
    hold_job(members, repository, "train-1", {"c1": ended(40)})
    ran = archive("--delete")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "nothing was deleted: git says: not a git repository" in ran.stderr
    (job,) = document(archive("--format", "json"))["jobs"]
    assert (job["addedBy"], job["commit"]) == (None, None)


def test_links_are_removed_and_not_followed(repository: Path, tmp_path_factory: Any) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "kept").write_text("kept", encoding="utf-8")
    folder = (repository / write_job(repository, on("c1"))).parent
    (folder / "link").symlink_to(outside)
    (folder / "file-link").symlink_to(outside / "kept")
    commit(repository)
    tracked = read_tracked(repository)
    assert remove_folders(repository, ["jobs/team/train-1"], tracked) == []
    assert not folder.exists()
    assert (outside / "kept").read_text(encoding="utf-8") == "kept"


def test_a_folder_that_became_a_link_stays_with_all_others(
    repository: Path, tmp_path_factory: Any
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    folders = [f"jobs/team/{name}" for name in ("a", "b")]
    for folder in folders:
        write_job(repository, on("c1", name=folder[-1]))
    commit(repository)
    tracked = read_tracked(repository)
    (repository / "jobs/team/b").rename(outside / "b")
    (repository / "jobs/team/b").symlink_to(outside / "b")
    (refused,) = remove_folders(repository, folders, tracked)
    assert (refused.folder, refused.reason) == ("jobs/team/b", "it is no directory")
    assert (repository / "jobs/team/a/params.json").is_file()
    assert (outside / "b/params.json").is_file()
    assert not list(repository.rglob(".rayjobs-*"))


def test_a_file_that_comes_in_between_undoes_all(repository: Path) -> None:
    folders = [f"jobs/team/{name}" for name in ("a", "b")]
    for folder in folders:
        write_job(repository, on("c1", name=folder[-1]))
    commit(repository)
    tracked = read_tracked(repository)
    (repository / "jobs/team/b/late").write_text("late", encoding="utf-8")
    (refused,) = remove_folders(repository, folders, tracked)
    assert refused.reason == "its files have changed in the meantime"
    assert (repository / "jobs/team/a/params.json").is_file()
    assert (repository / "jobs/team/b/late").is_file()


def test_a_move_that_fails_undoes_all(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders_of = [f"jobs/team/{name}" for name in ("a", "b")]
    for folder in folders_of:
        write_job(repository, on("c1", name=folder[-1]))
    commit(repository)
    tracked = read_tracked(repository)
    rename = os.rename

    def failing(source: str, target: str, **places: int) -> None:
        if source == "b":
            raise PermissionError(13, "Permission denied")
        rename(source, target, **places)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(PermissionError):
        remove_folders(repository, folders_of, tracked)
    assert sorted(os.listdir(repository / "jobs/team")) == ["a", "b"]
    assert not list(repository.rglob(".rayjobs-*"))


def test_a_root_that_is_a_directory_of_a_larger_repository(tmp_path: Path) -> None:
    root = tmp_path / "training"
    for name in ("a", "b"):
        write_job(root, on("c1", name=name))
    commit(tmp_path)
    (root / "jobs/team/b/note").write_text("not added", encoding="utf-8")
    tracked = read_tracked(root)
    (refused,) = refusals(["jobs/team/a", "jobs/team/b"], tracked)
    assert refused.reason == "jobs/team/b/note is not in Git"
    assert remove_folders(root, ["jobs/team/a"], tracked) == []
    assert os.listdir(root / "jobs/team") == ["b"]


def test_a_job_without_a_folder_of_its_own(repository: Path) -> None:
    write_job(repository, on("c1"), ".")
    commit(repository)
    (refused,) = refusals(["jobs"], read_tracked(repository))
    assert refused.reason == "jobs/params.json has no folder of its own"


def test_karmada_that_cannot_be_read_deletes_nothing(repository: Path, tmp_path: Path) -> None:
    repository_of(repository, on("c1"))
    missing = str(tmp_path / "missing")
    options = ("--finished-for", "30d", "--delete", "--kubeconfig", missing)
    ran = rayjobs("archive", *options, cwd=repository)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert (repository / "jobs/team/train-1").is_dir()


def test_clusters_that_may_not_be_read_end_it(
    repository: Path, members: Recorded, archive: Run
) -> None:
    repository_of(repository, on("c1"))
    members.statuses[CLUSTERS] = [403] * 9
    assert archive().returncode == 3


@pytest.mark.parametrize("given", ["30", "d", "-1d", "1.5d", "30 d", "٣d", "100000d", ""])
def test_what_is_no_duration_exits_2(given: str, repository: Path) -> None:
    ran = rayjobs("archive", f"--finished-for={given}", cwd=repository)
    assert ran.returncode == 2
    assert "say 12h, 30d or 2w" in ran.stderr
    assert duration_of(given) is None


@given(st.integers(0, 99999), st.sampled_from("hdw"))
def test_a_duration(number: int, unit: str) -> None:
    one = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit]
    assert duration_of(f"{number}{unit}") == number * one
