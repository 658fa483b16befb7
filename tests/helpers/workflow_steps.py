"""Every `run` step of the workflows and actions, and a machine that runs one as GitHub does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.command import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATES = [
    ROOT / "generator" / "commands" / "scaffold" / name for name in ("validate.yml", "comment.yml")
]
ACTIONS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "actions").glob("*/action.yml"))]
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"], None: ["bash", "-e"]}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True)
class Step:
    id: str
    run: str
    shell: str | None
    env: Mapping[str, str]
    inputs: Mapping[str, str]
    directory: Path


def parsed(file: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    if True in document:
        document["on"] = document.pop(True)
    return document


def steps_of(file: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Where each step is, the step, and the defaults of the inputs that it can read."""
    document = parsed(file)
    if "runs" in document:
        defaults = {
            f"inputs.{name}": str(given.get("default", ""))
            for name, given in document.get("inputs", {}).items()
        }
        where = file.parent.relative_to(ROOT).name or "action"
        for step in document["runs"]["steps"]:
            yield where, step, defaults
    for name, job in document.get("jobs", {}).items():
        for step in job["steps"]:
            yield f"{file.stem}/{name}", step, {}


@cache
def run_steps() -> dict[str, Step]:
    found = {}
    for file in (*WORKFLOWS, *ACTIONS):
        for where, step, inputs in steps_of(file):
            if "run" in step:
                key = f"{where}/{step.get('name') or step['run'].strip().splitlines()[0]}"
                assert key not in found, f"{key}: two steps have this name"
                found[key] = Step(
                    key, step["run"], step.get("shell"), step.get("env", {}), inputs, file.parent
                )
    return found


@dataclass
class Ran:
    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


@dataclass
class Machine:
    """A runner: a workspace, RUNNER_TEMP, programs that stand for those that need the network."""

    top: Path
    ran: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("workspace", "temp", "bin", "home", "gh", "gh/artifacts"):
            (self.top / name).mkdir(parents=True, exist_ok=True)
        # Not what PATH has, which may be a program that first looks which Python is wanted.
        (self.top / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
        self.program("gh", f'exec "{sys.executable}" -I -S "{ROOT}/tests/helpers/fake_gh.py" "$@"')
        self.server()
        self.event({})

    @property
    def workspace(self) -> Path:
        return self.top / "workspace"

    @property
    def temp(self) -> Path:
        return self.top / "temp"

    def program(self, name: str, body: str) -> None:
        file = self.top / "bin" / name
        # What is there may be a link to a program of this machine.
        file.unlink(missing_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        file.chmod(0o755)

    def installed(self) -> None:
        """What the step that installs leaves, with the package that is tested."""
        place = self.temp / "rayjobs" / "bin" / "python"
        place.parent.mkdir(parents=True)
        place.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        place.chmod(0o755)

    def server(self, **state: Any) -> None:
        """What `gh` answers from."""
        whole = {"pulls": [], "comments": {}, **state}
        (self.top / "gh" / "state.json").write_text(json.dumps(whole), encoding="utf-8")

    def event(self, payload: dict[str, Any]) -> None:
        """What started the run."""
        (self.top / "event.json").write_text(json.dumps(payload), encoding="utf-8")

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.top / "gh/state.json").read_text("utf-8"))
        return found

    def asked(self) -> list[list[str]]:
        """What `gh` was asked, without the token that it had."""
        log = self.top / "gh" / "log"
        if not log.exists():
            return []
        return [json.loads(line)[1:] for line in log.read_text("utf-8").splitlines()]

    def artifact(self, name: str, **files: str | bytes) -> None:
        place = self.top / "gh" / "artifacts" / name
        place.mkdir()
        for file, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (place / file.replace("_", ".")).write_bytes(data)

    def git(self, *arguments: str) -> str:
        return git(self.workspace, *arguments)

    def run(
        self,
        step: str,
        expressions: Mapping[str, str] | None = None,
        *,
        event: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """As :meth:`execute`, a step of the workflows and actions; what came of it is kept."""
        ran = self.execute(run_steps()[step], expressions, event=event, environment=environment)
        self.ran.append((step, ran.code))
        return ran

    def execute(
        self,
        given: Step,
        expressions: Mapping[str, str] | None = None,
        *,
        event: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a step's script in the shell that GitHub takes for it, with what its env gives."""
        known = {"github.token": "token", **(expressions or {})}
        # The default of an input is an expression itself; what is given is never read as one.
        known = {name: evaluated(text, known) for name, text in given.inputs.items()} | known
        files = {name: self.top / name for name in ("output", "env", "path", "summary")}
        for file in files.values():
            file.write_text("", encoding="utf-8")
        script = self.top / "script.sh"
        script.write_text(given.run, encoding="utf-8")
        ran = subprocess.run(
            [*SHELLS[given.shell], str(script)],
            cwd=self.workspace,
            env={
                "PATH": f"{self.top / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.top / "home"),
                "LANG": "C.UTF-8",
                "CI": "true",
                "FAKE_GH": str(self.top / "gh"),
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(given.directory),
                "GITHUB_ENV": str(files["env"]),
                "GITHUB_EVENT_PATH": str(self.top / "event.json"),
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_PATH": str(files["path"]),
                "GITHUB_REF_NAME": "main",
                "GITHUB_REPOSITORY": "acme/jobs",
                "GITHUB_RUN_ATTEMPT": "1",
                "GITHUB_RUN_ID": "4242",
                "GITHUB_STEP_SUMMARY": str(files["summary"]),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                **(event or {}),
                **{name: evaluated(str(value), known) for name, value in given.env.items()},
                **(environment or {}),
            },
            capture_output=True,
            check=False,
            timeout=300,
        )
        lines = files["output"].read_text("utf-8").splitlines()
        return Ran(
            ran.returncode,
            ran.stdout.decode(errors="replace"),
            ran.stderr.decode(errors="replace"),
            dict(line.split("=", 1) for line in lines),
            files["summary"].read_text("utf-8"),
        )


def evaluated(value: str, known: Mapping[str, str]) -> str:
    """``value`` with its expressions replaced; one that no test gives is an error."""
    return EXPRESSION.sub(lambda found: known[found[1]], value)


def git(directory: Path, *arguments: str) -> str:
    ran = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
