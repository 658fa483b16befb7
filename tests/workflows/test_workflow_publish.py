"""The steps that upload, build and release."""

from __future__ import annotations

import re
import shutil

import pytest

from generator import __version__
from tests.helpers.command import ROOT
from tests.helpers.workflow_steps import Machine


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
    assert (ran.code, ran.stdout) == (0, "tools \ntest 1\nengines 1\ntrain-short 1\ne2e 1\n")
    machine.program("make", 'test "$1" = test')
    assert machine.run("e2e/gate/bash .ci/run").code == 1


@pytest.mark.step("ci/all-green/Look at the results", "good")
@pytest.mark.step("ci/all-green/Look at the results", "bad")
def test_all_have_to_be_green(machine: Machine) -> None:
    step, results = "ci/all-green/Look at the results", "join(needs.*.result, ' ')"
    assert machine.run(step, {results: "success success success"}).code == 0
    for bad in ("success failure success", "success success skipped", "cancelled"):
        assert machine.run(step, {results: bad}).code == 1
