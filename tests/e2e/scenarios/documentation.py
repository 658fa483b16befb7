"""docs/sync.md, command by command, from an empty Karmada to the first job running."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.deletion import wait_gone
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.git_server import URL
from tests.e2e.session.repository import ROOT
from tests.e2e.session.sync_engine import SyncEngine

PAGE = ROOT / "docs" / "sync.md"
COMMON = ("1. Name the repository", "2. Prepare the control plane", "3. Commit the first job")
SECTIONS = {"Flux": "4. With Flux", "Argo CD": "5. With Argo CD"}


def sections() -> dict[str, list[str]]:
    """The commands of the page by the section's title."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^#+ ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
        found[title] = [line for block in blocks for line in block.splitlines()]
    return found


@pytest.fixture
def checkout(directory: Path, git_server: Path, engine: SyncEngine) -> Iterator[Path]:
    """A clone of this repository, with the kubeconfigs that the page asks for."""
    name = engine.name.lower().replace(" ", "-")
    checkout, origin = directory / f"documented-{name}", git_server / f"documented-{name}.git"
    ignored = shutil.ignore_patterns(".git", ".venv", ".tools", ".*_cache", ".hypothesis", ".cache")
    shutil.copytree(ROOT, checkout, ignore=ignored)
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
        subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    yield checkout
    shutil.rmtree(checkout)


def variables(planes: ControlPlanes, engine: SyncEngine) -> dict[str, str]:
    """What the page says to set, as it is in this session."""
    name = engine.name.lower().replace(" ", "-")
    crds = next(planes.engines.manifests("kuberay").rglob("ray.io_rayjobs.yaml"))
    return {
        "REPOSITORY": f"{URL}/documented-{name}.git",
        "KUBERAY_CRDS": str(crds.parent),
        "S3_ACCESS_KEY": "EXAMPLE-ACCESS-KEY",
        "S3_SECRET_KEY": "EXAMPLE-SECRET-KEY",
        "S3_ENDPOINT": "https://minio.local",
        "S3_BUCKET": "text",
        "S3_OBJECT": "sentiment/train.csv",
        "CLUSTER": "member1",
    }


@pytest.fixture
def programs(directory: Path, planes: ControlPlanes, engine: SyncEngine) -> dict[str, str]:
    """The environment of the page's commands: kubectl and rayjobs on PATH, the variables set."""
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


def test_the_page_leads_from_an_empty_karmada_to_the_first_job(
    engine: SyncEngine,
    planes: ControlPlanes,
    checkout: Path,
    programs: dict[str, str],
    observed: Observed,
) -> None:
    shown = re.findall(r"^([A-Z0-9_]+)=", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(shown) == set(variables(planes, engine))
    for name in ("karmada", "management"):
        shutil.copy(planes.kubeconfig(name), checkout / f"{name}.kubeconfig")
    forget(planes, engine)
    found = sections()
    commands = [line for title in COMMON for line in found[title]] + found[SECTIONS[engine.name]]
    for command in [*commands, *found["Watch it run"]]:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=checkout,
            env=programs,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("first-training ")]
    observed(f"{len(commands)} commands of docs/sync.md lead to: {' '.join(line.split())}")
    take_away(engine, planes)


def forget(planes: ControlPlanes, engine: SyncEngine) -> None:
    """Delete what the page has its reader make, where an earlier scenario has made it."""
    for namespace in ("default", "team-text"):
        planes["karmada"].delete("Secret", "s3-credentials", namespace)
    if engine.name == "Flux":
        planes["management"].delete("Secret", "karmada-kubeconfig", "flux-system")


def take_away(engine: SyncEngine, planes: ControlPlanes) -> None:
    """Delete the documented job with its sync, and everything that both have made."""
    api = planes["management"]
    if engine.name == "Flux":
        api.delete("Kustomization", "rayjobs", "flux-system")
    else:
        api.delete("ApplicationSet", "rayjobs", "argocd")
    for one in planes["karmada"].all_of("RayJob"):
        wait_gone(planes, one["metadata"]["name"], one["metadata"]["namespace"])
    for one in planes["karmada"].all_of("PersistentVolumeClaim"):
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        planes["karmada"].delete("PersistentVolumeClaim", name, namespace)
