"""Fixtures that all tests share: repositories in temporary directories."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Else each interpreter that a test starts compiles the program again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A busy machine takes its time; what a test finds does not depend on it.
settings.register_profile("timeless", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("timeless")

# Before they are imported, so that pytest explains their asserts too.
pytest.register_assert_rewrite("tests.helpers")

from tests.helpers.command import ROOT, rayjobs_here  # noqa: E402 - rewritten first
from tests.helpers.jobs import Report  # noqa: E402 - rewritten first


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository: jobs/ and nothing else."""
    (tmp_path / "jobs").mkdir()
    return tmp_path


@pytest.fixture
def sample(repository: Path) -> Path:
    """The jobs and the platform of this repository with its templates, rendered.

    The tenant and the clusters of :func:`minimal_job` are listed there too, and one cluster more.
    """
    for directory in ("jobs", "rendered", "templates"):
        shutil.copytree(ROOT / directory, repository / directory, dirs_exist_ok=True)
    platform = (ROOT / "platform.yaml").read_text(encoding="utf-8")
    for listed, names in (("\nclusters:\n", ("c1", "c9")), ("\ntenants:\n", ("team",))):
        assert listed in platform
        platform = platform.replace(listed, listed + "".join(f"  {name}: {{}}\n" for name in names))
    (repository / "platform.yaml").write_text(platform, encoding="utf-8")
    return repository


@pytest.fixture
def report(repository: Path) -> Report:
    """Run a command on the repository and give its json report."""

    def run(*arguments: str) -> dict[str, Any]:
        ran = rayjobs_here(*arguments, "--root", repository, "--format", "json")
        assert ran.stderr == ""
        document: dict[str, Any] = json.loads(ran.stdout)
        assert ran.returncode == int(
            any(found["severity"] == "error" for found in document["diagnostics"])
        )
        return document

    return run
