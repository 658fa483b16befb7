"""However a command ends: no traceback, no value in what is said, and the usual exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.commits import commit
from tests.helpers.forking import forker
from tests.helpers.jobs import minimal_job, write_job

SECRET = "s3cr3t-value"
NOISE = ("Traceback", "Exception ignored", "Error in", "Fatal Python", "Aborted", SECRET)

COMMANDS = [
    ("--version",),
    ("--help",),
    ("validate",),
    ("render",),
    ("check",),
    ("diff",),
    ("list",),
    ("list", "--format", "json"),
    ("history", "train-1"),
    ("show", "train-1"),
    ("explain",),
    ("schema",),
    ("new", "train-2", "--from", "train-1"),
    ("init", "new"),
    ("page", "site", "--offline"),
    ("sync", "flux"),
]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


@pytest.fixture
def repository_with_a_job(repository: Path) -> Path:
    write_job(repository, minimal_job())
    commit(repository)
    return repository


def run_on(out: int, err: int, command: tuple[str, ...], cwd: Path) -> int:
    environment = {key: value for key, value in os.environ.items() if key != "GITHUB_ACTIONS"}
    with open(os.devnull, encoding="utf-8") as nothing:
        return forker().run_on([nothing.fileno(), out, err], list(command), cwd, environment)


@pytest.fixture
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A file to print into."""
    with (tmp_path_factory.mktemp("said") / "said").open("w+b") as file:
        yield file.fileno()


def text_of(descriptor: int) -> str:
    return os.pread(descriptor, 1 << 20, 0).decode()


@each_command
def test_a_full_disk_takes_the_output(
    command: tuple[str, ...], repository_with_a_job: Path, said: int
) -> None:
    with open("/dev/full", "wb") as full:
        code = run_on(full.fileno(), said, command, repository_with_a_job)
    words = "error: standard output cannot be written: No space left on device\n"
    assert (code, text_of(said)) == (74, words)


@each_command
def test_nobody_reads_the_output(
    command: tuple[str, ...], repository_with_a_job: Path, said: int
) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    code = run_on(writes, said, command, repository_with_a_job)
    os.close(writes)
    assert (code, text_of(said)) == (141, "")


@pytest.mark.parametrize("command", [("validate", "missing"), ("validate",), ("list", "--deleted")])
def test_what_cannot_be_said_changes_no_exit_code(
    command: tuple[str, ...], repository_with_a_job: Path, said: int
) -> None:
    usual = run_on(said, said, command, repository_with_a_job)
    with open("/dev/full", "wb") as full:
        assert run_on(said, full.fileno(), command, repository_with_a_job) == usual
    reads, writes = os.pipe()
    os.close(reads)
    assert run_on(said, writes, command, repository_with_a_job) == usual
    os.close(writes)


