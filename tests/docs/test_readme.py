"""Every command of the README runs, in order, in a fresh copy of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.model.job.schema import explain
from generator.model.platform.model import platform_from
from tests.helpers.command import ROOT
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
    binaries = Path(sys.executable).parent
    environment = {
        **{key: value for key, value in os.environ.items() if key != "GITHUB_ACTIONS"},
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy),
    }
    ran = [command for command in commands() if command not in LEFT_OUT]
    assert len(ran) >= 8
    for command in ran:
        given = command.replace("rayjobs ", f"{sys.executable} -m generator ", 1)
        if command == "make render":
            # The recipe with this environment in place of the one it would set up.
            shown = subprocess.run(
                ["make", "-n", "--no-print-directory", "render"],
                cwd=copy,
                capture_output=True,
                text=True,
                check=True,
            )
            assert shown.stdout.rstrip().endswith("python -m generator render")
            given = f"{sys.executable} -m generator render"
        done = subprocess.run(
            ["bash", "-c", given], cwd=copy, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def test_the_error_shown_is_the_one_printed(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(jobs/.*?)```", text, flags=re.DOTALL)
    run = [sys.executable, "-m", "generator"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    options = ["--cluster", "c", "--endpoint", "https://s", "--bucket", "b", "--prefix", "k"]
    subprocess.run(
        [*run, "new", "train-iris-1", "--tenant", "flowers", "--root", str(tmp_path), *options],
        env=environment,
        check=True,
        capture_output=True,
    )
    job = tmp_path / "jobs/flowers/train-iris-1/params.json"
    job.write_text(job.read_text().replace('"cpuCores": 4', '"cpuCores": "4"'))
    done = subprocess.run(
        [*run, "validate", "--quiet", "--format", "text", "--root", str(tmp_path)],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
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
