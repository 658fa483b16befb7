"""rendered/ belongs to the program alone: whatever else lies there is refused, and stays."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.trees import errors, snapshot, states

HEADER = "# Rendered by rayjobs.\n"
MANIFEST = "kind: Secret\n"
NAMES = [
    "default/mine.yaml",
    "default/storage/mine.yml",
    "default/mine.json",
    "default/.hidden",
    "default/.argocd-source.yaml",
    "default/.gitattributes",
    "kube-public/deep/er/x.yaml",
    "kustomization.yaml",
    "Kustomization",
    ".sourceignore",
    ".gitmodules",
    ".gitkeep",
    ".git",
    "default/.git",
    "default/.rayjobs-mine",
    "a\nb.yaml",
]


def job_in(root: Path, **changes: Any) -> None:
    job = minimal_job(**changes)
    job["resources"]["volumeSizeGB"] = 5
    write_job(root, job)


@pytest.fixture
def rendered(repository: Path) -> Path:
    job_in(repository)
    (repository / "platform.yaml").write_text("clusters: {c1: {}, c9: {}}\n")
    assert rayjobs("render", "--root", repository).returncode == 0
    assert rayjobs("sync", "flux", "--root", repository).returncode == 0
    return repository


def refused(report: Report, *command: str) -> list[tuple[str, str]]:
    return errors(report(*command))


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_file_is_refused_and_nothing_is_written(
    rendered: Path, report: Report, name: str
) -> None:
    file = rendered / "rendered" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(MANIFEST)
    job_in(rendered, targetClusters=["c9"])
    before = states(rendered)
    place = ("rendered/foreign-file", f"rendered/{name}")
    assert place in refused(report, "check")
    assert refused(report, "render") == [place]
    assert refused(report, "diff") == [place]
    assert states(rendered) == before


@pytest.mark.parametrize("name", ["kustomization.yaml", ".sourceignore", "team/x.yaml", ".git"])
def test_a_foreign_file_beside_kustomizations_is_refused(
    rendered: Path, report: Report, name: str
) -> None:
    file = rendered / "sync/flux/namespaces" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(MANIFEST)
    before = states(rendered)
    place = ("rendered/foreign-file", f"sync/flux/namespaces/{name}")
    assert refused(report, "check") == [place]
    assert refused(report, "sync", "flux") == [place]
    assert states(rendered) == before


@pytest.mark.parametrize("flag", ["--allow-empty", "--quiet"])
@pytest.mark.parametrize("rules", ["rendered/foreign-file: off", "rendered/foreign-file: warning"])
def test_nothing_weakens_it(rendered: Path, flag: str, rules: str) -> None:
    (rendered / "rendered/mine.yaml").write_text(MANIFEST)
    assert rayjobs("check", flag, "--root", rendered).returncode == 1
    (rendered / "platform.yaml").write_text(f"rules:\n  {rules}\n")
    assert rayjobs("check", flag, "--root", rendered).returncode == 1
    assert rayjobs("check", "--keep-foreign", "--root", rendered).returncode == 2


@pytest.mark.parametrize("name", ["empty", "default/empty", "default/storage/deep", ".empty"])
def test_an_empty_directory_may_be_a_submodule_and_is_refused(
    rendered: Path, report: Report, name: str
) -> None:
    (rendered / "rendered" / name).mkdir()
    before = states(rendered)
    place = ("rendered/foreign-directory", f"rendered/{name}")
    assert refused(report, "check") == [place]
    assert refused(report, "render") == [place]
    assert states(rendered) == before


def test_a_submodule_is_refused_checked_out_or_not(
    rendered: Path, report: Report, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(
            ["git", "-C", str(rendered), *identity, *words], check=True, capture_output=True
        )

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "base")
    git("clone", "--quiet", ".", "rendered/team")
    assert ("rendered/foreign-file", "rendered/team/.git") in refused(report, "check")
    git("add", "rendered/team")
    git("commit", "--quiet", "--message", "gitlink")
    clone = tmp_path_factory.mktemp("clone") / "repository"
    subprocess.run(["git", "clone", "--quiet", rendered, clone], check=True)
    ran = rayjobs("check", "--root", clone)
    assert ran.returncode == 1
    assert "rendered/team: error[rendered/foreign-directory]" in ran.stdout


def executable(file: Path) -> None:
    file.chmod(0o755)


def edited(file: Path) -> None:
    file.write_text(file.read_text() + "\n")


def moved(file: Path) -> None:
    file.rename(file.with_name("elsewhere.yaml"))


def copied(file: Path) -> None:
    file.with_name("copy.txt").write_bytes(file.read_bytes())


def left(file: Path) -> None:
    file.with_name(".rayjobs-9-9.tmp").write_text(MANIFEST)


@pytest.mark.parametrize("change", [executable, edited, moved, copied, left])
@pytest.mark.parametrize(
    ("place", "command", "rule"),
    [
        ("rendered/default/train-1.yaml", ("render",), "rendered/stale"),
        ("sync/flux/namespaces/default.yaml", ("sync", "flux"), "sync/stale"),
    ],
)
def test_what_is_ours_has_its_path_its_bytes_and_its_mode(
    rendered: Path,
    report: Report,
    change: Callable[[Path], None],
    place: str,
    command: tuple[str, ...],
    rule: str,
) -> None:
    before = {path: path.stat().st_mode for path in rendered.rglob("*")}
    change(rendered / place)
    found = refused(report, "check")
    assert found
    assert {one for one, _ in found} == {rule}
    assert refused(report, *command) == []
    assert {path: path.stat().st_mode for path in rendered.rglob("*")} == before
    assert refused(report, "check") == []


def test_modes_count_only_where_the_file_system_has_them(rendered: Path, report: Report) -> None:
    executable(rendered / "rendered/default/train-1.yaml")
    subprocess.run(["git", "init", "--quiet", rendered], check=True)
    subprocess.run(["git", "-C", rendered, "config", "core.fileMode", "false"], check=True)
    assert refused(report, "check") == []


def test_a_person_may_keep_foreign_files(rendered: Path, report: Report) -> None:
    (rendered / "rendered/mine.yaml").write_text(MANIFEST)
    (rendered / "rendered/empty").mkdir()
    job_in(rendered, targetClusters=["c9"])
    document = report("render", "--keep-foreign")
    assert [(one["rule"], one["severity"]) for one in document["diagnostics"]] == [
        ("rendered/foreign-directory", "warning"),
        ("rendered/foreign-file", "warning"),
    ]
    assert document["plan"]["change"]
    assert (rendered / "rendered/mine.yaml").read_text() == MANIFEST
    assert (rendered / "rendered/empty").is_dir()
    assert rayjobs("check", "--root", rendered).returncode == 1


def test_links_stay_errors_for_everyone(rendered: Path) -> None:
    (rendered / "rendered/same.yaml").symlink_to("default/train-1.yaml")
    ran = rayjobs("render", "--keep-foreign", "--root", rendered)
    assert (ran.returncode, "error[rendered/symlink]" in ran.stdout) == (1, True)


def test_empty_directories_of_a_killed_run_go_with_what_it_left(
    rendered: Path, report: Report
) -> None:
    before = snapshot(rendered), sorted((rendered / "rendered").rglob("*"))
    (rendered / "rendered/team-z/storage").mkdir(parents=True)
    (rendered / "rendered/.rayjobs-9-0.tmp").touch()
    assert refused(report, "check") == [
        ("rendered/stale", "rendered/.rayjobs-9-0.tmp"),
        ("rendered/stale", "rendered/team-z/storage"),
    ]
    assert refused(report, "render") == []
    assert (snapshot(rendered), sorted((rendered / "rendered").rglob("*"))) == before


def test_a_device_called_like_our_temporary_files_is_foreign(
    rendered: Path, report: Report
) -> None:
    os.mkfifo(rendered / "rendered/.rayjobs-1.tmp")
    assert refused(report, "render") == [("rendered/foreign-file", "rendered/.rayjobs-1.tmp")]


def gitlink(root: Path, place: str) -> None:
    """Commit a submodule at ``place``, as a clone without submodules has it: an empty directory."""
    (root / place).mkdir(parents=True)


def test_a_submodule_in_place_of_the_tree_is_refused(repository: Path, report: Report) -> None:
    gitlink(repository, "rendered")
    gitlink(repository, "sync/flux/namespaces")
    found = [
        ("rendered/foreign-directory", "rendered"),
        ("rendered/foreign-directory", "sync/flux/namespaces"),
    ]
    assert refused(report, "check") == found
    assert refused(report, "render") == found[:1]


def test_the_last_job_takes_the_tree_with_it(rendered: Path, report: Report) -> None:
    shutil.rmtree(rendered / "jobs/team")
    for command in (("render",), ("sync", "flux")):
        assert refused(report, *command, "--allow-empty") == []
    assert not (rendered / "rendered").exists()
    assert refused(report, "check") == []


@pytest.mark.parametrize("place", ["sync", "sync/flux"])
@pytest.mark.parametrize("what", ["link to nothing", "link", "submodule"])
def test_what_stands_above_kustomizations_does_not_hide_them(
    rendered: Path, report: Report, place: str, what: str
) -> None:
    (rendered / place).rename(rendered / "elsewhere")
    if what == "submodule":
        gitlink(rendered, place)
    else:
        (rendered / place).symlink_to("nowhere" if what == "link to nothing" else "../elsewhere")
    rule = "rendered/foreign-directory" if what == "submodule" else "rendered/symlink"
    assert refused(report, "check") == [(rule, place)]


def test_a_deep_directory_is_refused_and_not_walked(rendered: Path, report: Report) -> None:
    place = rendered / "rendered/default"
    for _ in range(300):
        place = place / "a"
        place.mkdir()
    (place / "x.yaml").write_text(MANIFEST)
    ((rule, file),) = refused(report, "check")
    assert (rule, file.count("/")) == ("rendered/foreign-directory", 9)
