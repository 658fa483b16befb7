"""A signal at any moment leaves all that was there, or all that was to be written."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.check import pipeline
from generator.commands import page
from generator.commands.archive import folders
from generator.commands.archive.folders import mend, read_tracked, remove_folders
from generator.commands.page.html import MARK
from generator.console import reporting
from generator.render import apply
from generator.source import atomic_write
from generator.source.files import find_jobs
from tests.helpers.command import rayjobs
from tests.helpers.commits import commit
from tests.helpers.interrupting import SIGNALS, interrupted
from tests.helpers.jobs import minimal_job, write_job

GONE = ["jobs/team/a", "jobs/other/b"]

each_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a directory, hidden ones and leftovers as well, but not Git's."""
    found = {}
    for place, inner, files in os.walk(root):
        inner[:] = [folder for folder in inner if folder != ".git"]
        for file in files:
            path = os.path.join(place, file)
            with open(path, "rb") as opened:
                found[os.path.relpath(path, root)] = opened.read()
    return found


def restored(root: Path, backup: Path) -> None:
    """Put back all but what Git keeps, which nothing here writes."""
    for left in root.iterdir():
        if left.is_dir() and not left.is_symlink():
            if left.name != ".git":
                shutil.rmtree(left)
        else:
            left.unlink()
    shutil.copytree(
        backup, root, symlinks=True, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True
    )


@pytest.fixture
def archived(repository: Path) -> Path:
    """A repository of three jobs, two of which are to go; one has a directory below its folder."""
    for folder, name in (("team/a", "a"), ("other/b", "b"), ("team/c", "c")):
        write_job(repository, minimal_job(name), folder)
    (repository / "jobs/team/a/notes").mkdir()
    (repository / "jobs/team/a/notes/one.md").write_text("one", encoding="utf-8")
    commit(repository)
    return repository


