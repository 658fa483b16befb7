"""Every command of the README runs, in order, in a fresh copy of the repository."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.model.job.schema import explain
from generator.model.platform.model import platform_from
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job

LEFT_OUT = {
    "make test": "it would run this test again",
    "make setup": "it needs the network; this test runs inside what it makes",
    ". .venv/bin/activate": "the interpreter's own environment is used",
}


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_runs(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    ignored = shutil.ignore_patterns(".git", ".venv", ".tools", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=ignored)
    row = {"request_payload": minimal_job("old-1", targetClusters=["cluster-cpu-0"], pvcName="")}
    (copy / "rows.jsonl").write_text(json.dumps(row) + "\n")
    ran = [command for command in commands() if command not in LEFT_OUT]
    assert len(ran) >= 8
    for command in ran:
        done = run(command, copy)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def run(command: str, copy: Path) -> subprocess.CompletedProcess[str]:
    """One command of the README; those of this package as shells split them."""
    program, *arguments = shlex.split(command)
    if program == "rayjobs":
        assert not set(command) & set(";&|<>$`*?#~")
        return rayjobs(*arguments, cwd=copy)
    if command == "make render":
        # The recipe with this environment in place of the one it would set up.
        shown = started(["make", "-n", "--no-print-directory", "render"], copy)
        assert shown.stdout.rstrip().endswith("python -m generator render")
        return started([sys.executable, "-m", "generator", "render"], copy)
    return started(["bash", "-c", command], copy)


def started(words: list[str], copy: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        words, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


def test_the_error_shown_is_the_one_printed(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(jobs/.*?)```", text, flags=re.DOTALL)
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    options = ["--cluster", "c", "--endpoint", "https://s", "--bucket", "b", "--prefix", "k"]
    made = rayjobs("new", "train-iris-1", "--tenant", "flowers", "--root", tmp_path, *options)
    assert made.returncode == 0
    job = tmp_path / "jobs/flowers/train-iris-1/params.json"
    job.write_text(job.read_text().replace('"cpuCores": 4', '"cpuCores": "4"'))
    done = rayjobs("validate", "--quiet", "--format", "text", "--root", tmp_path)
    assert done.stdout == shown


SHOWN = re.findall(
    r"```(json|yaml)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize(("language", "text"), SHOWN)
def test_what_is_shown_of_a_file_is_taken(language: str, text: str) -> None:
    if language == "json":
        assert explain({**minimal_job(), **json.loads(text)}) == []
    elif not text.startswith("- uses:"):
        assert platform_from(text)[1] == ()


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_a_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_page_is_named_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").iterdir():
        assert f"(docs/{page.name})" in text
