"""Workflows and actions: hardened, linted, and each `run` step executed, good and bad."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.workflow_steps import ACTIONS, TEMPLATES, WORKFLOWS, parsed, run_steps, steps_of

ALL = [*WORKFLOWS, *TEMPLATES, *ACTIONS]
NAMED = {
    "OWNER/rayjobs/.github/actions/push@REF": "./.github/actions/push",
    "OWNER/rayjobs/.github/actions/comment@REF": "./.github/actions/comment",
    "OWNER/rayjobs/.github/actions/commit@REF": "./.github/actions/commit",
    "OWNER/rayjobs/.github/actions/edits@REF": "./.github/actions/edits",
    "OWNER/rayjobs@REF": "./",
}
CHECKOUT = """\
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
"""
MODULES = [
    import_module(f"{__package__}.{file.stem}" if __package__ else file.stem)
    for file in sorted(Path(__file__).parent.glob("test_workflow_*.py"))
]
ONLY_FAILS = {"action/Say how to mend rendered/"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{file.parent.name}/{file.stem}/{name}")
        for file in (*WORKFLOWS, *TEMPLATES)
        for name, job in parsed(file)["jobs"].items()
    ]


def test_no_step_is_left_unexecuted() -> None:
    marks = {
        mark.args
        for module in MODULES
        for test in vars(module).values()
        for mark in getattr(test, "pytestmark", ())
        if mark.name == "step"
    }
    outcomes = {(step, outcome) for step in run_steps() for outcome in ("good", "bad")}
    assert marks == outcomes - {(step, "good") for step in ONLY_FAILS}


def test_templates_have_the_steps_of_this_repository() -> None:
    for template in TEMPLATES:
        own = (ROOT / ".github" / "workflows" / template.name).read_text(encoding="utf-8")
        text = template.read_text(encoding="utf-8")
        for name, here in NAMED.items():
            text = text.replace(name, here)
        if template.name == "comment.yml":
            # Here the action is in the checkout, which is that of the default branch.
            text = text.replace("    steps:\n", f"    steps:\n{CHECKOUT}")
            write = "      pull-requests: write"
            text = text.replace(write, f"      contents: read\n{write}")
        assert text == own


@pytest.mark.parametrize("file", [*WORKFLOWS, *TEMPLATES], ids=lambda file: str(file.stem))
def test_a_workflow_starts_without_permissions(file: Path) -> None:
    workflow = parsed(file)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert "pull_request_target" not in workflow["on"]


@pytest.mark.parametrize("job", jobs())
def test_a_job_says_what_it_may_and_how_long(job: dict[str, Any]) -> None:
    assert isinstance(job["permissions"], dict)
    assert job["timeout-minutes"] <= 90
    given = {scope for scope, level in job["permissions"].items() if level == "write"}
    # What runs the project's code or reads a pull request's files has a token that only reads.
    runs_code = any("make" in step.get("run", "") for step in job["steps"])
    runs_code |= any(step.get("uses") in ("./", "OWNER/rayjobs@REF") for step in job["steps"])
    assert not (given and runs_code)


@pytest.mark.parametrize("file", ALL, ids=lambda file: str(file.relative_to(ROOT)))
def test_steps_are_hardened(file: Path) -> None:
    for _, step, _ in steps_of(file):
        assert "${{" not in step.get("run", "")
        uses = str(step.get("uses", ""))
        if uses.startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        if uses and not uses.startswith(("./", "OWNER/")):
            assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", uses)


def test_an_action_has_one_pin_with_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in ALL:
        for line in file.read_text(encoding="utf-8").splitlines():
            if found := re.search(r"uses: ([^.@O][^@]*)@(.*)", line):
                pins.setdefault(found[1], set()).add(found[2])
    assert {name: pin for name, pin in pins.items() if len(pin) > 1} == {}
    assert all(re.fullmatch(r"[0-9a-f]{40} # v[0-9.]+", pin) for (pin,) in pins.values())


def test_secrets_and_write_tokens_are_never_a_forks() -> None:
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    for name, job in parsed(TEMPLATES[0])["jobs"].items():
        if "write" in job["permissions"].values() or "secrets." in yaml.safe_dump(job):
            condition = " ".join(job["if"].split())
            assert own in condition or "github.event_name == 'push'" in condition, name
    jobs = parsed(TEMPLATES[1])["jobs"]
    assert [step.get("run") for step in jobs["comment"]["steps"]] == [None]
    assert all(
        "github.event.workflow_run.event == 'pull_request'" in one["if"] for one in jobs.values()
    )
    condition = " ".join(jobs["commit"]["if"].split())
    assert "github.event.workflow_run.head_repository.full_name == github.repository" in condition
    # A pull request from main into a branch with another workflow would have it push to main.
    assert "workflow_run.head_branch != github.event.repository.default_branch" in condition


@pytest.mark.parametrize("file", [*WORKFLOWS, *TEMPLATES], ids=lambda file: str(file.stem))
def test_a_secret_is_that_of_an_environment_which_main_alone_may_use(file: Path) -> None:
    workflow = parsed(file)
    for name, job in workflow["jobs"].items():
        if "secrets." in yaml.safe_dump(job):
            assert job["environment"] == {"name": "rayjobs", "deployment": False}
            # A run for a pull request has refs/pull/NUMBER/merge, which the environment refuses.
            condition = " ".join(job["if"].split())
            assert "github.event_name == 'push'" in condition or set(workflow["on"]) == {
                "workflow_run"
            }, name


def test_what_is_checked_out_of_a_pull_request_is_not_where_actions_are_taken_from() -> None:
    for file in (*WORKFLOWS, *TEMPLATES):
        for job in parsed(file)["jobs"].values():
            for step in job["steps"]:
                if "ref" in step.get("with", {}):
                    assert step["with"]["path"] == "head"


def test_events() -> None:
    events = parsed(TEMPLATES[0])["on"]
    assert set(events) == {"pull_request", "merge_group", "push"}
    # A required check that a path filter leaves out never reports, and nothing can merge.
    assert "paths" not in events["pull_request"]
    assert events["push"] == {"branches": ["main"]}
    # Another base branch is told by `edited` alone. A job that a condition skips is green.
    types = ["opened", "synchronize", "reopened", "edited", "labeled", "unlabeled"]
    assert events["pull_request"] == {"types": types}
    assert not {"if", "needs"} & set(parsed(TEMPLATES[0])["jobs"]["check"])
    assert parsed(TEMPLATES[1])["on"]["workflow_run"]["workflows"] == ["validate"]


def linter(name: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{ROOT / '.tools' / 'bin'}")
    if found is None:
        assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", f"{name} is required here"
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module", params=[COMMIT, f"acme/rayjobs@{COMMIT}", None], ids=str)
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that `rayjobs init` started."""
    directory = tmp_path_factory.mktemp("started")
    reference = ["--action-ref", request.param] if request.param else []
    assert rayjobs("init", directory, *reference).returncode == 0
    subprocess.run(["git", "init", "--quiet", directory], check=True)
    return directory


