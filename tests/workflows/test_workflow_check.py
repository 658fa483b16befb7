"""The steps of action.yml, which check a pull request with the token of a stranger."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.pull_requests import pull_request
from tests.helpers.workflow_steps import Machine, Ran

CHECK = "action/Check"
WHEELS = ROOT / ".tools" / "wheels"
HOSTILE = "x\n::error title=mine::forged\n::add-mask::a"


def check(machine: Machine, *, base: str = "HEAD^1", allow_edits: str = "false") -> Ran:
    return machine.run(
        CHECK,
        {
            "inputs.base": base,
            "inputs.allow-edits": allow_edits,
            "github.event.pull_request.number": "7",
        },
    )


@pytest.mark.step(CHECK, "good")
def test_a_pull_request_that_is_right(machine: Machine) -> None:
    pull_request(machine, name="train-2")
    ran = check(machine)
    assert (ran.code, ran.outputs) == (0, {"stale": "false"}), ran.stdout + ran.stderr
    report = machine.temp / "rayjobs-report"
    assert ran.summary == (report / "report.md").read_text()
    assert ran.summary.startswith("## rayjobs: 0 errors")
    assert (report / "number").read_text() == "7\n"
    assert json.loads((report / "rayjobs.sarif").read_text())["version"] == "2.1.0"
    assert (machine.temp / "rayjobs-patch" / "rendered.patch").read_text() == ""


@pytest.mark.step(CHECK, "bad")
@pytest.mark.step("action/Say how to mend rendered/", "bad")
def test_a_stale_tree_fails_with_the_patch_that_mends_it(machine: Machine) -> None:
    pull_request(machine, name="train-2", render=False)
    ran = check(machine)
    assert (ran.code, ran.outputs) == (1, {"stale": "true"})
    assert "rendered/stale" in ran.stdout
    said = machine.run("action/Say how to mend rendered/")
    assert said.code == 1
    assert "`rayjobs render`" in said.stdout
    assert "gh run download 4242 --name rayjobs-patch && git apply rendered.patch" in said.stdout
    machine.git("apply", str(machine.temp / "rayjobs-patch" / "rendered.patch"))
    assert check(machine).code == 0


def test_two_green_pull_requests_make_a_merge_stale(machine: Machine) -> None:
    # Each asks for the same claim with another size; the queue's merge has both, rendered by none.
    pull_request(machine, name="train-2")
    ran = check(machine, base="")
    assert ran.code == 0
    both = minimal_job("train-3")
    both["resources"]["volumeSizeGB"] = 40
    write_job(machine.workspace, both)
    ran = check(machine, base="")
    assert (ran.code, ran.outputs) == (1, {"stale": "true"})
    patch = (machine.temp / "rayjobs-patch" / "rendered.patch").read_text()
    assert "40Gi" in patch


def test_an_edit_needs_the_label(machine: Machine) -> None:
    pull_request(machine, targetClusters=["c1"], priority=7)
    edited = minimal_job()
    edited["resources"]["instanceResources"]["cpuCores"] = 8
    write_job(machine.workspace, edited)
    rayjobs("render", "--root", machine.workspace)
    ran = check(machine)
    assert (ran.code, ran.outputs) == (1, {"stale": "false"})
    assert "base/" in ran.stdout
    assert check(machine, allow_edits="true").code == 0
    assert check(machine, base="").code == 0


def test_errors_leave_a_report_and_no_patch(machine: Machine) -> None:
    pull_request(machine, name="train-2", render=False, targetClusters=[HOSTILE])
    ran = check(machine)
    assert (ran.code, ran.outputs) == (1, {"stale": "false"})
    commands = [line for line in ran.stdout.splitlines() if line.startswith("::")]
    assert commands
    assert all("jobs/team/train-2" in line for line in commands if line.startswith("::error"))
    assert not any(
        "::forged" in line and line.startswith("::error title=mine") for line in commands
    )
    assert "::add-mask" not in {line.strip()[:10] for line in ran.stdout.splitlines()}
    assert "1 error" in ran.summary
    assert not any(line.startswith("::") for line in ran.summary.splitlines())


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "HEAD^9", "$(touch pwned)"])
def test_a_base_that_is_not_there(machine: Machine, base: str) -> None:
    pull_request(machine, name="train-2")
    ran = check(machine, base=base)
    assert ran.code == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not (machine.workspace / "pwned").exists()


def test_an_option_that_is_wrong_leaves_no_old_report(machine: Machine) -> None:
    pull_request(machine, name="train-2")
    assert check(machine).code == 0
    ran = machine.run(
        CHECK,
        {
            "inputs.conformance": "nothing",
            "inputs.base": "",
            "github.event.pull_request.number": "",
        },
    )
    assert (ran.code, ran.outputs, ran.summary) == (2, {"stale": "false"}, "")
    assert not (machine.temp / "rayjobs-report" / "report.md").exists()


@pytest.fixture
def offline() -> dict[str, str]:
    if not WHEELS.is_dir():
        assert not os.environ.get("RAYJOBS_REQUIRE_TOOLS"), "`make setup` keeps the wheels"
        pytest.skip("the wheels of the dependencies are kept by `make setup`")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}


@pytest.mark.step("action/Install rayjobs", "good")
def test_what_is_installed_is_the_pinned_one(machine: Machine, offline: dict[str, str]) -> None:
    # The pull request brings modules of the names that are run.
    trap = "import pathlib; pathlib.Path(__file__).with_suffix('.ran').touch()\n"
    for name in ("venv", "pip", "sysconfig", "typer", "json"):
        (machine.workspace / f"{name}.py").write_text(trap)
    (machine.workspace / "generator").mkdir()
    (machine.workspace / "generator" / "__init__.py").write_text(trap)
    python = {"steps.python.outputs.python-path": sys.executable}
    ran = machine.run("action/Install rayjobs", python, environment=offline)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("rayjobs ")
    write_job(machine.workspace, minimal_job())
    # It runs in the workspace, and finds this package and its schemas.
    assert check(machine, base="").outputs == {"stale": "true"}
    assert not list(machine.workspace.rglob("*.ran"))


@pytest.mark.step("action/Install rayjobs", "bad")
def test_another_wheel_than_the_locked_one_is_refused(
    machine: Machine, offline: dict[str, str], tmp_path: Path
) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    broken = "".join(
        f"    --hash=sha256:{'0' * 64}\n" if line.lstrip().startswith("--hash") else f"{line}\n"
        for line in lock.splitlines()
        if not (line.lstrip().startswith("--hash") and line.endswith("\\"))
    )
    (tmp_path / "requirements.lock").write_text(broken)
    ran = machine.run(
        "action/Install rayjobs",
        {"steps.python.outputs.python-path": sys.executable},
        environment={**offline, "GITHUB_ACTION_PATH": str(tmp_path)},
    )
    assert ran.code != 0
    assert "HASHES" in ran.stderr
    assert not list(machine.temp.rglob("rayjobs.pth"))
