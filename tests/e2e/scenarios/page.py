"""docs/sync.md as commands, and a place to run them in: a clone of this repository."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.git_server import URL
from tests.e2e.session.repository import ROOT
from tests.e2e.session.sync_engine import SyncEngine

PAGE = ROOT / "docs" / "sync.md"
COMMON = ("1. Name the repository", "2. Prepare the control plane", "3. Commit the first job")
STEP = {"Flux": "4. With Flux", "Argo CD": "5. With Argo CD"}
"""By sync engine, the section that points it at the repository."""


def sections() -> dict[str, list[str]]:
    """The commands of the page by the section's title."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^#+ ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        found[title] = [line for block in blocks for line in block.splitlines()]
    return found


def first_job(engine: SyncEngine) -> list[str]:
    """The commands that lead from an empty Karmada to the first job, with one sync engine."""
    found = sections()
    return [line for title in (*COMMON, STEP[engine.name]) for line in found[title]]


def variables(planes: ControlPlanes, engine: SyncEngine) -> dict[str, str]:
    """What the page says to set, as it is in this session."""
    crds = next(planes.engines.manifests("kuberay").rglob("ray.io_rayjobs.yaml"))
    external = next(planes.engines.manifests("external-secrets").rglob("*_externalsecrets.yaml"))
    return {
        "REPOSITORY": f"{URL}/{_name(engine)}.git",
        "KUBERAY_CRDS": str(crds.parent),
        "EXTERNAL_SECRETS_CRDS": str(external.parent),
        "S3_ACCESS_KEY": "EXAMPLE-ACCESS-KEY",
        "S3_SECRET_KEY": "EXAMPLE-SECRET-KEY",
        "S3_ENDPOINT": "https://minio.local",
        "S3_BUCKET": "text",
        "S3_OBJECT": "sentiment/train.csv",
        "CLUSTER": "member1",
    }


@dataclass(frozen=True)
class Checkout:
    """A clone with the kubeconfigs that the page asks for, and kubectl and rayjobs on PATH."""

    directory: Path
    environment: dict[str, str]

    def run(self, command: str) -> str:
        """What a command of the page prints; AssertionError where it fails."""
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def run_all(self, commands: Iterable[str]) -> None:
        """Run commands in their order."""
        for command in commands:
            self.run(command)


@contextlib.contextmanager
def cloned(
    directory: Path, git_server: Path, planes: ControlPlanes, engine: SyncEngine
) -> Iterator[Checkout]:
    """A clone of this repository with an origin of its own; both are removed at the end.

    Its platform.yaml lists the session's members too, to which its commands add jobs.
    """
    made, origin = directory / _name(engine), git_server / f"{_name(engine)}.git"
    ignored = shutil.ignore_patterns(".git", ".venv", ".tools", ".*_cache", ".hypothesis", ".cache")
    shutil.copytree(ROOT, made, ignore=ignored)
    own, listed = (ROOT / "platform.yaml").read_text(encoding="utf-8"), "\nclusters:\n"
    assert listed in own
    members = "".join(f"  {name}: {{}}\n" for name in MEMBERS)
    text = own.replace(listed, listed + members)
    (made / "platform.yaml").write_text(text, encoding="utf-8")
    for command in (
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(origin)],
        ["git", "init", "--quiet", "--initial-branch=main", "."],
        ["git", "config", "user.name", "session"],
        ["git", "config", "user.email", "session@example.invalid"],
        ["git", "remote", "add", "origin", str(origin)],
        ["git", "add", "--all"],
        ["git", "commit", "--quiet", "--message", "A repository of jobs"],
        ["git", "push", "--quiet", "--set-upstream", "origin", "main"],
    ):
        subprocess.run(command, cwd=made, check=True, capture_output=True)
    for name in ("karmada", "management"):
        shutil.copy(planes.kubeconfig(name), made / f"{name}.kubeconfig")
    yield Checkout(made, _environment(directory, planes, engine))
    shutil.rmtree(made)
    shutil.rmtree(origin)


def _environment(directory: Path, planes: ControlPlanes, engine: SyncEngine) -> dict[str, str]:
    binaries = directory / "programs"
    binaries.mkdir(exist_ok=True)
    rayjobs = binaries / "rayjobs"
    rayjobs.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m generator "$@"\n')
    rayjobs.chmod(0o755)
    kubectl = binaries / "kubectl"
    kubectl.unlink(missing_ok=True)
    kubectl.symlink_to(planes.engines.binary("kubectl"))
    return {
        **os.environ,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(directory),
        **variables(planes, engine),
    }


def _name(engine: SyncEngine) -> str:
    return f"documented-{engine.name.lower().replace(' ', '-')}"