@pytest.mark.parametrize(
    ("closed", "command", "code"),
    [
        (">&-", "list", 74),
        (">&-", "render", 74),
        (">&- 2>&-", "list", 74),
        ("2>&-", "list", 0),
        ("2>&-", "validate missing", 2),
        ("<&-", "new train-2", 2),
        ("<&-", "new train-2 --from -", 1),
        ("<&- >&- 2>&-", "render", 74),
    ],
)
def test_a_stream_is_closed(
    closed: str, command: str, code: int, repository_with_a_job: Path
) -> None:
    ran = subprocess.run(
        ["sh", "-c", f'"$0" -m generator {command} {closed}', sys.executable],
        cwd=repository_with_a_job,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == code
    assert not [word for word in NOISE if word in ran.stdout + ran.stderr]
    if "2>" not in closed and code == 74:
        assert ran.stderr == "error: standard output cannot be written: Bad file descriptor\n"
    # Nothing that was opened took the place of what was closed.
    assert rayjobs("render", "-q", cwd=repository_with_a_job).returncode == 0
    assert rayjobs("check", "-q", cwd=repository_with_a_job).returncode == 0


def run_with(
    prelude: str, *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a new interpreter, after some lines of Python."""
    program = (
        f"import sys\nsys.argv = ['rayjobs', *{list(arguments)!r}]\n{prelude}\n"
        "from generator.__main__ import main\nmain()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


AT_IMPORT = """
import os, signal
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.{number})
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize(
    "module",
    [
        "generator.commands.running",
        "typer",
        "generator.commands.app",
        "pydantic",
        "generator.model",
    ],
)
def test_a_signal_ends_it_while_it_starts(
    module: str, number: str, code: int, repository_with_a_job: Path
) -> None:
    if module == "generator.model":
        module = "generator.history.listing"
    prelude = AT_IMPORT.format(module=module, number=number)
    ran = run_with(prelude, "list", cwd=repository_with_a_job)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", "")


BUG = f"""
import generator.history.listing
library = {{"__name__": "library"}}
exec("def broken(*arguments, **options): return {{}}[{SECRET!r}]", library)
broken = library["broken"]
generator.history.listing.jobs_with_history = broken
"""


def test_a_bug_is_said_without_a_value(repository: Path) -> None:
    ran = run_with(BUG, "list", cwd=repository)
    assert (ran.returncode, ran.stdout) == (70, "")
    assert not [word for word in NOISE if word in ran.stderr]
    first, called, hint = ran.stderr.splitlines()
    assert first.startswith("error: this is a bug in rayjobs ")
    assert re.search(r"KeyError at generator\.console\.jobs:\d+, in library:1$", first)
    assert "generator.commands.running:" in called
    assert "hint: report these lines" in hint
    whole = run_with(BUG, "list", cwd=repository, environment={"RAYJOBS_TRACEBACK": "1"})
    assert whole.returncode == 70
    assert whole.stderr.startswith(first)
    assert f"KeyError: '{SECRET}'" in whole.stderr


def test_a_bug_in_a_thread_ends_all_and_says_no_value(repository: Path) -> None:
    prelude = (
        BUG
        + """
import threading, time
def waiting(*arguments, **options):
    threading.Thread(target=broken, daemon=True).start()
    time.sleep(20)
generator.history.listing.jobs_with_history = waiting
"""
    )
    ran = run_with(prelude, "list", cwd=repository)
    assert (ran.returncode, ran.stdout) == (70, "")
    assert not [word for word in NOISE if word in ran.stderr]
    assert "this is a bug in rayjobs" in ran.stderr
    assert "KeyError at " in ran.stderr


@pytest.mark.parametrize(
    "lines",
    [
        # What Python would print as "Exception ignored in", with the object.
        f"""
class Broken:
    def __del__(self):
        raise ValueError({SECRET!r})
    def __repr__(self):
        return {SECRET!r}
""",
        f"""
import warnings
class Broken:
    def __init__(self):
        warnings.warn({SECRET!r})
""",
    ],
    ids=["ignored exception", "warning"],
)
def test_nothing_else_that_python_prints_has_a_value(lines: str, repository: Path) -> None:
    write_job(repository, minimal_job())
    prelude = f"""{lines}
import generator.history.listing
whole = generator.history.listing.jobs_with_history
def jobs(*arguments, **options):
    Broken()
    return whole(*arguments, **options)
generator.history.listing.jobs_with_history = jobs
"""
    ran = run_with(prelude, "list", cwd=repository)
    assert ran.returncode == 0
    assert "train-1" in ran.stdout
    assert not [word for word in NOISE if word in ran.stderr]


def test_a_signal_that_comes_where_python_cannot_raise_it_is_not_lost(repository: Path) -> None:
    prelude = """
import generator.history.listing, os, signal, time
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
def jobs(*arguments, **options):
    Last()
    time.sleep(20)
generator.history.listing.jobs_with_history = jobs
"""
    ran = run_with(prelude, "list", cwd=repository)
    assert (ran.returncode, ran.stdout, ran.stderr) == (143, "", ""), ran.stderr
