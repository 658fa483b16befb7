"""The rendered tree: only ours, whole or not at all, and mended by the next run."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import pytest

from generator.check import pipeline
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.trees import errors, snapshot, states
from tools.rule_examples import obeying_modes

JOB_FILE = "rendered/default/train-1.yaml"
DEFECTS = "rendered/default/train-defects-1.yaml"
KEPT = {
    "rendered/team-audio/namespace.yaml",
    "rendered/team-audio/quota.yaml",
    "rendered/team-text/namespace.yaml",
}
"""What the sample has without a job."""
NOTHING: dict[str, list[str]] = {"create": [], "change": [], "delete": []}


def sized_job(name: str = "train-1", **changes: Any) -> dict[str, Any]:
    job = minimal_job(name, **changes)
    job["resources"]["volumeSizeGB"] = 5
    return job


def move_job(root: Path, name: str, cluster: str) -> None:
    """Make the job ``name`` of the sample run on ``cluster`` alone."""
    (file,) = (root / "jobs").glob(f"*/{name}/params.json")
    job = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**job, "targetClusters": [cluster]}), encoding="utf-8")


@pytest.fixture
def rendered(repository: Path) -> Path:
    """A repository with one job, rendered."""
    write_job(repository, sized_job())
    assert rayjobs("render", "--root", repository).returncode == 0
    return repository


def test_the_committed_tree_is_what_a_clean_render_gives(sample: Path, report: Report) -> None:
    shutil.rmtree(sample / "rendered")
    assert report("render")["plan"] == {**NOTHING, "create": sorted(snapshot(ROOT))}
    assert snapshot(sample) == snapshot(ROOT)


def test_a_plan_creates_changes_deletes_and_keeps(sample: Path, report: Report) -> None:
    before, stood = snapshot(sample), states(sample)
    assert before == snapshot(ROOT)
    write_job(sample, sized_job("other", namespace="team-b"))
    move_job(sample, "train-defects-1", "cluster-gpu-0")
    shutil.rmtree(sample / "jobs/text/train-sentiment-1")
    expected = {
        "create": [
            "rendered/team-b/credentials/s3-credentials.yaml",
            "rendered/team-b/other.yaml",
            "rendered/team-b/storage/kham-pv-for-xgboost.yaml",
        ],
        "change": [
            DEFECTS,
            "rendered/default/storage/vision-results.yaml",
            "rendered/team-text/credentials/s3-credentials.yaml",
            "rendered/team-text/storage/team-text-results.yaml",
        ],
        "delete": ["rendered/team-text/train-sentiment-1.yaml"],
    }
    expected["change"].sort()
    assert report("diff")["plan"] == expected
    assert snapshot(sample) == before
    assert report("render")["plan"] == expected
    after, stand = snapshot(sample), states(sample)
    assert sorted(set(after) - set(before)) == expected["create"]
    assert sorted(set(before) - set(after)) == expected["delete"]
    assert sorted(n for n in before if after.get(n, before[n]) != before[n]) == expected["change"]
    kept = set(before) - set(expected["change"]) - set(expected["delete"])
    assert "rendered/team-text/namespace.yaml" in kept
    for name in kept:
        assert stand[str(sample / name)] == stood[str(sample / name)]
    assert report("render")["plan"] == NOTHING
    assert errors(report("check")) == []


@pytest.mark.parametrize("command", ["render", "check", "diff"])
def test_a_run_without_changes_writes_nothing(sample: Path, command: str) -> None:
    before = states(sample)
    assert rayjobs(command, "--root", sample).returncode == 0
    assert states(sample) == before


@pytest.mark.parametrize("first", [True, False])
def test_one_invalid_job_and_nothing_is_written(sample: Path, first: bool) -> None:
    write_job(sample, sized_job("good"))
    shutil.rmtree(sample / "jobs/text/train-sentiment-1")
    write_job(sample, sized_job("bad", priority=0), "a/bad" if first else "z/bad")
    before = states(sample)
    assert rayjobs("render", "--root", sample).returncode == 1
    assert states(sample) == before


def test_an_invalid_job_alone_does_not_make_the_tree(repository: Path) -> None:
    write_job(repository, sized_job(priority=0))
    assert rayjobs("render", "--root", repository).returncode == 1
    assert not (repository / "rendered").exists()


def test_foreign_files_are_left_alone(sample: Path, report: Report) -> None:
    names = ["default/mine.yaml", "new/deep/mine.txt", "team-text/storage/.hidden", "top.yaml"]
    foreign = [sample / "rendered" / name for name in names]
    for file in foreign:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kind: Secret\n")
    before = [states(file) for file in foreign]
    write_job(sample, sized_job("other"))
    expected = [("rendered/foreign-file", f"rendered/{name}") for name in names]
    for command in ("check", "render"):
        assert [one for one in errors(report(command)) if one[0] != "rendered/stale"] == expected
        assert not (sample / "rendered/default/other.yaml").exists()
    document = report("render", "--keep-foreign")
    assert errors(document) == []
    assert [states(file) for file in foreign] == before
    assert (sample / "rendered/default/other.yaml").is_file()


def test_a_foreign_file_in_the_way_is_an_error(sample: Path, report: Report) -> None:
    (sample / DEFECTS).write_text("kind: Secret\n")
    write_job(sample, sized_job("other"))
    move_job(sample, "train-topics-1", "c9")
    before = states(sample)
    for command in ("render", "check"):
        assert ("rendered/in-the-way", DEFECTS) in errors(report(command))
    assert states(sample) == before


def test_a_link_to_nothing_is_not_written_through(
    sample: Path, report: Report, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nowhere = tmp_path_factory.mktemp("outside") / "nowhere"
    (sample / DEFECTS).unlink()
    (sample / DEFECTS).symlink_to(nowhere)
    before = states(sample)
    assert errors(report("render")) == [("rendered/symlink", DEFECTS)]
    assert states(sample) == before
    assert not nowhere.exists()


@pytest.mark.parametrize(
    "place", [DEFECTS, "rendered/default", "rendered/default/storage", "rendered"]
)
def test_no_link_is_followed(
    sample: Path, report: Report, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.move(sample / place, outside / "moved")
    (sample / place).symlink_to(outside / "moved")
    write_job(sample, sized_job("other"))
    move_job(sample, "train-defects-1", "c9")
    # Deleting through a link would be as bad as writing through it.
    shutil.rmtree(sample / "jobs/guide")
    before, there = states(sample), states(outside)
    for command in ("render", "check"):
        assert ("rendered/symlink", place) in errors(report(command))
        assert states(outside) == there
    assert states(sample) == before


@pytest.mark.parametrize(
    ("place", "content"),
    [
        (DEFECTS, None),
        ("rendered/default", "mine\n"),
        ("rendered/default/storage", "# Rendered by rayjobs.\n"),
        ("rendered", "mine\n"),
    ],
)
def test_something_else_in_the_way(
    sample: Path, report: Report, place: str, content: str | None
) -> None:
    """A directory where there is no ``content``, else a file."""
    if (sample / place).is_dir():
        shutil.rmtree(sample / place)
    else:
        (sample / place).unlink()
    if content is None:
        (sample / place).mkdir()
        (sample / place / "mine").write_text("mine\n")
    else:
        (sample / place).write_text(content)
    write_job(sample, sized_job("other"))
    before = states(sample)
    found = [("rendered/in-the-way", place)]
    if content is None:
        found.append(("rendered/foreign-file", f"{place}/mine"))
    assert errors(report("render")) == found
    assert ("rendered/in-the-way", place) in errors(report("check"))
    assert states(sample) == before


def test_emptying_the_tree_needs_a_flag(rendered: Path, report: Report) -> None:
    before = states(rendered / "rendered")
    shutil.rmtree(rendered / "jobs/team")
    for command in ("render", "check", "diff"):
        assert ("rendered/would-be-empty", "rendered") in errors(report(command))
    assert states(rendered / "rendered") == before
    told = errors(report("check", "--allow-empty"))
    assert {rule for rule, _ in told} == {"rendered/stale"}
    assert [file for _, file in told] == sorted(snapshot(rendered))
    assert states(rendered / "rendered") == before
    assert report("render", "--allow-empty")["diagnostics"] == []
    assert snapshot(rendered) == {}
    assert report("check")["diagnostics"] == []


def test_listed_namespaces_keep_the_tree_from_being_emptied(sample: Path, report: Report) -> None:
    before = set(snapshot(sample))
    for tenant in (sample / "jobs").iterdir():
        shutil.rmtree(tenant)
    plan = report("render")
    assert plan["diagnostics"] == []
    assert set(plan["plan"]["delete"]) == before - KEPT
    assert set(snapshot(sample)) == KEPT
    assert report("check")["diagnostics"] == []
    assert sorted(p.name for p in (sample / "rendered").iterdir()) == [
        "team-audio",
        "team-text",
    ]


@pytest.mark.parametrize("listed", [True, False])
def test_a_missing_jobs_directory_is_an_error(sample: Path, report: Report, listed: bool) -> None:
    if not listed:
        (sample / "platform.yaml").unlink()
    shutil.rmtree(sample / "jobs")
    before = states(sample)
    for command in ("render", "check"):
        assert errors(report(command)) == [("source/no-jobs", "jobs")]
    assert states(sample) == before
    assert errors(report("render", "--allow-empty")) == []
    assert set(snapshot(sample)) == (KEPT if listed else set())


def test_a_deleted_job_takes_its_files_and_nothing_else(sample: Path, report: Report) -> None:
    original = snapshot(sample)
    write_job(sample, sized_job("other", namespace="team-b"))
    assert errors(report("render")) == []
    foreign = sample / "rendered/team-b/storage/mine.yaml"
    foreign.write_text("mine\n")
    (sample / "rendered/empty").mkdir()
    shutil.rmtree(sample / "jobs/team")
    assert report("render", "--keep-foreign")["plan"]["delete"] == [
        "rendered/team-b/credentials/s3-credentials.yaml",
        "rendered/team-b/other.yaml",
        "rendered/team-b/storage/kham-pv-for-xgboost.yaml",
    ]
    assert snapshot(sample) == {**original, str(foreign.relative_to(sample)): b"mine\n"}
    assert sorted(p.name for p in (sample / "rendered/team-b").iterdir()) == ["storage"]
    assert (sample / "rendered/empty").is_dir()


def test_directories_go_with_their_last_file(sample: Path) -> None:
    before = sorted((sample / "rendered").rglob("*"))
    write_job(sample, sized_job("other", namespace="team-b"))
    assert rayjobs("render", "--root", sample).returncode == 0
    assert (sample / "rendered/team-b/storage").is_dir()
    shutil.rmtree(sample / "jobs/team/other")
    assert rayjobs("render", "--root", sample).returncode == 0
    assert sorted((sample / "rendered").rglob("*")) == before


def test_leftovers_of_a_killed_run_go(sample: Path, report: Report) -> None:
    before = sorted((sample / "rendered").rglob("*")), snapshot(sample)
    (sample / "rendered/gone/storage").mkdir(parents=True)
    for directory in ("", "default", "team-text/storage", "gone/storage"):
        (sample / "rendered" / directory / ".rayjobs-1-1.tmp").write_text("half")
    # Looking at the tree does not remove them.
    for command in ("check", "diff"):
        assert report(command)["plan"] == NOTHING
    assert len(snapshot(sample)) == len(before[1]) + 4
    assert report("render")["plan"] == NOTHING
    assert (sorted((sample / "rendered").rglob("*")), snapshot(sample)) == before


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


def render_obeying_modes(root: Path) -> dict[str, Any]:
    """The report of a render that fails, as a user whom modes bind."""
    run = [sys.executable, "-m", "generator", "render", "--root", str(root), "--format", "json"]
    ran = subprocess.run(
        obeying_modes(run), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("rendered", "rendered"),
        ("rendered/default", "rendered/default"),
        ("rendered/team-text/storage", "rendered/team-text/storage"),
    ],
)
def test_a_directory_that_must_not_be_written(sample: Path, place: str, named: str) -> None:
    write_job(sample, sized_job("other", namespace="team-b"))
    move_job(sample, "train-defects-1", "c9")
    move_job(sample, "train-topics-1", "c9")
    before = snapshot(sample)
    with mode(sample / place, 0o555):
        document = render_obeying_modes(sample)
    assert errors(document) == [("rendered/cannot-write", named)]
    assert any("Permission denied" in d["message"] for d in document["diagnostics"])
    assert snapshot(sample) == before
    assert rayjobs("render", "--root", sample).returncode == 0
    assert snapshot(sample) != before


def test_a_file_that_must_not_be_deleted(sample: Path) -> None:
    shutil.rmtree(sample / "jobs/text/train-sentiment-1")
    stays = "rendered/team-text/train-sentiment-1.yaml"
    before = snapshot(sample)
    with mode(sample / "rendered/team-text", 0o555):
        document = render_obeying_modes(sample)
    assert errors(document) == [("rendered/cannot-write", stays)]
    assert snapshot(sample)[stays] == before[stays]
    assert rayjobs("render", "--root", sample).returncode == 0
    assert not (sample / stays).exists()


@pytest.mark.parametrize(
    ("place", "bits"), [("rendered", 0), ("rendered/default", 0o311), (DEFECTS, 0)]
)
def test_what_must_not_be_read(sample: Path, place: str, bits: int) -> None:
    write_job(sample, sized_job("other"))
    before = snapshot(sample)
    with mode(sample / place, bits):
        document = render_obeying_modes(sample)
    assert errors(document) == [("rendered/cannot-read", place)]
    assert snapshot(sample) == before


@pytest.fixture(scope="module")
def mounting(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What runs a command in a mount namespace of its own; its mounts go with it."""
    place = tmp_path_factory.mktemp("place")
    as_root = ["unshare", "--mount"]
    candidates = (
        [as_root]
        if os.geteuid() == 0
        else [[*as_root, "--map-root-user"], ["sudo", "--non-interactive", *as_root]]
    )
    for candidate in candidates:
        if shutil.which(candidate[0]):
            probe = [*candidate, "mount", "-t", "tmpfs", "none", str(place)]
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return candidate
    reason = "no right to mount: run as root, or where user namespaces or sudo are allowed"
    assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", reason
    pytest.skip(reason)


