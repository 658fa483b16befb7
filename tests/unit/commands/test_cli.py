"""The command line: exit codes, formats, and what each command prints."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from generator import __version__
from generator.check.outcome import Outcome
from generator.commands.app import COMMANDS as TABLE
from generator.diagnostics import error, located
from generator.reports.json_report import JSONReporter
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tools.schemas import SCHEMAS

COMMANDS = ["validate", "render", "check", "diff"]


def test_version_and_help() -> None:
    assert rayjobs("--version").stdout == f"rayjobs {__version__}\n"
    for arguments in ([], ["--help"], ["-h"]):
        ran = rayjobs(*arguments)
        assert "validate" in ran.stdout + ran.stderr
    assert rayjobs("--help").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["validate", "--nothing"],
        ["validate", "--format", "xml"],
        ["validate", "--root", "does-not-exist"],
        ["validate", "does-not-exist"],
        ["validate", "/"],
        ["check", "--conformance", "maybe"],
        ["schema", "nothing"],
        ["new"],
        ["new", "a"],
        ["new", "a", "--from", "no-such-job"],
        ["new", "a", "--from", "LICENSE", "--tenant", "../x"],
    ],
    ids=" ".join,
)
def test_a_usage_error_exits_2(arguments: list[str]) -> None:
    ran = rayjobs(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr
    assert ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["text", "github", "json"])
def test_errors_exit_1_and_warnings_0(repository: Path, command: str, form: str) -> None:
    write_job(repository, minimal_job(priority=7))
    rayjobs("render", "--root", repository)
    options = ("--root", repository, "--format", form)
    assert rayjobs(command, *options).returncode == 0
    assert rayjobs(command, *options, "--strict").returncode == 1
    write_job(repository, minimal_job(priority=0))
    ran = rayjobs(command, *options)
    assert ran.returncode == 1
    assert "schema/range" in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_the_json_report_follows_its_schema(repository: Path, command: str) -> None:
    schema = json.loads((ROOT / "schemas" / "report.schema.json").read_text())
    for job in (minimal_job(), minimal_job(priority=0), minimal_job(targetClusters=["b", "a"])):
        file = write_job(repository, job)
        ran = rayjobs(command, "--root", repository, "--format", "json")
        report: dict[str, Any] = json.loads(ran.stdout)
        jsonschema.validate(report, schema)
        assert {d["file"] for d in report["diagnostics"]} <= {file, *map(str, _rendered(report))}


def _rendered(report: dict[str, Any]) -> list[str]:
    return [file for files in report["plan"].values() for file in files]


@pytest.mark.parametrize("last", ["", "\udcff"], ids=["", "not-utf-8"])
def test_the_json_report_is_what_json_writes(last: str) -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000)])) + last
    text = JSONReporter().report(Outcome([located(error("a/b", "").found(every))]))
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert json.loads(text)["diagnostics"][0]["message"] == every


COMMAND_HELP = [(name, *entry[0].split(":"), entry[1]) for name, entry in TABLE.items()]


@pytest.mark.parametrize(("name", "module", "attribute", "summary"), COMMAND_HELP)
def test_the_table_sums_a_command_up_as_its_docstring(
    name: str, module: str, attribute: str, summary: str
) -> None:
    defined = getattr(import_module(f"generator.commands.{module}"), attribute)
    if isinstance(defined, typer.Typer):
        assert defined.registered_callback is not None
        defined = defined.registered_callback.callback
    said = " ".join(str(inspect.getdoc(defined)).partition("\n\n")[0].split())
    assert re.split(r"(?<=\.) ", said)[0] == summary


def test_help_imports_no_command() -> None:
    run = (
        "import sys; from generator.commands.app import command;"
        "command(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *shown, loaded = done.stdout.splitlines()
    assert shown[0].startswith("Usage:")
    of_commands = {f"generator.commands.{entry[0].split(':')[0]}" for entry in TABLE.values()}
    assert not {*loaded.split()} & {"pydantic", "rich", *of_commands}


def test_a_diagnostic_looks_like_a_compilers(repository: Path) -> None:
    file = write_job(repository, minimal_job(priority=0))
    lines = rayjobs("validate", "--root", repository, "--color", "never").stdout.splitlines()
    assert lines[:4] == [
        f"{file}:32:15: error[schema/range]: 0 is out of range",
        '  32 |   "priority": 0',
        "     |               ^",
        "  hint: write a number from 1 to 1000",
    ]
    assert lines[-1] == "0 jobs, 1 error, 0 warnings"


def test_color_is_asked_for_or_guessed(repository: Path) -> None:
    write_job(repository, minimal_job(priority=0))
    run = ("validate", "--root", repository)
    assert "\x1b[" in rayjobs(*run, "--color", "always").stdout
    assert "\x1b[" not in rayjobs(*run, "--color", "never").stdout
    assert "\x1b[" not in rayjobs(*run).stdout


def test_quiet_prints_findings_only(repository: Path) -> None:
    write_job(repository, minimal_job())
    assert rayjobs("validate", "--root", repository, "--quiet").stdout == ""


def test_github_is_chosen_by_itself_and_escaped(repository: Path) -> None:
    file = write_job(repository, minimal_job(pvcName="x\n::error::y%", priority=3), "te,am/a:b%")
    ran = rayjobs("validate", "--root", repository, environment={"GITHUB_ACTIONS": "true"})
    assert file == "jobs/te,am/a:b%/params.json"
    first, *rest = ran.stdout.splitlines()
    assert first.startswith("::error file=jobs/te%2Cam/a%3Ab%25/params.json,line=")
    assert "title=schema/pattern::" in first
    assert "y%25" in first
    assert "%0A" in first
    assert not any(line.startswith("::error") for line in rest)


def test_untrusted_text_reaches_no_terminal(repository: Path) -> None:
    write_job(repository, minimal_job(jobName="a\x1b[31m\u202eb"))
    for form in ("text", "github", "json"):
        ran = rayjobs("validate", "--root", repository, "--format", form)
        assert not re.search("[\x1b\u202e]", ran.stdout)


def test_validate_reports_on_the_paths_given(repository: Path) -> None:
    good = write_job(repository, minimal_job("good"))
    bad = write_job(repository, minimal_job("bad", priority=0))
    run = ("validate", "--root", repository, "--format", "json")
    assert rayjobs(*run, repository / good).returncode == 0
    ran = rayjobs(*run, repository / "jobs" / "team" / "bad")
    assert ran.returncode == 1
    assert [d["file"] for d in json.loads(ran.stdout)["diagnostics"]] == [bad]
    assert rayjobs(*run, repository).returncode == 1


def test_diff_is_what_render_does(repository: Path) -> None:
    write_job(repository, minimal_job("a"))
    write_job(repository, minimal_job("b"))
    rayjobs("render", "--root", repository)
    before = {p: p.read_text() for p in (repository / "rendered").rglob("*.yaml")}
    write_job(repository, minimal_job("c"))
    write_job(repository, minimal_job("a", targetClusters=["c2"]))
    (repository / "jobs/team/b/params.json").unlink()
    ran = rayjobs("diff", "--root", repository)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {p: p.read_text() for p in (repository / "rendered").rglob("*.yaml")} == before
    patch = repository / "change.patch"
    patch.write_text(ran.stdout)

    stat = rayjobs("diff", "--root", repository, "--stat").stdout.splitlines()
    assert stat[-1].startswith("5 files changed, ")
    assert any(re.fullmatch(r"rendered/default/a\.yaml \| \+1 -1", line) for line in stat)

    subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
    subprocess.run(["git", "apply", "change.patch"], cwd=repository, check=True)
    assert rayjobs("check", "--root", repository).returncode == 0


def test_the_summary_says_what_runs_where(repository: Path) -> None:
    job = minimal_job(targetClusters=["c1", "c2"])
    job["resources"]["instanceCount"] = 2
    job["resources"]["instanceResources"]["gpuCount"] = 2
    write_job(repository, job)
    words = "train-1 runs a full copy on each of 2 clusters (c1, c2): 4 workers, 8 GPUs in all"
    ran = rayjobs("render", "--root", repository)
    assert words in ran.stdout.splitlines()
    assert '"mode": "one-of"' in ran.stdout


def test_schema_prints_what_is_committed() -> None:
    for file in SCHEMAS:
        committed = (ROOT / "schemas" / file).read_text()
        assert rayjobs("schema", file.partition(".")[0]).stdout == committed


def test_output_that_the_terminal_cannot_show(repository: Path) -> None:
    write_job(repository, minimal_job(priority="ß日"))
    ran = rayjobs("validate", "--root", repository, environment={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "\\xdf" in ran.stdout


MORE = ["--validation", "v.csv", "--volume-size", "5"]
NEW = ["--cluster", "c1", "--endpoint", "https://s3.example", "--bucket", "b", "--prefix", "k.csv"]


def test_new_writes_a_job_that_validates(repository: Path) -> None:
    ran = rayjobs("new", "train-2", "--root", repository, *NEW, *MORE, "--mode", "one-of")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "wrote jobs/default/train-2/params.json\n"
    assert rayjobs("validate", "--root", repository, "--strict").returncode == 0
    again = rayjobs("new", "train-2", "--root", repository, *NEW)
    assert again.returncode == 1
    assert "fleet/duplicate-job" in again.stderr


def test_new_refuses_what_would_not_validate(repository: Path) -> None:
    ran = rayjobs("new", "Train_2", "--root", repository, *NEW)
    assert ran.returncode == 1
    assert "schema/pattern" in ran.stderr
    assert not list((repository / "jobs").iterdir())


@pytest.mark.parametrize("form", ["name", "file", "directory", "-"])
def test_new_from_a_job_is_a_re_run(repository: Path, form: str) -> None:
    job = minimal_job("train-1", priority=7)
    file = write_job(repository, job)
    source = {
        "name": "train-1",
        "file": str(repository / file),
        "directory": str((repository / file).parent),
        "-": "-",
    }[form]
    stdin = (repository / file).read_text() if form == "-" else None
    ran = rayjobs("new", "train-2", "--root", repository, "--from", source, stdin=stdin)
    assert ran.returncode == 0, ran.stderr
    assert 'changed jobName from "train-1" to "train-2"' in ran.stdout
    tenant = "default" if form == "-" else "team"
    written = json.loads((repository / f"jobs/{tenant}/train-2/params.json").read_text())
    assert written == {**job, "jobName": "train-2"}


def test_new_from_a_job_takes_what_else_is_asked(repository: Path) -> None:
    write_job(repository, minimal_job("train-1"))
    first = ("new", "train-2", "--root", repository, "--from", "train-1")
    asked = ("--cluster", "c7", "--bucket", "other", "--cpu", "3", "--mode", "all")
    ran = rayjobs(*first, *asked, "--validation", "v.csv", "--namespace", "default")
    assert ran.returncode == 0, ran.stderr
    (written,) = repository.glob("jobs/*/train-2/params.json")
    job = json.loads(written.read_text())
    assert job["targetClusters"] == ["c7"]
    assert job["resources"]["instanceResources"]["cpuCores"] == 3
    assert job["scheduling"] == {"mode": "all"}
    train, validation = job["inputDataConfig"]
    assert (train["bucket"], validation["bucket"]) == ("other", "other")
    assert validation["prefix"] == "v.csv"


def test_new_from_a_forms_payload_says_what_it_dropped(repository: Path) -> None:
    payload = minimal_job("old", createdBy="x", pvcName=None, priority="500")
    payload["inputDataConfig"][0] |= {"accessKey": "EXAMPLE-ACCESS-KEY"}
    payload["resources"]["instanceResources"]["cpuCores"] = "4"
    ran = rayjobs("new", "a", "--root", repository, "--from", "-", stdin=json.dumps(payload))
    assert ran.returncode == 0, ran.stderr
    notes = ran.stdout.splitlines()
    assert "dropped createdBy: no job has this field" in notes
    assert "dropped inputDataConfig.0.accessKey: no job has this field" in notes
    assert "dropped pvcName: it was null" in notes
    assert 'changed priority from the text "500" to the number 500' in notes
    assert any(note.startswith("changed resources.instanceResources.cpuCores") for note in notes)
    assert "EXAMPLE-ACCESS-KEY" not in (repository / "jobs/default/a/params.json").read_text()


def test_check_compares_with_a_base(repository: Path) -> None:
    write_job(repository, minimal_job())
    rayjobs("render", "--root", repository)
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(repository))
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    write_job(repository, minimal_job(customHyperparameters={"seed": 1}))
    rayjobs("render", "--root", repository)
    run = ("check", "--root", repository, "--conformance", "embedded", "--base")
    edited = rayjobs(*run, "HEAD")
    assert edited.returncode == 1
    assert "base/edited-job" in edited.stdout
    assert rayjobs(*run, "HEAD", "--allow-edits").returncode == 0
    assert rayjobs(*run, "no-such-ref").returncode == 1
