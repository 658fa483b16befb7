"""--format, --output and --report of the commands that report."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from generator.reports import REPORTERS, Format, reporter_of
from generator.reports.base import Reporter
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job

COMMANDS = ["validate", "render", "check", "diff"]
FORMATS: tuple[Format, ...] = get_args(Format)


@pytest.fixture
def broken(repository: Path) -> Path:
    """A repository with one error."""
    write_job(repository, minimal_job(priority=0))
    return repository


def test_each_format_has_a_reporter() -> None:
    assert tuple(REPORTERS) == FORMATS
    classes = [reporter_of(name) for name in FORMATS]
    assert all(issubclass(one, Reporter) and not inspect.isabstract(one) for one in classes)
    assert len(set(classes)) == len(FORMATS)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_command_has_every_format(broken: Path, command: str, form: Format) -> None:
    ran = rayjobs(command, "--root", broken, "--format", form)
    assert ran.returncode == 1
    assert "schema/range" in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_goes_to_a_file(broken: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "out.json"
    file.write_text("what an earlier run left")
    run = (command, "--root", broken, "--format", "json")
    printed = rayjobs(*run)
    saved = rayjobs(*run, "--output", file)
    assert (saved.returncode, saved.stdout, saved.stderr) == (1, "", "")
    assert file.read_text() == printed.stdout
    assert not list(tmp_path.glob(".rayjobs-*"))


@pytest.mark.parametrize("command", COMMANDS)
def test_several_reports_at_once(broken: Path, command: str) -> None:
    sarif, junit = broken / "a=b.sarif", broken / "junit.xml"
    run = (command, "--root", broken, "--format", "text", "--color", "never")
    ran = rayjobs(*run, "--report", f"sarif={sarif}", "--report", f"junit={junit}")
    alone = rayjobs(*run)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, alone.stdout, alone.stderr)
    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert ElementTree.fromstring(junit.read_bytes()).tag == "testsuites"


@pytest.mark.parametrize(
    "options",
    [
        ["--output", "no-such-directory/x"],
        ["--output", ""],
        ["--output", "."],
        ["--report", "json"],
        ["--report", "xml=x"],
        ["--report", "json="],
        ["--report", "json=no-such-directory/x"],
        ["--report", "json=x", "--report", "sarif=./x"],
        ["--output", "x", "--report", "sarif=x"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_usage_error_exits_2_and_does_nothing(
    repository: Path, command: str, options: list[str]
) -> None:
    write_job(repository, minimal_job())
    ran = rayjobs(command, *options, cwd=repository)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr
    assert [path.name for path in repository.iterdir()] == ["jobs"]


def test_a_file_that_cannot_be_written_exits_1(repository: Path) -> None:
    write_job(repository, minimal_job())
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    ran = rayjobs("validate", "--root", repository, "--report", f"json={full}")
    assert ran.returncode == 1
    assert "cannot be written: No space left on device" in ran.stderr
    assert "1 job, 0 errors" in ran.stdout


def test_a_pipe_or_a_device_is_written_to(broken: Path) -> None:
    pipe = broken / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        rayjobs("validate", "--root", broken, "--format", "json", "--output", pipe)
        text, _ = reader.communicate(timeout=60)
    assert json.loads(text)["diagnostics"]
    assert pipe.is_fifo()


def test_a_link_keeps_pointing_to_its_file(
    broken: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("own")
    (own / "link").symlink_to("target")
    rayjobs("validate", "--root", broken, "--format", "json", "--output", own / "link")
    assert (own / "link").is_symlink()
    assert json.loads((own / "target").read_text())["diagnostics"]


def test_a_patch_goes_to_a_file(repository: Path) -> None:
    write_job(repository, minimal_job())
    patch = repository / "change.patch"
    printed = rayjobs("diff", "--root", repository).stdout
    saved = rayjobs("diff", "--root", repository, "--output", patch)
    assert (saved.returncode, saved.stdout) == (0, "")
    assert patch.read_text() == printed != ""
    write_job(repository, minimal_job(priority=0))
    failed = rayjobs("diff", "--root", repository, "--output", patch)
    assert (failed.returncode, failed.stdout, patch.read_text()) == (1, "", "")
    assert "schema/range" in failed.stderr


def test_a_diff_issues_no_workflow_command_and_still_applies(repository: Path) -> None:
    job = minimal_job()
    job["inputDataConfig"][0]["labelName"] = "##[add-mask]x"
    write_job(repository, job)
    ran = rayjobs("diff", "--root", repository, environment={"GITHUB_ACTIONS": "true"})
    first, *body, last = ran.stdout.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert (first, last) == (f"::stop-commands::{token}", f"::{token}::")
    assert any("##[add-mask]x" in line for line in body)
    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
    subprocess.run(["git", "apply", "-"], cwd=repository, check=True, input=ran.stdout, text=True)
    assert rayjobs("check", "--root", repository).returncode == 0


def test_github_is_chosen_by_itself_for_what_is_printed_only(broken: Path) -> None:
    file = broken / "out.txt"
    actions = {"GITHUB_ACTIONS": "true"}
    assert rayjobs("validate", "--root", broken, environment=actions).stdout.startswith("::error")
    rayjobs("validate", "--root", broken, "--output", file, environment=actions)
    assert "error[schema/range]" in file.read_text()


def test_help_imports_no_reporter() -> None:
    run = "import sys; from generator.commands import app; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "generator.commands.app" in loaded
    assert not {name for name in loaded if name.startswith("generator.reports.")}
    assert not loaded & {"pydantic", "jsonschema_rs", "generator.check.pipeline", "secrets"}


@pytest.mark.parametrize("argument", ["--help", "--nothing"])
def test_nothing_is_collected_as_a_run_ends(argument: str) -> None:
    run = (
        "import atexit, gc, sys\n"
        "atexit.register(lambda: print('collects', gc.isenabled(), gc.get_freeze_count() > 9999))\n"
        f"sys.argv[1:] = ['{argument}']\n"
        "from generator.__main__ import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == (0 if argument == "--help" else 2)
    assert done.stdout.splitlines()[-1] == "collects False True"


def test_only_the_reporters_asked_for_are_imported(repository: Path) -> None:
    run = (
        "import sys; from generator.reports import reporter_of; reporter_of('junit')\n"
        "print(*sorted(name for name in sys.modules if name.startswith('generator.reports.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["generator.reports.base", "generator.reports.junit"]