@each_signal
def test_archive_deletes_all_folders_or_none(
    number: signal.Signals, archived: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = tmp_path_factory.mktemp("backup") / "copy"
    shutil.copytree(archived, backup)
    tracked = read_tracked(archived)
    before = tree(archived)
    kept = {path: text for path, text in before.items() if not path.startswith(tuple(GONE))}
    ends = []
    for code in interrupted(
        lambda: remove_folders(archived, GONE, tracked),
        number,
        folders,
        atomic_write,
    ):
        assert code == 128 + number
        after = tree(archived)
        assert after in (before, kept)
        ends.append(after == kept)
        restored(archived, backup)
    assert {*ends} == {True, False}
    assert len(ends) > 50


def test_a_killed_archive_is_mended_by_the_next(
    archived: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup = tmp_path_factory.mktemp("backup") / "copy"
    shutil.copytree(archived, backup)
    tracked = read_tracked(archived)
    before = tree(archived)
    kept = {path: text for path, text in before.items() if not path.startswith(tuple(GONE))}
    seen = set()
    for code in interrupted(
        lambda: remove_folders(archived, GONE, tracked), signal.SIGKILL, folders, atomic_write
    ):
        assert code == -signal.SIGKILL
        left = [path for path in tree(archived) if path.startswith(".rayjobs-archive-")]
        said = [found.rule.id for found in find_jobs(archived).diagnostics]
        # Nothing that was not deleted for good may be taken for deleted.
        assert said == (["source/moved-aside"] if left else [])
        mend(archived)
        after = tree(archived)
        assert after in (before, kept)
        assert not list(archived.glob(".rayjobs-*"))
        seen.add((bool(left), after == kept))
        restored(archived, backup)
    assert seen == {(False, False), (True, False), (False, True)}


def test_a_killed_mending_is_mended_by_the_next(
    archived: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = tree(archived)
    left = archived / ".rayjobs-archive-1.tmp"
    for folder in GONE:
        (left / folder).parent.mkdir(parents=True, exist_ok=True)
        (archived / folder).rename(left / folder)
    backup = tmp_path_factory.mktemp("backup") / "copy"
    shutil.copytree(archived, backup)
    for _ in interrupted(lambda: mend(archived), signal.SIGKILL, folders):
        mend(archived)
        assert tree(archived) == before
        restored(archived, backup)


def test_what_git_has_brought_back_is_not_lost_nor_written_over(archived: Path) -> None:
    before = tree(archived)
    left = archived / ".rayjobs-archive-1.tmp/jobs/team/a"
    shutil.copytree(archived / "jobs/team/a", left)
    mend(archived)
    assert tree(archived) == before
    shutil.copytree(archived / "jobs/team/a", left)
    (left / "params.json").write_text("{}", encoding="utf-8")
    ran = rayjobs("archive", "--finished-for", "1d", "--delete", cwd=archived)
    assert ran.returncode == 1
    assert "jobs/team/a/params.json: it is there again" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert (left / "params.json").read_text(encoding="utf-8") == "{}"
    assert (archived / "jobs/team/a/params.json").read_bytes() == before["jobs/team/a/params.json"]


def test_nothing_is_rendered_while_jobs_are_aside(archived: Path) -> None:
    assert rayjobs("render", "-q", cwd=archived).returncode == 0
    before = tree(archived / "rendered")
    left = archived / ".rayjobs-archive-1.tmp/jobs/team"
    left.mkdir(parents=True)
    (archived / "jobs/team/a").rename(left / "a")
    for command in ("render", "check", "validate", "list"):
        ran = rayjobs(command, cwd=archived)
        assert ran.returncode == 1
        assert "source/moved-aside" in ran.stdout + ran.stderr
    assert tree(archived / "rendered") == before
    # It says so before it asks Karmada, which there is none of.
    ran = rayjobs("archive", "--finished-for", "1d", "--delete", cwd=archived)
    assert "moved back 2 files" in ran.stderr
    assert rayjobs("check", "-q", cwd=archived).returncode == 0


def test_render_writes_all_or_nothing(
    archived: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert rayjobs("render", "-q", cwd=archived).returncode == 0
    old = tree(archived)
    write_job(archived, minimal_job("d", targetClusters=["c9"]), "team/d")
    shutil.rmtree(archived / "jobs/other")
    write_job(archived, minimal_job("a", targetClusters=["c9"]), "team/a")
    before = {**tree(archived)}
    backup = tmp_path_factory.mktemp("backup") / "copy"
    shutil.copytree(archived, backup)
    plan = pipeline.preview(archived).plan
    assert plan is not None

    def render() -> None:
        with apply.exclusive(archived):
            assert apply.apply_plan(archived, plan) == []

    ends = []
    for code in interrupted(render, signal.SIGTERM, apply, atomic_write):
        assert code == 128 + signal.SIGTERM
        after = tree(archived)
        ends.append(after)
        assert not [path for path in after if ".rayjobs-" in path]
        restored(archived, backup)
    # The last run was not sent the signal.
    done = tree(archived)
    assert done not in (before, old)
    assert [one for one in ends if one not in (before, done)] == []
    assert before in ends
    assert done in ends


def written(root: Path) -> None:
    atomic_write.write_files(root, {"a": "1", "b/c/d": "2", "b/e": "3"})


def new_page(root: Path) -> None:
    page.write_page(root, f"{MARK}new")


def report(root: Path) -> None:
    reporting.replace_file(str(root / "index.html"), f"{MARK}new", root)


@pytest.mark.parametrize("act", [written, new_page, report], ids=lambda one: one.__name__)
def test_files_are_written_all_or_none(act: Callable[[Path], None], tmp_path: Path) -> None:
    root, backup = tmp_path / "root", tmp_path / "backup"
    backup.mkdir()
    (backup / "index.html").write_text(f"{MARK}old", encoding="utf-8")
    shutil.copytree(backup, root)
    ends = []
    modules = (page, reporting, atomic_write)
    for code in interrupted(lambda: act(root), signal.SIGTERM, *modules):
        assert code == 128 + signal.SIGTERM
        ends.append(tree(root))
        restored(root, backup)
    # The last run was not sent the signal.
    done = tree(root)
    assert done != tree(backup)
    assert [one for one in ends if one not in (tree(backup), done)] == []
    assert tree(backup) in ends


def test_what_is_ignored_stays_ignored() -> None:
    """As nohup wants it, and a shell of what it runs in the background."""
    pid = os.fork()
    if pid == 0:
        from generator.source.atomic_write import exit_on_signals

        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        exit_on_signals()
        signal.raise_signal(signal.SIGHUP)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
