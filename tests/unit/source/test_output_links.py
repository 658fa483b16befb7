"""Outputs are written where they are named: through no link that the repository holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generator.source.files import link_in_repository
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.trees import states


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    write_job(root, minimal_job())
    subprocess.run(["git", "init", "--quiet", root], check=True)
    return root


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory with files that a link in the repository may point at."""
    place = tmp_path / "home"
    place.mkdir()
    (place / ".profile").write_text("mine\n")
    return place


def held_links(root: Path, outside: Path) -> None:
    (root / "file").symlink_to(outside / ".profile")
    (root / "dangling").symlink_to(outside / "new")
    (root / "directory").symlink_to(outside)
    (root / "deep").mkdir()
    (root / "deep/up").symlink_to("../directory")
    (root / "inner").symlink_to("deep")


LINKED = ["file", "dangling", "directory/new", "deep/up/new", "inner/new", "./deep/../file"]


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("where", ["relative", "absolute", "through a link outside"])
@pytest.mark.parametrize(
    "command",
    [
        ("check", "--conformance", "embedded", "--output"),
        ("check", "--conformance", "embedded", "--report", "junit="),
        ("validate", "--output"),
        ("diff", "--output"),
    ],
)
def test_a_report_is_not_written_through_a_link(
    repository: Path,
    outside: Path,
    tmp_path: Path,
    name: str,
    where: str,
    command: tuple[str, ...],
) -> None:
    held_links(repository, outside)
    (tmp_path / "own").symlink_to(repository)
    base = {"relative": "", "absolute": f"{repository}/"}.get(where, f"{tmp_path}/own/")
    before = states(tmp_path)
    *words, last = command
    target = [f"{last}{base}{name}"] if last.endswith("=") else [last, f"{base}{name}"]
    ran = rayjobs(*words, *target, "--root", repository, cwd=repository)
    assert ran.returncode == 1
    assert "symbolic link of the repository" in ran.stderr
    assert states(tmp_path) == before


def test_links_of_the_working_directorys_repository_count_too(
    repository: Path, outside: Path, tmp_path: Path
) -> None:
    held_links(repository, outside)
    other = tmp_path / "other"
    write_job(other, minimal_job())
    before = states(outside)
    words = ("validate", "--root", other, "--output", "file")
    assert rayjobs(*words, cwd=repository / "deep").returncode == 0
    assert rayjobs(*words[:-1], "../file", cwd=repository / "deep").returncode == 1
    assert states(outside) == before


def test_a_link_of_ones_own_is_followed(repository: Path, outside: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").symlink_to(outside)
    (outside / "latest").symlink_to(outside / "real")
    for name in ("report", "latest"):
        file = tmp_path / "reports" / name
        assert rayjobs("validate", "--output", file, "--root", repository).returncode == 0
        assert "1 job" in file.read_text()
    assert (outside / "real").is_file()
    words = ["validate", "--output", "/dev/stdout", "--root", str(repository)]
    start = [sys.executable, "-m", "generator", *words]
    ran = subprocess.run(start, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, "1 job" in ran.stdout) == (0, True)


def test_a_loop_of_links_ends(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert link_in_repository(tmp_path / "a", repository) is not None


@pytest.mark.parametrize("name", ["directory", "deep/up", "inner", "dangling"])
def test_a_page_is_not_written_through_a_link(
    repository: Path, outside: Path, tmp_path: Path, name: str
) -> None:
    held_links(repository, outside)
    before = states(tmp_path)
    words = ("page", name, "--offline", "--root", repository)
    ran = rayjobs(*words, cwd=repository)
    assert ran.returncode in (1, 2)
    assert "link" in ran.stderr
    assert states(tmp_path) == before


@pytest.mark.parametrize("name", ["directory", "inner", "directory/new"])
def test_a_new_repository_is_not_written_through_a_link(
    repository: Path, outside: Path, tmp_path: Path, name: str
) -> None:
    held_links(repository, outside)
    before = states(tmp_path)
    ran = rayjobs("init", name, cwd=repository)
    assert ran.returncode == 1
    assert "symbolic link" in ran.stderr
    assert states(tmp_path) == before


@pytest.mark.parametrize("place", ["jobs/vision", "jobs/vision/train-9"])
def test_a_new_job_is_not_written_through_a_link(
    repository: Path, outside: Path, tmp_path: Path, place: str
) -> None:
    (repository / place).parent.mkdir(parents=True, exist_ok=True)
    (repository / place).symlink_to(outside)
    before = states(tmp_path)
    words = ("new", "train-9", "--tenant", "vision", "--cluster", "c1", "--bucket", "b")
    more = ("--endpoint", "https://minio.local", "--prefix", "a.csv", "--root", repository)
    ran = rayjobs(*words, *more)
    assert ran.returncode == 1
    assert "link" in ran.stderr
    assert states(tmp_path) == before
