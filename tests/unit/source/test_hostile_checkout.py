"""A checkout that is hostile in every way we know, through every command: nothing of it runs.

Each trap leaves a marker named after it. ``test_the_traps_work`` springs those that Git and Python
would spring by themselves, so that a trap which cannot work is noticed.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command import ROOT
from tests.helpers.jobs import minimal_job

DRIVERS = ("plain", "a=b", "dotted.name", "Ünïcode")
MODULES = (
    "sitecustomize",
    "usercustomize",
    "typer",
    "pydantic",
    "kubernetes",
    "json",
    "gc",
    "trap",
)
PROGRAMS = ("kubeconform", "git", "python3", "rayjobs", "go", "less", "ssh", "gpg")
HOOKS = ("post-index-change", "reference-transaction", "pre-commit", "post-checkout", "fsmonitor")
PLUGIN = "[pydantic]\ntrap = trap:plugin\n[console_scripts]\nrayjobs = trap:plugin\n"

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("validate",),
    ("validate", "jobs/team"),
    ("check",),
    ("check", "--base", "HEAD^"),
    ("check", "--conformance", "kubeconform"),
    ("diff",),
    ("render",),
    ("sync", "flux"),
    ("list",),
    ("list", "--deleted"),
    ("history", "train-1"),
    ("show", "train-1"),
    ("explain", "fleet/full-copies"),
    ("schema", "platform"),
    ("page", "site", "--offline"),
    ("new", "train-3", "--from", "train-1", "--tenant", "team"),
    ("init", "fresh"),
    ("doctor",),
    ("clusters",),
    ("status",),
    ("logs", "train-1"),
    ("archive", "--finished-for", "1d"),
)


def trap(markers: Path, name: str) -> str:
    return f"#!/bin/sh\ntouch '{markers}/{name}'\nexit 1\n"


def write_program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def git(root: Path, *words: str) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=/dev/null")
    ran = subprocess.run(
        ["git", "-C", root, *settings, *words], env=clean, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def markers(tmp_path: Path) -> Path:
    (tmp_path / "markers").mkdir()
    return tmp_path / "markers"


@pytest.fixture
def hostile(tmp_path: Path, markers: Path) -> Path:
    """Two commits of jobs with everything in them that some tool might run."""
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    for number in (1, 2):
        job = {"$schema": f"file://{markers}/schema", **minimal_job(f"train-{number}")}
        place = root / f"jobs/team/train-{number}/params.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(job))
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", f"train-{number}")
    _plant_files(root, markers)
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--message", "everything")
    _plant_settings(root, markers)
    # Otherwise than committed, so that Git asks the filters what it would commit.
    (root / "jobs/team/train-2/params.json").write_text(json.dumps(minimal_job("train-2")))
    return root


def _plant_files(root: Path, markers: Path) -> None:
    for place in (".tools/bin", ".venv/bin", "bin", "."):
        for name in PROGRAMS:
            write_program(root / place / name, trap(markers, f"{place.replace('/', '-')}-{name}"))
    for name in MODULES:
        (root / f"{name}.py").write_text(f"open({str(markers / f'module-{name}')!r}, 'w')\n")
    (root / "trap-1.dist-info").mkdir()
    (root / "trap-1.dist-info/METADATA").write_text("Name: trap\nVersion: 1\n")
    (root / "trap-1.dist-info/entry_points.txt").write_text(PLUGIN)
    (root / ".venv/lib").mkdir()
    (root / ".venv/lib/trap.pth").write_text(f"import os; os.mkdir({str(markers / 'pth')!r})\n")
    (root / "pyproject.toml").write_text("[tool.rayjobs]\nplugins = ['trap']\n")
    (root / "templates").mkdir()
    text = "{{ self.__init__.__globals__ }} ${jndi:ldap://x} !!python/object/apply:os.system [id]"
    (root / "templates/t.json").write_text(json.dumps({"description": text}))
    (root / "platform.yaml").write_text("clusters: {c1: {}}\n")
    drivers = "\n".join(f"* filter={name} diff={name}" for name in DRIVERS)
    (root / ".gitattributes").write_text(f"{drivers}\n")
    for name in DRIVERS:
        (root / f"jobs/team/{name}.txt").write_text("x\n")
        with (root / ".gitattributes").open("a") as opened:
            opened.write(f"jobs/team/{name}.txt filter={name} diff={name} merge={name}\n")
    (root / "jobs/.gitattributes").write_text("params.json filter=a=b diff=plain\n")


def _plant_settings(root: Path, markers: Path) -> None:
    commands = {
        "core.fsmonitor": "fsmonitor",
        "core.pager": "pager",
        "core.editor": "editor",
        "core.sshCommand": "ssh",
        "core.alternateRefsCommand": "alternates",
        "diff.external": "external",
        "gpg.program": "gpg",
        "gpg.ssh.program": "gpg-ssh",
        "credential.helper": "credential",
        "pager.log": "pager-log",
        "pager.status": "pager-status",
        "alias.status": "alias",
        "uploadpack.packObjectsHook": "pack",
    }
    lines = []
    for setting, name in commands.items():
        program = markers.parent / "traps" / name
        write_program(program, trap(markers, f"setting-{name}"))
        section, _, key = setting.rpartition(".")
        group, _, driver = section.partition(".")
        title = f'{group} "{driver}"' if driver else group
        value = f"!{program}" if group == "alias" else f"{program}"
        lines += [f"[{title}]", f'\t{key} = "{value}"']
    for driver in DRIVERS:
        for section, key in (
            ("filter", "clean"),
            ("filter", "smudge"),
            ("filter", "process"),
            ("diff", "textconv"),
            ("diff", "command"),
            ("merge", "driver"),
        ):
            program = markers.parent / "traps" / f"{section}-{key}"
            write_program(program, trap(markers, f"driver-{section}-{key}"))
            lines += [f'[{section} "{driver}"]', f'\t{key} = "{program}"']
        lines += [f'[filter "{driver}"]', "\trequired = true"]
    (root / "included.config").write_text("\n".join(lines) + "\n")
    with (root / ".git/config").open("a") as opened:
        opened.write("[include]\n\tpath = ../included.config\n[log]\n\tshowSignature = true\n")
        opened.write(f'[includeIf "gitdir:{root}/"]\n\tpath = ../included.config\n')
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* filter=plain diff=plain\n")
    for name in HOOKS:
        write_program(root / ".git/hooks" / name, trap(markers, f"hook-{name}"))


def environment(root: Path) -> dict[str, str]:
    """That of a person, with every careless entry of PATH there is, before the good ones."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON", "KUBE"))}
    careless = ["", ".", "bin", ".venv/bin", f"{root}/.venv/bin", f"{root}/.tools/bin", str(root)]
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    return {**kept, "PATH": ":".join([*careless, kept["PATH"]]), "HOME": str(home)}