def lint(program: str, *arguments: str, cwd: Path) -> None:
    ran = subprocess.run(
        [linter(program), *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_actionlint_passes_what_init_writes(started: Path) -> None:
    lint("actionlint", "-shellcheck=", "-pyflakes=", cwd=started)


def test_zizmor_passes_what_init_writes(started: Path) -> None:
    lint("zizmor", "--offline", "--pedantic", "--quiet", ".", cwd=started)


def test_the_linters_find_something(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }} ${{ nothing.at.all }}\n"
    )
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for program, *arguments in (["actionlint"], ["zizmor", "--offline", "--quiet", "."]):
        ran = subprocess.run(
            [linter(program), *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        assert ran.returncode not in (0, 2), program


def lint_recipe(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The last command of `make lint`, which runs actionlint where it is."""
    shown = subprocess.run(
        ["make", "-n", "--no-print-directory", "lint"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "zizmor --offline --pedantic" in shown.stdout
    last = shown.stdout[shown.stdout.index("if [ -x .tools/bin/actionlint") :]
    return subprocess.run(
        ["sh", "-c", last], cwd=directory, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


def test_lint_without_actionlint_says_what_is_left_out(tmp_path: Path) -> None:
    ran = lint_recipe(tmp_path)
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1)
    assert "actionlint is left out" in ran.stderr
    assert lint_recipe(tmp_path, RAYJOBS_REQUIRE_TOOLS="1").returncode == 1
    program = tmp_path / ".tools" / "bin" / "actionlint"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    assert lint_recipe(tmp_path).returncode == 3


def test_pre_commit_hooks(started: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["rayjobs-validate", "rayjobs-render", "rayjobs-check"]
    for hook in hooks:
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        program, *arguments = hook["entry"].split()
        assert program == "rayjobs"
        assert rayjobs(*arguments, cwd=started).returncode == 0
        files = re.compile(hook["files"])
        assert files.search("jobs/team/train-1/params.json")
        assert files.search("platform.yaml")
        assert files.search("templates/gpu-large.json")
        assert not files.search("docs/jobs/a.json")
        assert not files.search("other/platform.yaml")