def render_mounted(
    mounting: list[str], root: Path, script: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Run ``script`` with ROOT set, then a render that fails; gives its report and rendered/.

    The tree is read inside the namespace: what was mounted is not seen from outside.
    """
    steps = (
        f"{script}; code=0;"
        '"$PYTHON" -m generator render --keep-foreign --root "$ROOT" --format json >&2 || code=$?;'
        'tar --create --directory "$ROOT" rendered; exit "$code"'
    )
    settings = {"ROOT": root, "PYTHON": sys.executable, "PYTHONPATH": ROOT}
    ran = subprocess.run(
        [*mounting, "env", *(f"{k}={v}" for k, v in settings.items()), "sh", "-ec", steps],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 1, ran.stderr
    left = {}
    with tarfile.open(fileobj=io.BytesIO(ran.stdout)) as archive:
        for member in archive:
            if content := archive.extractfile(member):
                left[member.name] = content.read()
    return json.loads(ran.stderr), left


def test_a_read_only_mount(sample: Path, mounting: list[str]) -> None:
    write_job(sample, sized_job("other"))
    before = snapshot(sample)
    script = (
        'mount --bind "$ROOT/rendered" "$ROOT/rendered";mount -o remount,bind,ro "$ROOT/rendered"'
    )
    document, left = render_mounted(mounting, sample, script)
    assert errors(document) == [("rendered/cannot-write", "rendered")]
    assert any("Read-only file system" in d["message"] for d in document["diagnostics"])
    assert left == before


@pytest.mark.parametrize("place", ["", "/rendered"])
@pytest.mark.parametrize("free_blocks", [0, 7])
def test_a_full_disk(
    sample: Path,
    mounting: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    place: str,
    free_blocks: int,
) -> None:
    before = snapshot(sample)
    for name in ("train-defects-1", "train-topics-1", "train-sentiment-1"):
        move_job(sample, name, "c9")
    for number in range(8):
        write_job(sample, sized_job(f"more-{number}", namespace=f"team-{number}"))
    shutil.rmtree(sample / "jobs/guide")
    disk = tmp_path_factory.mktemp("disk")
    shutil.copytree(sample, disk, dirs_exist_ok=True)
    script = (
        f'disk="$ROOT{place}"; mount -t tmpfs -o size=2m none "$disk";'
        f'cp -r {sample}{place}/. "$disk";'
        f'dd if=/dev/zero of="$disk/room" bs=4096 count={free_blocks} 2>/dev/null;'
        'dd if=/dev/zero of="$disk/fill" bs=4096 2>/dev/null || rm "$disk/room"'
    )
    document, left = render_mounted(mounting, disk, script)
    found = [one for one in errors(document) if one[0] != "rendered/foreign-file"]
    ((rule, file),) = found
    assert rule == "rendered/cannot-write"
    assert file.split("/")[0] == "rendered"
    assert any("No space left on device" in d["message"] for d in document["diagnostics"])
    left.pop("rendered/fill", None)
    assert left == before


def start_render(root: Path) -> ForkProcess:
    """Render in a process of its own, which has imported all it needs."""
    started = get_context("fork").Process(target=render, args=(root,))
    started.start()
    return started


def render(root: Path) -> None:
    sys.exit(not pipeline.render(root).applied)


def code(process: ForkProcess) -> int | None:
    process.join(60)
    return process.exitcode


@pytest.fixture(scope="module")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, bytes]]]:
    """Two states of some 300 jobs, below jobs-a and jobs-b, and what each renders to."""
    root = tmp_path_factory.mktemp("fleets")
    trees = {}
    for name, first in (("a", 0), ("b", 20)):
        clean = tmp_path_factory.mktemp("clean")
        for number in range(first, first + 300):
            changes = {"namespace": f"team-{number % 5}", "targetClusters": [name, f"c{number}"]}
            job = sized_job(f"job-{number}", **changes, scheduling={"mode": "all"})
            write_job(clean, job, f"team-{number % 5}/job-{number}")
        assert code(start_render(clean)) == 0
        trees[name] = snapshot(clean)
        assert len(trees[name]) == 310
        shutil.move(clean / "jobs", root / f"jobs-{name}")
    return root, trees


def use_jobs(root: Path, fleet_root: Path, name: str) -> None:
    """Let the jobs of ``name`` be the repository's, without copying them."""
    if (root / "jobs").exists():
        (root / "jobs").rename(fleet_root / ("jobs-a" if name == "b" else "jobs-b"))
    (fleet_root / f"jobs-{name}").rename(root / "jobs")


def temporaries(root: Path) -> list[Path]:
    return list((root / "rendered").glob("**/.rayjobs-*.tmp"))


def test_a_kill_at_any_point_leaves_every_file_whole(
    tmp_path: Path, fleets: tuple[Path, dict[str, dict[str, bytes]]]
) -> None:
    jobs, trees = fleets
    always = set(trees["a"]) & set(trees["b"])
    use_jobs(tmp_path, jobs, "a")
    started = time.monotonic()
    assert code(start_render(tmp_path)) == 0
    seconds = time.monotonic() - started

    first = tmp_path / min(always)
    generator = random.Random(7)
    staged = mixed = 0
    name = "a"
    try:
        for number in range(100):
            if number >= 18 and staged and mixed:
                break
            name = "b" if name == "a" else "a"
            use_jobs(tmp_path, jobs, name)
            before, inode = set(temporaries(tmp_path)), first.stat().st_ino
            process = start_render(tmp_path)
            if number % 3 == 0:
                time.sleep(generator.uniform(0, seconds))
            elif number % 3 == 1:
                # The first file to be replaced: this ends among the others.
                while process.is_alive() and first.stat().st_ino == inode:
                    time.sleep(0.0002)
            else:
                # Most of a run is reading: this ends while it writes.
                while process.is_alive() and not set(temporaries(tmp_path)) - before:
                    time.sleep(0.002)
                time.sleep(generator.uniform(0, 0.06))
            process.kill()
            assert code(process) in (0, -signal.SIGKILL)
            found = snapshot(tmp_path)
            half = {file for file in found if file.endswith(".tmp")}
            whole = set(found) - half
            assert always <= whole
            for file in whole:
                assert found[file] in (trees["a"].get(file), trees["b"].get(file)), file
            staged += bool(half)
            mixed += {f: found[f] for f in whole} not in (trees["a"], trees["b"])
        # The kills did hit runs at work: before the first file is replaced, and after.
        assert staged
        assert mixed
        assert code(start_render(tmp_path)) == 0
        assert snapshot(tmp_path) == trees[name]
        assert rayjobs("check", "--quiet", "--root", tmp_path).returncode == 0
    finally:
        (tmp_path / "jobs").rename(jobs / f"jobs-{name}")


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("has_tree", [True, False])
def test_runs_at_once_do_not_corrupt(
    tmp_path: Path,
    fleets: tuple[Path, dict[str, dict[str, bytes]]],
    count: int,
    has_tree: bool,
) -> None:
    jobs, trees = fleets
    for file, content in trees["a"].items() if has_tree else ():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(content)
        (tmp_path / file).with_name(".rayjobs-1-1.tmp").write_bytes(content[:9])
    use_jobs(tmp_path, jobs, "b")
    try:
        runs = [start_render(tmp_path) for _ in range(count)]
        assert [code(run) for run in runs] == [0] * count
        assert snapshot(tmp_path) == trees["b"]
    finally:
        (tmp_path / "jobs").rename(jobs / "jobs-b")