def run(root: Path, how: list[str], command: tuple[str, ...]) -> int:
    ran = subprocess.run(
        [*how, *command],
        cwd=root,
        env=environment(root),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert b"Traceback" not in ran.stderr, ran.stderr
    return ran.returncode


INSTALLED = [str(Path(sys.executable).with_name("rayjobs"))]
ISOLATED = [sys.executable, "-I", "-m", "generator"]
STARTED = {"installed": INSTALLED, "isolated": ISOLATED}


@pytest.mark.parametrize("how", STARTED)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_of_a_hostile_checkout_runs(
    hostile: Path, markers: Path, how: str, command: tuple[str, ...]
) -> None:
    (hostile / "generator").mkdir()
    module = f"open({str(markers / 'module-generator')!r}, 'w')\n"
    (hostile / "generator/__init__.py").write_text(module)
    (hostile / "generator/__main__.py").write_text(module)
    run(hostile, STARTED[how], command)
    assert sorted(marker.name for marker in markers.iterdir()) == []


def test_a_module_of_the_working_directory_is_not_imported(hostile: Path, markers: Path) -> None:
    """``python -m`` puts the working directory first: only what it finds before us can run."""
    for name in ("json.py", "gc.py"):
        (hostile / name).unlink()
    (hostile.parent / "site").mkdir()
    (hostile.parent / "site/generator").symlink_to(ROOT / "generator")
    code = f"import sys, runpy; sys.path[:1] = [{str(hostile)!r}, {str(hostile.parent / 'site')!r}]"
    start = [sys.executable, "-c", f"{code}; runpy.run_module('generator', alter_sys=True)"]
    assert run(hostile, [*start], ("validate",)) == 0
    assert sorted(marker.name for marker in markers.iterdir()) == []


def test_a_repository_among_the_jobs_is_not_entered(hostile: Path, markers: Path) -> None:
    """A bare repository can be committed, with its configuration, and be what --root names."""
    inner = hostile / "jobs/team/inner"
    subprocess.run(["git", "init", "--quiet", "--bare", inner], check=True)
    (inner / "config").write_text(
        (inner / "config").read_text() + (hostile / "included.config").read_text()
    )
    (inner / "jobs").mkdir()
    for command in (("list",), ("check", "--base", "HEAD")):
        run(inner, INSTALLED, command)
    assert sorted(marker.name for marker in markers.iterdir()) == []


def test_the_traps_work(hostile: Path, markers: Path) -> None:
    """Git and Python spring the traps where nobody keeps them from it."""
    plain = {**environment(hostile), "GIT_PAGER_IN_USE": "1", "PATH": os.environ["PATH"]}
    for words in (["status"], ["diff"], ["log", "-p", "--ext-diff", "--textconv"]):
        subprocess.run(["git", *words], cwd=hostile, env=plain, capture_output=True, check=False)
    subprocess.run([sys.executable, "-m", "trap"], cwd=hostile, env=plain, check=False)
    subprocess.run(["kubeconform"], cwd=hostile, env=environment(hostile), check=False)
    sprung = {marker.name for marker in markers.iterdir()}
    assert {"setting-fsmonitor", "driver-filter-process", "module-trap"} <= sprung
    assert any(name.endswith("-kubeconform") for name in sprung)


def test_a_kubeconform_that_is_named_is_run(hostile: Path, markers: Path) -> None:
    words = ("check", "--conformance", "kubeconform", "--kubeconform", ".tools/bin/kubeconform")
    assert run(hostile, INSTALLED, words) == 1
    assert [marker.name for marker in markers.iterdir()] == [".tools-bin-kubeconform"]
