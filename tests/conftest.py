"""What tests share: repositories in temporary directories, and the command line as a process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forker

ROOT = Path(__file__).parent.parent
CLEAN = {"GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR"}
INTERPRETERS = ("PYTHON", "LANG", "LC_")
"""How the variables start that an interpreter reads when it starts."""


def rayjobs(
    *arguments: str | Path,
    cwd: Path = ROOT,
    stdin: str | None = None,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own: a new interpreter where one reads variables."""
    inherited = {key: value for key, value in os.environ.items() if key not in CLEAN}
    whole = {**inherited, "PYTHONPATH": str(ROOT), **(environment or {})}
    if not any(name.startswith(INTERPRETERS) for name in environment or ()):
        return forker().run([*map(str, arguments)], cwd, whole, stdin)
    return subprocess.run(
        [sys.executable, "-m", "generator", *map(str, arguments)],
        cwd=cwd,
        env=whole,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def minimal_job(name: str = "train-1", **changes: Any) -> dict[str, Any]:
    """A small job that has no findings, with ``changes`` of its top-level fields."""
    channel = {"endpoint": "https://minio.local", "bucket": "data"}
    return {
        "jobName": name,
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": {
            "instanceResources": {"cpuCores": 4, "memoryGiB": 16},
            "instanceCount": 1,
            "volumeSizeGB": 1,
        },
        "inputDataConfig": [
            {"channelName": "train", **channel, "prefix": "iris/train.csv"},
            {"channelName": "validation", **channel, "prefix": "iris/validation.csv"},
        ],
        "targetClusters": ["c1"],
        **changes,
    }


USES_GPUS: dict[str, Any] = {
    "headImage": "registry.example/team/xgboost:v1",
    "workerImage": "registry.example/team/xgboost:v1",
    "stoppingCondition": {"maxRuntimeSeconds": 7200},
}
"""What a job with GPUs needs to have no findings: a script that reads DEVICE, and an end."""


def write_job(root: Path, job: dict[str, Any], directory: str | None = None) -> str:
    """Write a job below ``root/jobs``; gives its file relative to the root."""
    file = f"jobs/{directory or 'team/' + str(job['jobName'])}/params.json"
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(json.dumps(job, indent=2) + "\n", encoding="utf-8")
    return file


def members(node: Any) -> list[tuple[Any, Any]]:
    """What is directly in a document's object or list: keys or indexes, with values."""
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []


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


Report = Callable[..., dict[str, Any]]


@pytest.fixture
def report(repository: Path) -> Report:
    """Run a command on the repository and give its json report."""

    def run(*arguments: str) -> dict[str, Any]:
        ran = rayjobs(*arguments, "--root", repository, "--format", "json")
        assert ran.stderr == ""
        document: dict[str, Any] = json.loads(ran.stdout)
        assert ran.returncode == int(
            any(found["severity"] == "error" for found in document["diagnostics"])
        )
        return document

    return run
