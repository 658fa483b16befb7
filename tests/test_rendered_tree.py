"""The rendered tree: only ours, whole or not at all, and mended by the next run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Report, minimal_job, rayjobs, write_job

JOB_FILE = "rendered/default/train-1.yaml"


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file of rendered/, read through no link."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "rendered").rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def sized_job(name: str = "train-1", **changes: Any) -> dict[str, Any]:
    job = minimal_job(name, **changes)
    job["resources"]["volumeSizeGB"] = 5
    return job


@pytest.fixture
def rendered(repository: Path) -> Path:
    """A repository with one job, rendered."""
    write_job(repository, sized_job())
    assert rayjobs("render", "--root", repository).returncode == 0
    return repository


def test_the_plan_says_what_changes(rendered: Path, report: Report) -> None:
    write_job(rendered, sized_job("other"))
    shutil.rmtree(rendered / "jobs/team/train-1")
    (rendered / "rendered/default/storage/kham-pv-for-xgboost.yaml").write_text(
        "# Rendered by rayjobs. Do not edit\n"
    )
    expected = {
        "create": ["rendered/default/other.yaml"],
        "change": ["rendered/default/storage/kham-pv-for-xgboost.yaml"],
        "delete": [JOB_FILE],
    }
    assert report("diff")["plan"] == expected
    assert report("render")["plan"] == expected
    assert report("render")["plan"] == {"create": [], "change": [], "delete": []}
    assert not (rendered / JOB_FILE).exists()


def test_a_run_without_changes_writes_nothing(rendered: Path) -> None:
    def states() -> dict[Path, tuple[int, int]]:
        paths = [rendered, *rendered.rglob("*")]
        return {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}

    before = states()
    assert rayjobs("render", "--root", rendered).returncode == 0
    assert states() == before


def test_one_invalid_job_and_nothing_is_written(rendered: Path) -> None:
    before = snapshot(rendered)
    write_job(rendered, sized_job("good"))
    write_job(rendered, sized_job("bad", priority=0))
    assert rayjobs("render", "--root", rendered).returncode == 1
    assert snapshot(rendered) == before


def test_a_foreign_file_is_left_alone(rendered: Path, report: Report) -> None:
    foreign = rendered / "rendered/default/mine.yaml"
    foreign.write_text("kind: Secret\n")
    write_job(rendered, sized_job("other"))
    document = report("render")
    assert [(d["rule"], d["file"]) for d in document["diagnostics"]] == [
        ("rendered/foreign-file", "rendered/default/mine.yaml")
    ]
    assert foreign.read_text() == "kind: Secret\n"
    assert (rendered / "rendered/default/other.yaml").is_file()


def test_a_foreign_file_in_the_way_is_an_error(rendered: Path, report: Report) -> None:
    (rendered / JOB_FILE).write_text("kind: Secret\n")
    write_job(rendered, sized_job("other"))
    (found,) = report("render")["diagnostics"]
    assert (found["rule"], found["file"]) == ("rendered/in-the-way", JOB_FILE)
    assert (rendered / JOB_FILE).read_text() == "kind: Secret\n"
    assert not (rendered / "rendered/default/other.yaml").exists()


@pytest.mark.parametrize("place", [JOB_FILE, "rendered/default", "rendered"])
def test_no_link_is_followed(rendered: Path, report: Report, tmp_path: Path, place: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(rendered / place, elsewhere)
    (rendered / place).symlink_to(elsewhere)
    before = elsewhere.read_bytes() if elsewhere.is_file() else snapshot(elsewhere.parent)
    write_job(rendered, sized_job(targetClusters=["c9"]))
    for command in ("render", "check"):
        found = report(command)["diagnostics"]
        assert ("rendered/symlink", place) in [(d["rule"], d["file"]) for d in found]
    after = elsewhere.read_bytes() if elsewhere.is_file() else snapshot(elsewhere.parent)
    assert after == before


@pytest.mark.parametrize(
    ("place", "makes_directory"),
    [(JOB_FILE, True), ("rendered/default", False), ("rendered", False)],
)
def test_something_else_in_the_way(
    repository: Path, report: Report, place: str, makes_directory: bool
) -> None:
    write_job(repository, sized_job())
    (repository / place).parent.mkdir(parents=True, exist_ok=True)
    if makes_directory:
        (repository / place).mkdir()
    else:
        (repository / place).write_text("mine\n")
    (found,) = report("render")["diagnostics"]
    assert (found["rule"], found["file"]) == ("rendered/in-the-way", place)


def test_emptying_the_tree_needs_a_flag(rendered: Path, report: Report) -> None:
    before = snapshot(rendered)
    shutil.rmtree(rendered / "jobs/team")
    for command in ("render", "check"):
        rules = {d["rule"] for d in report(command)["diagnostics"]}
        assert "rendered/would-be-empty" in rules
    assert snapshot(rendered) == before
    shutil.rmtree(rendered / "jobs")
    assert report("render")["diagnostics"][0]["rule"] == "source/no-jobs"
    assert snapshot(rendered) == before
    assert report("render", "--allow-empty")["diagnostics"] == []
    assert snapshot(rendered) == {}
    assert report("check", "--allow-empty")["diagnostics"] == []


def test_directories_go_with_their_last_file(rendered: Path) -> None:
    write_job(rendered, sized_job("other", namespace="team-b"))
    rayjobs("render", "--root", rendered)
    shutil.rmtree(rendered / "jobs/team/other")
    assert rayjobs("render", "--root", rendered).returncode == 0
    assert not (rendered / "rendered/team-b").exists()
    assert (rendered / JOB_FILE).is_file()


def test_a_hand_edit_is_drift(rendered: Path, report: Report) -> None:
    (rendered / JOB_FILE).write_text((rendered / JOB_FILE).read_text() + "# edited\n")
    (found,) = report("check")["diagnostics"]
    assert (found["rule"], found["file"]) == ("rendered/stale", JOB_FILE)
    assert "rayjobs render" in found["hint"]


def test_leftovers_of_a_killed_run_go(rendered: Path) -> None:
    before = snapshot(rendered)
    for directory in ("rendered", "rendered/default"):
        (rendered / directory / ".rayjobs-1-1.tmp").write_text("half")
    assert rayjobs("check", "--root", rendered).returncode == 0
    assert rayjobs("render", "--root", rendered).returncode == 0
    assert snapshot(rendered) == before


def in_namespace(script: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a mount namespace of its own; mounts go with it."""
    return subprocess.run(
        [
            *("unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])),
            *("sh", "-ec", script, "sh", str(root), sys.executable),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_read_only_tree(rendered: Path) -> None:
    write_job(rendered, sized_job("other"))
    before = snapshot(rendered)
    ran = in_namespace(
        'mount --bind "$1/rendered" "$1/rendered"; mount -o remount,bind,ro "$1/rendered";'
        '"$2" -m generator render --root "$1"',
        rendered,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "rendered/cannot-write" in ran.stdout
    assert "Read-only file system" in ran.stdout
    assert snapshot(rendered) == before


def test_a_full_disk(rendered: Path) -> None:
    for number in range(40):
        write_job(rendered, sized_job(f"more-{number}"))
    write_job(rendered, sized_job(targetClusters=["c7"]))
    kept = rendered / "kept"
    ran = in_namespace(
        'cp -r "$1/rendered" "$1/kept"; mount -t tmpfs -o size=64k none "$1/rendered";'
        'cp -r "$1/kept/." "$1/rendered"; "$2" -m generator render --root "$1" || code=$?;'
        'rm -r "$1/kept"; cp -r "$1/rendered" "$1/kept"; exit "$code"',
        rendered,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "No space left on device" in ran.stdout
    left = {str(p.relative_to(kept)): p.read_bytes() for p in kept.rglob("*") if p.is_file()}
    assert {f"rendered/{name}": content for name, content in left.items()} == snapshot(rendered)


def start_render(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "generator", "render", "--quiet", "--root", str(root)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_kill_at_any_point_leaves_every_file_whole(repository: Path) -> None:
    for number in range(150):
        write_job(repository, sized_job(f"job-{number}"))
    assert rayjobs("render", "--root", repository).returncode == 0
    old = snapshot(repository)
    for number in range(150):
        changed = sized_job(f"job-{number}", targetClusters=[f"c{number}"])
        write_job(repository, changed, f"team/job-{number}")
    shutil.rmtree(repository / "jobs/team/job-149")
    started = time.monotonic()
    shutil.copytree(repository, repository.with_name("whole"))
    assert start_render(repository.with_name("whole")).wait() == 0
    seconds = time.monotonic() - started
    new = snapshot(repository.with_name("whole"))

    generator = random.Random(7)
    for _ in range(25):
        process = start_render(repository)
        # Later delays end in the middle of staging, replacing and deleting.
        time.sleep(generator.uniform(0.3, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for name, content in snapshot(repository).items():
            if not name.endswith(".tmp"):
                assert content in (old.get(name), new.get(name)), name
    assert rayjobs("render", "--root", repository).returncode == 0
    assert snapshot(repository) == new


def test_runs_at_once_do_not_corrupt(repository: Path) -> None:
    for number in range(60):
        write_job(repository, sized_job(f"job-{number}"))
    runs = [start_render(repository) for _ in range(4)]
    assert [run.wait() for run in runs] == [0, 0, 0, 0]
    assert rayjobs("check", "--root", repository).returncode == 0
    assert not any(name.endswith(".tmp") for name in snapshot(repository))
