"""The steps that commit, offer, upload, build and release."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from generator import __version__
from tests.conftest import ROOT, minimal_job, rayjobs, write_job
from tests.test_workflow_check import base_repository, commit
from tests.workflow_steps import Machine, Ran, git, machine

__all__ = ["machine"]

COMMIT = "validate/commit/Commit the rendered files"
OFFER = "validate/mend/Offer the pull request"
APP = "steps.app.outputs.token"
BRANCH = "feature/$(touch${IFS}pwned);`id`&'\""
SMUGGLED = """\
diff --git a/.github/workflows/evil.yml b/.github/workflows/evil.yml
new file mode 100644
--- /dev/null
+++ b/.github/workflows/evil.yml
@@ -0,0 +1 @@
+on: push
"""
OUTSIDE = SMUGGLED.replace(".github/workflows/evil.yml", "rendered/../evil.yml")
LINK = """\
diff --git a/rendered/out b/rendered/out
new file mode 120000
--- /dev/null
+++ b/rendered/out
@@ -0,0 +1 @@
+..
\\ No newline at end of file
diff --git a/rendered/out/evil.yml b/rendered/out/evil.yml
new file mode 100644
--- /dev/null
+++ b/rendered/out/evil.yml
@@ -0,0 +1 @@
+on: push
"""


def stale_checkout(machine: Machine, branch: str = "main") -> str:
    """A clone of a repository whose branch is stale; gives the patch that mends it."""
    origin = machine.top / "origin.git"
    source = machine.top / "source"
    shutil.copytree(base_repository(), source)
    write_job(source, minimal_job("train-2"))
    commit(source)
    git(source, "branch", "--quiet", "--move", branch)
    git(machine.top, "clone", "--quiet", "--bare", str(source), str(origin))
    git(machine.top, "clone", "--quiet", str(origin), str(machine.workspace))
    patch = rayjobs("diff", "--root", source, "--format", "text").stdout
    (machine.temp / "patch").mkdir()
    give(machine, patch)
    return patch


def give(machine: Machine, patch: str) -> None:
    (machine.temp / "patch" / "rendered.patch").write_text(patch, encoding="utf-8")


def in_origin(machine: Machine, branch: str) -> set[str]:
    """What the branch's last commit changed."""
    return set(git(machine.top / "origin.git", "show", "--format=", "--name-only", branch).split())


def commit_step(machine: Machine) -> Ran:
    return machine.run(COMMIT, {APP: "app-token", "github.event.pull_request.head.ref": BRANCH})


@pytest.mark.step(COMMIT, "good")
@pytest.mark.parametrize("smuggled", ["", SMUGGLED])
def test_the_rendered_files_are_committed(machine: Machine, smuggled: str) -> None:
    patch = stale_checkout(machine, BRANCH)
    give(machine, smuggled + patch)
    ran = commit_step(machine)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert in_origin(machine, BRANCH) == {"rendered/default/train-2.yaml"}
    assert rayjobs("check", "--root", machine.workspace, "--quiet").returncode == 0
    assert machine.asked() == [["auth", "setup-git"]]
    assert not list(machine.top.rglob("pwned"))


@pytest.mark.step(COMMIT, "bad")
@pytest.mark.parametrize("patch", [SMUGGLED, OUTSIDE, LINK, "no patch", ""])
def test_a_patch_that_is_not_of_rendered_is_not_committed(machine: Machine, patch: str) -> None:
    stale_checkout(machine, BRANCH)
    before = in_origin(machine, BRANCH)
    give(machine, patch)
    ran = commit_step(machine)
    assert ran.code != 0
    assert in_origin(machine, BRANCH) == before
    assert not list(machine.top.rglob("evil.yml"))


def test_a_branch_that_the_base_has_moved_away_from(machine: Machine) -> None:
    patch = stale_checkout(machine, BRANCH)
    give(machine, patch.replace("new file mode 100644\n", "").replace("/dev/null", "a/rendered/x"))
    ran = commit_step(machine)
    assert ran.code == 1
    assert "merge it into the branch, run `rayjobs render`" in ran.stdout


