"""A jobs repository as a team has it: params.json files, rendered and pushed to the Git server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.session.git_server import URL

ROOT = Path(__file__).resolve().parents[3]
_IDENTITY = ("-c", "user.name=session", "-c", "user.email=session@example.invalid")


class Repository:
    """A working copy with its bare origin. Only ``rayjobs`` writes its ``rendered/``."""

    def __init__(self, directory: Path, served: Path, name: str) -> None:
        self.directory, self.name = directory, name
        self.url = f"{URL}/{name}.git"
        directory.mkdir(parents=True)
        origin = served / f"{name}.git"
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(origin))
        self._git("init", "--quiet", "--initial-branch=main", ".")
        self._git("remote", "add", "origin", str(origin))

    def write_platform(self, text: str) -> None:
        """Replace platform.yaml."""
        (self.directory / "platform.yaml").write_text(text, encoding="utf-8")

    def write_job(self, job: dict[str, Any], tenant: str = "team") -> None:
        """Write a job's params.json, new or anew."""
        folder = self._folder(job["jobName"], tenant)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "params.json").write_text(json.dumps(job, indent=2), encoding="utf-8")

    def delete_job(self, name: str, tenant: str = "team") -> None:
        """Delete a job's folder."""
        shutil.rmtree(self._folder(name, tenant))

    def delete_jobs(self) -> None:
        """Delete every job's folder."""
        shutil.rmtree(self.directory / "jobs", ignore_errors=True)
        (self.directory / "jobs").mkdir()

    def rayjobs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in the working copy."""
        return subprocess.run(
            [sys.executable, "-m", "generator", *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CI": "true"},
            capture_output=True,
            text=True,
            check=False,
        )

    def render(self, *options: str) -> str:
        """Write rendered/; what was printed. AssertionError where it is refused."""
        ran = self.rayjobs("render", *options)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def write_kustomizations(self) -> None:
        """Write sync/flux/namespaces/: a Kustomization for each namespace."""
        ran = self.rayjobs("sync", "flux")
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def push(self, *options: str) -> str:
        """Render, commit everything and push; the commit's id."""
        self.render(*options)
        if (self.directory / "sync" / "flux" / "namespaces").is_dir():
            self.write_kustomizations()
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", "a change of jobs")
        self._git("push", "--quiet", "origin", "main")
        return self._git("rev-parse", "HEAD")

    def _folder(self, name: str, tenant: str) -> Path:
        return self.directory / "jobs" / tenant / name

    def _git(self, *arguments: str) -> str:
        ran = subprocess.run(
            ["git", *_IDENTITY, *arguments],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.strip()
