"""``rayjobs page``: from a repository and a control plane to a file."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from tests.e2e.scenarios.members import PLATFORM as MEMBERS
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.commits import commit, git
from tests.helpers.jobs import write_job
from tests.helpers.pages import Element, data_in, read, rows_of
from tests.helpers.workflow_steps import Machine, Step
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
    unplaced,
)
from tests.live.recorded import TOKEN, Recorded
from tests.live.recordings import RECORDED
from tests.live.status_jobs import PUSHED

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

GPUS = {
    "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": 2},
    "instanceCount": 3,
    "volumeSizeGB": 1,
}
PLATFORM = """\
namespaces: [other]
clusters:
  c1: {gpus: 16}
  c2: {}
tenants:
  team: {quota: {gpus: 40}}
"""


@pytest.fixture
def page(repository: Path, kubeconfig: str) -> Run:
    """Run the command on the repository, for the directory site."""

    def run(*arguments: str, directory: str = "site") -> subprocess.CompletedProcess[str]:
        server = () if "--offline" in arguments else ("--kubeconfig", kubeconfig)
        ran = rayjobs("page", directory, *server, *arguments, cwd=repository)
        assert TOKEN not in ran.stdout + ran.stderr
        return ran

    return run


@pytest.fixture
def fleet(repository: Path, karmada: Recorded) -> Recorded:
    """Jobs of which one has succeeded, one failed, one runs, and one is not on Karmada."""
    (repository / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    jobs = [on("c1", "c2", name=name, resources=GPUS) for name in ("done", "failed", "runs")]
    repository_of(repository, *jobs, on("c1", name="unpushed"))
    karmada.hold(RAYJOBS)
    karmada.hold(BINDINGS)
    karmada.hold(CLUSTERS, member("c1"), member("c2"))
    hold_job(karmada, repository, "done", {"c1": ended(2), "c2": ended(1)})
    failed = ended(1, "FAILED") | {"message": "exit code 1\n  on line 2"}
    hold_job(karmada, repository, "failed", {"c1": ended(2), "c2": failed})
    hold_job(karmada, repository, "runs", {"c1": RUNNING, "c2": ended(1)})
    return karmada


def opened(root: Path) -> Element:
    return read((root / "site/index.html").read_text(encoding="utf-8"))


def jobs_in(found: Element) -> dict[str, list[Any]]:
    return {cells[0]: cells for cells in data_in(found)["jobs"]}


def rows_called(found: Element, label: str) -> list[list[str]]:
    (region,) = (one for one in found.all("div") if one.attributes.get("aria-label") == label)
    return rows_of(region.all("table")[0])


def test_every_job_with_what_it_does(repository: Path, fleet: Recorded, page: Run) -> None:
    ran = page()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "wrote site/index.html\n", "")
    found = opened(repository)
    jobs = jobs_in(found)
    assert {name: cells[1] for name, cells in jobs.items()} == {
        "default/done": ["Succeeded", "good"],
        "default/failed": ["1 Failed, 1 Succeeded", "bad"],
        "default/runs": ["1 Running, 1 Succeeded", "going"],
        "default/unpushed": ["Not on Karmada", "wrong"],
    }
    assert jobs["default/done"][2:7] == ["c1, c2", 12, 32, "xgboost", "team"]
    assert jobs["default/done"][-1] == "Test"
    problems = {row[1]: row[2] for row in rows_called(found, "Problems")}
    assert problems["default/failed on c2"] == "it failed: exit code 1 on line 2"
    assert "default/unpushed" in problems
    assert [row[1:4] for row in rows_called(found, "Changes of jobs, newest first")][-1] == [
        "default/done", "added", "Test",
    ]  # fmt: skip
    assert git(repository, "rev-parse", "HEAD")[:8] in found.text


def test_what_was_recorded_on_the_real_engines(
    repository: Path, karmada: Recorded, page: Run
) -> None:
    karmada.load(RECORDED / "status.json")
    (repository / "platform.yaml").write_text(MEMBERS, encoding="utf-8")
    repository_of(repository, *PUSHED)
    assert page().returncode == 0
    found = opened(repository)
    assert {name.rpartition("/")[2]: cells[1] for name, cells in jobs_in(found).items()} == {
        "both-1": ["1 Initializing, 1 Succeeded", "plain"],
        "conflict-1": ["Not applied", "wrong"],
        "failed-1": ["Failed", "bad"],
        "gpus-1": ["Initializing", "plain"],
        "image-1": ["Initializing", "plain"],
        "nowhere-1": ["No cluster", "wrong"],
        "running-1": ["Running", "going"],
        "succeeded-1": ["Succeeded", "good"],
        "suspended-1": ["Suspended", "wrong"],
        "waiting-1": ["Initializing", "plain"],
    }
    assert not [path for path in karmada.asked if "/proxy/" in path]
    gpus = {(row[0], row[1]): row[4] for row in rows_called(found, "GPUs by cluster")}
    assert gpus["member1", "all"] == "1"


def test_gpus_of_copies_that_have_not_ended(repository: Path, fleet: Recorded, page: Run) -> None:
    assert page().returncode == 0
    found = opened(repository)
    assert rows_called(found, "GPUs by cluster") == [
        ["c1", "all", "1", "16", "6", "16"],
        ["c1", "team", "1", "16", "6", ""],
        ["c2", "all", "0", "0", "0", ""],
    ]
    assert rows_called(found, "GPUs by tenant") == [["team", "1", "16", "6", "40"]]


def test_offline_says_that_karmada_was_not_asked(
    repository: Path, fleet: Recorded, page: Run
) -> None:
    write_job(
        repository,
        on("c1", "c2", name="chosen", resources=GPUS, scheduling={"mode": "one-of"}),
        "other/chosen",
    )
    assert page("--offline", "--quiet").stdout == ""
    assert fleet.asked == []
    found = opened(repository)
    assert "Karmada was not asked: this page says nothing of what runs." in found.text
    assert "1 job is not in the commit as shown here." in found.text
    assert {cells[1][0] for cells in data_in(found)["jobs"]} == {"Committed", "New"}
    assert rows_called(found, "GPUs by cluster") == [
        ["c1", "all", "5", "72", "24", "16"],
        ["c1", "other", "1", "16", "6", ""],
        ["c1", "team", "4", "56", "18", ""],
        ["c2", "all", "3", "48", "18", ""],
        ["c2", "team", "3", "48", "18", ""],
    ]


def test_what_only_karmada_has_and_what_is_broken(
    repository: Path, fleet: Recorded, page: Run
) -> None:
    metadata = {"name": "by-hand", "namespace": "other"}
    fleet.hold(RAYJOBS, {"metadata": metadata, "spec": {}})
    fleet.hold(BINDINGS, unplaced("by-hand", "other", "<b>no\u202eroom"))
    write_job(repository, on("c1", name="lost", resources={}))
    (repository / "jobs/team/runs/params.json").write_text("{", encoding="utf-8")
    assert page().returncode == 0
    found = opened(repository)
    jobs = jobs_in(found)
    assert jobs["other/by-hand"][1] == ["No cluster, not in Git", "wrong"]
    assert jobs["default/lost"][1] == ["Broken", "wrong"]
    assert jobs["default/runs"][1][0] == "1 Running, 1 Succeeded, broken in Git"
    assert "1 RayJob on Karmada is not in Git: what they take is not counted." in found.text
    problems = rows_called(found, "Problems")
    assert "no cluster has room: <b>no\\u202eroom" in [row[2] for row in problems]
    kinds = [row[0] for row in problems]
    assert kinds[:2] == ["error", "error"]


def test_the_same_input_gives_the_same_bytes(
    repository: Path, fleet: Recorded, page: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    first, second = page(directory="a"), page(directory="b")
    assert first.returncode == second.returncode == 0
    assert (repository / "a/index.html").read_bytes() == (repository / "b/index.html").read_bytes()
    assert 'datetime="2026-01-01T00:00:00Z"' in (repository / "a/index.html").read_text()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    ran = page()
    assert ran.returncode == 2
    assert "is not a number of seconds since 1970" in ran.stderr


def test_only_an_earlier_page_is_written_over(repository: Path, fleet: Recorded, page: Run) -> None:
    index = repository / "site/index.html"
    assert page("--offline", directory="site").returncode == 0
    earlier = index.read_bytes()
    assert page().returncode == 0
    assert index.read_bytes() != earlier
    assert [one.name for one in index.parent.iterdir()] == ["index.html"]
    index.write_text("<!doctype html>\n<p>mine", encoding="utf-8")
    ran = page()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == ("site/index.html: was not written by rayjobs page, and is left alone\n")
    assert index.read_text(encoding="utf-8") == "<!doctype html>\n<p>mine"
    index.unlink()
    index.symlink_to(repository / "platform.yaml")
    assert "is a symbolic link" in page().stderr
    assert (repository / "platform.yaml").read_text(encoding="utf-8") == PLATFORM
    (repository / "file").write_text("", encoding="utf-8")
    assert page(directory="file/site").returncode == 1


def test_karmada_that_cannot_be_read_leaves_the_last_page(
    repository: Path, fleet: Recorded, page: Run
) -> None:
    assert page().returncode == 0
    last = (repository / "site/index.html").read_bytes()
    fleet.statuses[RAYJOBS] = [403] * 9
    ran = page()
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "Karmada refuses" in ran.stderr
    assert (repository / "site/index.html").read_bytes() == last
    assert page(directory="new").returncode == 3
    assert not (repository / "new").exists()


def test_a_server_that_is_not_asked_is_not_named(repository: Path) -> None:
    ran = rayjobs("page", "site", "--offline", "--context", "karmada", cwd=repository)
    assert ran.returncode == 2
    assert "asks nobody" in ran.stderr


def test_a_repository_that_cannot_be_read(repository: Path) -> None:
    (repository / "platform.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    ran = rayjobs("page", "site", "--offline", cwd=repository)
    assert ran.returncode == 1
    assert not (repository / "site").exists()


def test_without_git_and_without_jobs(repository: Path) -> None:
    assert rayjobs("page", "site", "--offline", cwd=repository).returncode == 0
    found = opened(repository)
    assert "Git does not say since when jobs are there" in found.text
    assert "There is no job." in found.text


def test_history_has_the_latest_changes_first(repository: Path) -> None:
    write_job(repository, on("c1", name="a"))
    commit(repository)
    (repository / "jobs/team/a").rename(repository / "jobs/team/b")
    commit(repository)
    write_job(repository, on("c1", name="a", priority=7), "team/b")
    commit(repository)
    (repository / "jobs/team/b/params.json").unlink()
    write_job(repository, on("c1", name="z"))
    commit(repository)
    assert rayjobs("page", "site", "--offline", cwd=repository).returncode == 0
    rows = rows_called(opened(repository), "Changes of jobs, newest first")
    assert [(row[1], row[2]) for row in rows] == [
        ("default/z", "added"),
        ("default/a", "removed"),
        ("default/a", "changed"),
        ("default/a", "moved from jobs/team/a/params.json"),
        ("default/a", "added"),
    ]
    assert [row[4] for row in rows[:1]] == [git(repository, "rev-parse", "HEAD")[:8]]


PYTHON = """\
set -eu
test "$1 $2" = "-m venv"
mkdir -p "$3/bin"
printf '#!/bin/sh\\ntest "$1 $2" = "install --quiet"\\n' > "$3/bin/pip"
printf '#!/bin/sh\\nexec "{python}" -m generator "$@"\\n' > "$3/bin/rayjobs"
chmod +x "$3/bin/pip" "$3/bin/rayjobs"
"""


def test_the_workflow_of_the_documentation(
    fleet: Recorded, repository: Path, kubeconfig: str, tmp_path: Path
) -> None:
    machine = Machine(tmp_path / "machine")
    machine.workspace.rmdir()
    machine.workspace.symlink_to(repository)
    machine.program("python3", PYTHON.format(python=sys.executable))
    given = {"secrets.KARMADA_READER_KUBECONFIG": Path(kubeconfig).read_text(encoding="utf-8")}
    steps = yaml.safe_load(documented())["jobs"]["page"]["steps"]
    write, forget = (
        Step("page", step["run"], None, step.get("env", {}), {}, ROOT)
        for step in steps
        if "run" in step
    )
    ran = machine.execute(write, given, environment={"PYTHONPATH": str(ROOT)})
    assert ran.code == 0, ran.stderr
    secret, index = machine.temp / "karmada.kubeconfig", repository / "site" / "index.html"
    assert secret.stat().st_mode & 0o777 == 0o600
    # The umask that keeps the kubeconfig from others would keep the page from its readers too.
    assert index.stat().st_mode & 0o444 == 0o444
    assert index.parent.stat().st_mode & 0o555 == 0o555
    text = index.read_text(encoding="utf-8")
    assert len(data_in(read(text))["jobs"]) == 4
    assert TOKEN not in text + ran.stdout + ran.stderr
    assert machine.execute(forget).code == 0
    assert not secret.exists()


def test_the_workflow_of_the_documentation_is_safe(tmp_path: Path) -> None:
    file = tmp_path / "page.yml"
    file.write_text(re.sub(r"@COMMIT\b", f"@{'0' * 40}", documented()), encoding="utf-8")
    zizmor = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--quiet", str(file)]
    assert subprocess.run(zizmor, check=False).returncode == 0


def documented() -> str:
    """The workflow in docs/operate.md that writes a page."""
    operate = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(name: page\n.*?)```", operate, flags=re.DOTALL)
    return str(found)