def test_a_branch_that_was_pushed_to_meanwhile(machine: Machine) -> None:
    stale_checkout(machine, BRANCH)
    source = machine.top / "source"
    git(source, "commit", "--quiet", "--allow-empty", "--message", "newer")
    git(source, "push", "--quiet", str(machine.top / "origin.git"), f"HEAD:refs/heads/{BRANCH}")
    newer = git(machine.top / "origin.git", "rev-parse", BRANCH)
    assert commit_step(machine).code != 0
    assert git(machine.top / "origin.git", "rev-parse", BRANCH) == newer


def offer(machine: Machine, token: str = "token") -> Ran:
    return machine.run(OFFER, {f"{APP} || github.token": token})


@pytest.mark.step(OFFER, "good")
def test_a_pull_request_that_mends_main_is_offered_once(machine: Machine) -> None:
    patch = stale_checkout(machine)
    assert offer(machine).code == 0
    assert in_origin(machine, "rayjobs/render") == {"rendered/default/train-2.yaml"}
    assert machine.state()["offers"] == [["rayjobs/render", "main"]]
    # Main has moved: the branch is replaced, and the open pull request stays the one.
    shutil.rmtree(machine.workspace)
    git(machine.top, "clone", "--quiet", str(machine.top / "origin.git"), str(machine.workspace))
    give(machine, patch.replace("train-2", "train-3"))
    assert offer(machine, "app-token").code == 0
    assert in_origin(machine, "rayjobs/render") == {"rendered/default/train-3.yaml"}
    assert len(machine.state()["offers"]) == 1
    log = (machine.top / "gh" / "log").read_text()
    assert {json.loads(line)[0] for line in log.splitlines()} == {"token", "app-token"}


@pytest.mark.step(OFFER, "bad")
@pytest.mark.parametrize("refused", ["pr create", "pr list", "push"])
def test_what_may_not_be_offered_fails_with_the_command(machine: Machine, refused: str) -> None:
    stale_checkout(machine)
    if refused == "push":
        hook = machine.top / "origin.git" / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    else:
        machine.server(refuse=[refused])
    ran = offer(machine)
    assert ran.code == 1
    assert "run `rayjobs render` and open one" in ran.stdout


@pytest.mark.step("validate/commit/Take the patch", "good")
@pytest.mark.step("validate/commit/Take the patch", "bad")
@pytest.mark.step("validate/mend/Take the patch", "good")
@pytest.mark.step("validate/mend/Take the patch", "bad")
def test_the_patch_of_this_run_is_taken(machine: Machine) -> None:
    for job in ("commit", "mend"):
        assert machine.run(f"validate/{job}/Take the patch").code != 0
    machine.artifact("rayjobs-patch", rendered_patch="diff")
    for job in ("commit", "mend"):
        assert machine.run(f"validate/{job}/Take the patch").code == 0
        assert (machine.temp / "patch" / "rendered.patch").read_text() == "diff"
    assert {asked[2] for asked in machine.asked()} == {"4242"}


@pytest.mark.step("validate/report/Take the findings", "good")
@pytest.mark.step("validate/report/Take the findings", "bad")
def test_the_findings_of_this_run_are_taken(machine: Machine) -> None:
    step = "validate/report/Take the findings"
    assert machine.run(step).code != 0
    machine.artifact("rayjobs-report", rayjobs_sarif="")
    assert machine.run(step).code != 0
    (machine.top / "gh/artifacts/rayjobs-report/rayjobs.sarif").write_text("{}")
    assert machine.run(step).code == 0
    assert (machine.temp / "report" / "rayjobs.sarif").read_text() == "{}"


@pytest.mark.step("release/build/Compare the tag with the version", "good")
@pytest.mark.step("release/build/Compare the tag with the version", "bad")
def test_a_tag_is_the_version(machine: Machine) -> None:
    step = "release/build/Compare the tag with the version"
    shutil.copytree(ROOT / "generator", machine.workspace / "generator")
    assert machine.run(step, event={"GITHUB_REF_NAME": f"v{__version__}"}).code == 0
    for tag in ("v9.9.9", __version__, f"v{__version__}$(touch${{IFS}}pwned)", "v"):
        ran = machine.run(step, event={"GITHUB_REF_NAME": tag})
        assert ran.code == 1
        assert f"The tag of this version is v{__version__}." in ran.stdout
    assert not list(machine.top.rglob("pwned"))


