"""The wheel carries all it needs: in an empty environment it renders a repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command import ROOT
from tests.helpers.jobs import minimal_job, write_job

WHEELS = ROOT / ".tools" / "wheels"


def test_the_wheel_renders_a_repository(tmp_path: Path) -> None:
    if not WHEELS.is_dir():
        assert not os.environ.get("RAYJOBS_REQUIRE_TOOLS"), "`make setup` keeps the wheels"
        pytest.skip("the wheels of the dependencies are kept by `make setup`")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT],
        check=True,
    )
    (wheel,) = tmp_path.glob("rayjob_generator-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    python = tmp_path / "empty" / "bin" / "python"
    offline = ("--quiet", "--no-compile", "--no-index", "--find-links", str(WHEELS))
    subprocess.run(
        [*pip, "--python", str(python), "install", *offline, str(wheel)],
        check=True,
    )
    repository = tmp_path / "repository"
    write_job(repository, minimal_job())
    (repository / "platform.yaml").write_text("namespaces: [team]\n")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for command in (
        ["render"],
        ["check", "--conformance", "embedded"],
        ["page", "site", "--offline"],
        ["schema", "params"],
    ):
        done = subprocess.run(
            [python.parent / "rayjobs", *command],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["title"]
    started = tmp_path / "started"
    subprocess.run(
        [python.parent / "rayjobs", "init", started, "--quiet"], env=environment, check=True
    )
    for file in (
        ".github/workflows/validate.yml",
        "sync/argocd/cluster-secret.gotemplate",
        "schemas/params.schema.json",
    ):
        assert (started / file).is_file()
    assert (repository / "rendered/default/train-1.yaml").is_file()
    assert "default/train-1" in (repository / "site/index.html").read_text(encoding="utf-8")
    assert (repository / "rendered/team/namespace.yaml").is_file()
