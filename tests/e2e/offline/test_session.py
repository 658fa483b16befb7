"""A session of the end-to-end tests: closed off, and gone with the run however that ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.session.api import Api, ApiError
from tests.e2e.session.processes import EngineEndedError, Processes
from tests.e2e.session.waiting import NotYetError, WaitedTooLongError, stays, wait_for
from tests.helpers.command import ROOT

SCENARIO = """
import os, socket, subprocess, sys, time
from pathlib import Path
from tests.e2e.session.processes import Processes

def test_session():
    directory = Path(os.environ["RAYJOBS_E2E"])
    processes = Processes(directory / "logs")
    processes.start("engine", [sys.executable, "-c", "import time; time.sleep(600)", {marker!r}])
    names = [name for _, name in socket.if_nameindex()]
    Path({seen!r}).write_text(" ".join([*names, str(os.getpid()), str(directory)]))
    {then}
"""

ENVIRONMENT = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Importing what other tests need is most of what a run without engines costs."""


def can_unshare() -> bool:
    whose = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = ["unshare", *whose, "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


needs_namespaces = pytest.mark.skipif(
    not can_unshare(), reason="this machine lets nobody here make namespaces"
)


def running(marker: str) -> list[int]:
    """The processes, of any namespace, whose command line has a word."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if marker.encode() in words:
                found.append(int(entry.name))
    return found


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[str]:
    word = f"marker-{tmp_path.name}-{os.getpid()}"
    yield word
    for left in running(word):
        os.kill(left, signal.SIGKILL)


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(tmp_path: Path, marker: str, then: str) -> tuple[subprocess.Popen[str], Path]:
    """A run of one scenario, and the file that tells what the scenario saw."""
    seen, scenario = tmp_path / "seen", tmp_path / "scenario.py"
    scenario.write_text(SCENARIO.format(marker=marker, seen=str(seen), then=then))
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e", str(scenario)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell has its background processes ignore it, and children inherit that.
        preexec_fn=_heed_interrupts,  # noqa: PLW1509  # no other thread is there
    )
    return run, seen


def remove_kept_logs(said: str) -> None:
    """The logs that a run says it has kept are there, and go."""
    kept = ROOT / said.partition("logs are kept in ")[2].partition("\n")[0]
    assert (kept / "engine.log").is_file()
    shutil.rmtree(kept)


def wait_gone(marker: str) -> None:
    end = time.monotonic() + 20
    while running(marker):
        assert time.monotonic() < end, f"left running: {running(marker)}"
        time.sleep(0.05)


@needs_namespaces
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_process(
    number: signal.Signals, tmp_path: Path, marker: str
) -> None:
    run, seen = start(tmp_path, marker, "time.sleep(600)")
    end = time.monotonic() + 60
    while not (seen.exists() and running(marker)):
        assert time.monotonic() < end
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, number)
    said, _ = run.communicate(timeout=30)
    assert run.returncode != 0
    directory = Path(seen.read_text().split()[-1])
    if number == signal.SIGKILL:
        wait_gone(marker)
        shutil.rmtree(directory)
    else:
        assert not running(marker)
        assert not directory.exists()
        remove_kept_logs(said)


@needs_namespaces
def test_a_run_has_a_network_of_its_own_and_leaves_nothing(tmp_path: Path, marker: str) -> None:
    run, seen = start(tmp_path, marker, "")
    said, _ = run.communicate(timeout=120)
    assert run.returncode == 0, said
    *interfaces, process, directory = seen.read_text().split()
    assert interfaces == ["lo"]
    assert int(process) < 10
    assert not Path(directory).exists()
    wait_gone(marker)


def start_two(
    tmp_path: Path, marker: str, then: str, first: str = "pass"
) -> tuple[subprocess.Popen[str], list[Path]]:
    """Two runs side by side, the second of which does ``then``, and what their scenarios saw."""
    runs, seen = {}, []
    for name, what in (("good", first), ("other", then)):
        scenario = tmp_path / f"{name}.py"
        seen.append(tmp_path / f"seen-{name}")
        scenario.write_text(SCENARIO.format(marker=marker, seen=str(seen[-1]), then=what))
        runs[name] = [str(scenario)]
    program = "import sys; from tests.e2e.side_by_side import side_by_side; "
    run = subprocess.Popen(
        [sys.executable, "-c", f"{program}sys.exit(side_by_side({runs!r}))"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return run, seen


@needs_namespaces
def test_of_two_runs_each_line_says_whose_it_is_and_either_may_fail(
    tmp_path: Path, marker: str
) -> None:
    run, _ = start_two(tmp_path, marker, "assert False, 'as it should'")
    said, _ = run.communicate(timeout=120)
    assert run.returncode == 1
    assert {line[:8] for line in said.splitlines()} == {"good  | ", "other | "}
    of_other = [line for line in said.splitlines() if "as it should" in line]
    assert of_other
    assert all(line.startswith("other | ") for line in of_other)
    assert re.match(
        r"other \| FAILED .*other\.py::test_\w+ - .*as it should", said.splitlines()[-1]
    )
    remove_kept_logs(said)
    wait_gone(marker)


@needs_namespaces
def test_two_runs_end_with_the_process_that_started_them(tmp_path: Path, marker: str) -> None:
    # Neither ends by itself, before it is looked at.
    run, seen = start_two(tmp_path, marker, "time.sleep(600)", first="time.sleep(600)")
    end = time.monotonic() + 60
    while not (all(one.exists() for one in seen) and running(marker)):
        assert time.monotonic() < end
        assert run.poll() is None
        time.sleep(0.05)
    runs = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=30)
    wait_gone(marker)
    end = time.monotonic() + 20
    for one, process in zip(seen, runs, strict=True):
        directory = Path(one.read_text().split()[-1])
        while directory.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        for kept in (ROOT / ".cache" / "e2e").glob(f"*-{process}"):
            shutil.rmtree(kept)


def watch(processes: Processes, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        processes.assert_running()


def test_an_engine_that_ended_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    processes.start("karmada-webhook", ["sh", "-c", "echo cannot bind; exit 3"])
    with pytest.raises(EngineEndedError, match="karmada-webhook ended with status 3:\ncannot bind"):
        watch(processes, 20)
    processes.end_all()


def test_a_failure_names_what_was_waited_for_and_its_last_state() -> None:
    def look() -> None:
        raise NotYetError("1 of 2 pods")

    with pytest.raises(WaitedTooLongError, match=r"RayJob a: not after 0 s; last seen: 1 of 2"):
        wait_for("RayJob a", look, 0)
    assert wait_for("RayJob a", lambda: 7, 0) == 7


def test_what_should_stay_and_changes_is_noticed() -> None:
    values = iter(range(9))
    with pytest.raises(AssertionError, match="Karmada changed: from 0 to 1"):
        stays("Karmada", lambda: next(values), 5)


def test_a_server_that_does_not_answer_is_an_error_of_the_api() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        api = Api("member1", address, "EXAMPLE-TOKEN", ssl.create_default_context())
        with pytest.raises(ApiError, match="refused") as problem:
            api.get("RayJob", "a")
    assert problem.value.status == 0