@pytest.mark.step("release/build/Build the wheel", "good")
@pytest.mark.step("release/build/Build the wheel", "bad")
def test_the_wheel_is_built_by_make(machine: Machine) -> None:
    machine.program("make", 'test "$*" = wheel && echo built')
    assert machine.run("release/build/Build the wheel").stdout == "built\n"
    machine.program("make", "exit 2")
    assert machine.run("release/build/Build the wheel").code == 2
    # The target is there, and builds as the test of the package does.
    recipe = re.search(r"^wheel:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert "pip wheel" in recipe[1]
    assert "--no-build-isolation --wheel-dir dist ." in recipe[1]


@pytest.mark.step("release/publish/Take the wheel", "good")
@pytest.mark.step("release/publish/Take the wheel", "bad")
@pytest.mark.step("release/publish/Publish the release", "good")
@pytest.mark.step("release/publish/Publish the release", "bad")
def test_the_wheel_that_was_built_is_released(machine: Machine) -> None:
    take, publish = "release/publish/Take the wheel", "release/publish/Publish the release"
    tag = {"GITHUB_REF_NAME": "v0.1.0"}
    assert machine.run(take).code != 0
    assert machine.run(publish, event=tag).code != 0
    machine.artifact("dist", wheel_whl=b"wheel")
    assert machine.run(take).code == 0
    assert machine.run(publish, event=tag).code == 0
    released = machine.asked()[-1]
    assert released[:3] == ["release", "create", "v0.1.0"]
    assert "--verify-tag" in released
    assert released[-1] == "dist/wheel.whl"
    machine.server(refuse=["release create"])
    assert machine.run(publish, event=tag).code != 0


MAKE = [
    "ci/test/make test",
    "ci/check-xgboost/make check-xgboost",
    "ci/check-xgboost/make check-lightgbm",
]


@pytest.mark.step("ci/test/make test", "good")
@pytest.mark.step("ci/test/make test", "bad")
@pytest.mark.step("ci/check-xgboost/make check-xgboost", "good")
@pytest.mark.step("ci/check-xgboost/make check-xgboost", "bad")
@pytest.mark.step("ci/check-xgboost/make check-lightgbm", "good")
@pytest.mark.step("ci/check-xgboost/make check-lightgbm", "bad")
@pytest.mark.parametrize("step", MAKE)
def test_make_decides(machine: Machine, step: str) -> None:
    for name in MAKE:
        machine.program("make", f'test "$*" = "{name.split("make ")[1]}"')
        assert machine.run(name).code == 0
        machine.program("make", "exit 2")
        assert machine.run(name).code == 2
    assert step.split("make ")[1] in (ROOT / "Makefile").read_text()


@pytest.mark.step("e2e/gate/bash .ci/run", "good")
@pytest.mark.step("e2e/gate/bash .ci/run", "bad")
def test_the_gate_requires_the_tools(machine: Machine) -> None:
    shutil.copytree(ROOT / ".ci", machine.workspace / ".ci")
    machine.program("go", "exit 0")
    machine.program("apt-get", "exit 0")
    machine.program("make", 'echo "$* ${RAYJOBS_REQUIRE_TOOLS-}"')
    ran = machine.run("e2e/gate/bash .ci/run")
    assert (ran.code, ran.stdout) == (0, "tools \ntest 1\nengines 1\ne2e 1\n")
    machine.program("make", 'test "$1" = test')
    assert machine.run("e2e/gate/bash .ci/run").code == 1


@pytest.mark.step("ci/all-green/Look at the results", "good")
@pytest.mark.step("ci/all-green/Look at the results", "bad")
def test_all_have_to_be_green(machine: Machine) -> None:
    step, results = "ci/all-green/Look at the results", "join(needs.*.result, ' ')"
    assert machine.run(step, {results: "success success success"}).code == 0
    for bad in ("success failure success", "success success skipped", "cancelled"):
        assert machine.run(step, {results: bad}).code == 1
