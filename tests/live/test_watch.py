"""``rayjobs status --watch``: lines for a program, a table on a terminal, and its end."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.check import pipeline
from generator.console.terminal import Column, table
from generator.karmada.client.answers import RefusedError, UnreachableError
from generator.karmada.client.control_plane import connect
from generator.karmada.watch import Watched
from tests.helpers.command import ROOT
from tests.helpers.jobs import minimal_job, write_job
from tests.live.ended_jobs import CLUSTERS, member
from tests.live.recorded import Recorded
from tests.live.watch import BINDINGS, JOB, RAYJOBS, binding, changes_until, event

NAME = ("default", "train-1")


@pytest.fixture
def watched(karmada: Recorded, kubeconfig: str) -> Watched:
    karmada.hold(RAYJOBS, JOB)
    karmada.hold(BINDINGS, binding("Initializing"))
    return Watched(connect(kubeconfig), pause_seconds=0.01)


def test_events_change_what_is_known(karmada: Recorded, watched: Watched) -> None:
    other = {"metadata": {"name": "train-2", "namespace": "default"}, "spec": {}}
    karmada.events[BINDINGS] = [event("MODIFIED", binding("Running", "RUNNING"))]
    karmada.events[RAYJOBS] = [event("ADDED", other)]
    # What is listed again when a watch ends is what the events have led to.
    watched.start()
    assert watched.states[NAME].runs[0].deployment == "Initializing"
    karmada.lists[BINDINGS] = [binding("Running", "RUNNING")]
    karmada.lists[RAYJOBS] = [JOB, other]
    found = changes_until(watched, lambda: watched.states[NAME].runs[0].deployment == "Running")
    assert NAME in found
    changes_until(watched, lambda: ("default", "train-2") in watched.states)


def test_what_is_too_old_is_listed_again(karmada: Recorded, watched: Watched) -> None:
    watched.start()
    # No watch says so: each ends with 410, and what is gone is seen in the next list alone.
    karmada.lists[RAYJOBS] = []
    assert changes_until(watched, lambda: not watched.states) == {NAME}
    assert karmada.asked.count(RAYJOBS) > 1


def test_nothing_that_is_as_before_is_told(karmada: Recorded, watched: Watched) -> None:
    karmada.events[BINDINGS] = [event("MODIFIED", binding("Initializing"))]
    watched.start()
    assert {name for _ in range(5) for name in watched.changed(0.05)} == set()


def test_a_watch_that_is_refused_is_an_error(karmada: Recorded, watched: Watched) -> None:
    forbidden = {"code": 403, "reason": "Forbidden", "message": "you may not"}
    karmada.events[RAYJOBS] = [{"type": "ERROR", "object": forbidden}]
    watched.start()
    with pytest.raises(RefusedError, match="you may not"):
        changes_until(watched, lambda: False)


def test_a_server_that_is_gone_is_an_error(karmada: Recorded, watched: Watched) -> None:
    watched.start()
    karmada.statuses[RAYJOBS] = [403] * 99
    with pytest.raises((RefusedError, UnreachableError)):
        changes_until(watched, lambda: False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    write_job(root, minimal_job())
    assert not pipeline.render(root).failed
    return root


def start(
    repository: Path, kubeconfig: str, *arguments: str, **options: Any
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "generator", "status", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    return subprocess.Popen(
        [*command, "--watch", "--kubeconfig", kubeconfig],
        cwd=repository,
        env=environment,
        **options,
    )


@pytest.mark.parametrize(("job", "code"), [("SUCCEEDED", 0), ("FAILED", 1)])
def test_a_line_for_each_change_until_it_has_ended(
    job: str, code: int, karmada: Recorded, kubeconfig: str, repository: Path
) -> None:
    karmada.hold(RAYJOBS, JOB)
    karmada.hold(BINDINGS, binding("Initializing"))
    watching = start(repository, kubeconfig, "train-1", stdout=subprocess.PIPE)
    assert watching.stdout is not None
    first = watching.stdout.readline().decode()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ default/train-1: Initializing on c1", first)
    karmada.lists[BINDINGS] = [binding("Complete", job)]
    rest, _ = watching.communicate(timeout=60)
    lines = rest.decode().splitlines()
    phase = "Succeeded" if code == 0 else "FAILED"
    assert f"default/train-1: {phase} on c1" in lines[0]
    assert lines[1] == f"default/train-1: {phase}"
    assert watching.returncode == code


def test_what_is_interrupted_ends_without_a_word(
    karmada: Recorded, kubeconfig: str, repository: Path
) -> None:
    karmada.hold(RAYJOBS, JOB)
    karmada.hold(BINDINGS, binding("Running", "RUNNING"))
    karmada.hold(CLUSTERS, member("c1"))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    watching = start(repository, kubeconfig, **pipes)
    assert watching.stdout is not None
    watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    rest = watching.communicate(timeout=60)
    assert (watching.returncode, rest) == (130, (b"", b""))


def read_until(terminal: int, pattern: bytes) -> bytes:
    """What the terminal is sent until it has something of ``pattern``."""
    text = b""
    end = time.monotonic() + 60
    while not re.search(pattern, text, re.DOTALL):
        assert time.monotonic() < end, text
        try:
            text += os.read(terminal, 65536)
        except OSError:
            raise AssertionError(f"it ended: {text!r}") from None
    return text


def resize(terminal: int, lines: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal of 80 columns: the one that is read, and the program's."""
    mine, its = pty.openpty()
    resize(mine, 24, 80)
    yield mine, its
    os.close(mine)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_terminal_is_drawn_anew_and_left_as_it_was(
    number: int,
    code: int,
    karmada: Recorded,
    kubeconfig: str,
    repository: Path,
    terminal: tuple[int, int],
) -> None:
    karmada.hold(RAYJOBS, JOB)
    karmada.hold(BINDINGS, binding("Initializing"))
    karmada.hold(CLUSTERS, member("c1"))
    mine, its = terminal
    watching = start(repository, kubeconfig, stdin=its, stdout=its, stderr=its)
    os.close(its)
    first = read_until(mine, rb"default/train-1.*Initializing.*\x1b\[J")
    assert first.startswith(b"\x1b[?1049h")
    assert b"SYNC" in first
    resize(mine, 24, 30)
    narrow = read_until(
        mine, rb"\x1b\[H((?!SYNC)[^\x1b])*\x1b\[K\r\ndefault/train-1[^\x1b]*\x1b\[K"
    )
    assert b"Initializing" in narrow
    karmada.lists[BINDINGS] = [binding("Running", "RUNNING")]
    read_until(mine, rb"Running")
    watching.send_signal(number)
    assert watching.wait(timeout=60) == code
    assert read_until(mine, rb"\x1b\[\?1049l").endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")


def test_lines_of_a_table_fit_a_terminal() -> None:
    columns = (Column("JOB"), Column("WHERE", 1), Column("MESSAGE", is_cut=True))
    rows = [("default/train-1", "member1", "0/3 nodes are available: 3 Insufficient cpu")]
    whole = table(columns, rows, None)
    assert rows[0][2] in whole
    for width in range(37, 90):
        lines = table(columns, rows, width).splitlines()
        assert all(len(line) <= width for line in lines)
        assert ("WHERE" in lines[0]) == (width >= 46)
        assert ("…" in lines[1]) == (rows[0][2] not in lines[1])
    # Below that, nothing of a name is cut: the terminal does it.
    assert "default/train-1" in table(columns, rows, 10)


def test_what_is_waited_for_says_that_nobody_answers(
    karmada: Recorded, kubeconfig: str, repository: Path
) -> None:
    """It goes on waiting, and says so until the cluster answers or the copy has ended."""
    silent = member("c1", is_ready=False)
    silent["status"]["conditions"][0]["lastTransitionTime"] = "2026-11-01T10:32:00Z"
    karmada.hold(RAYJOBS, JOB)
    karmada.hold(BINDINGS, binding("Running", "RUNNING"))
    karmada.hold(CLUSTERS, member("c1"))
    watching = start(repository, kubeconfig, "train-1", stdout=subprocess.PIPE)
    assert watching.stdout is not None
    assert "default/train-1: Running on c1" in watching.stdout.readline().decode()
    karmada.lists[CLUSTERS] = [silent]
    told = watching.stdout.readline().decode()
    assert "default/train-1: Running? on c1" in told
    assert "c1 does not answer since 2026-11-01T10:32:00Z; this is what it last said" in told
    assert watching.poll() is None
    karmada.lists[BINDINGS] = [binding("Complete", "SUCCEEDED")]
    rest, _ = watching.communicate(timeout=60)
    assert "default/train-1: Succeeded on c1" in rest.decode().splitlines()[0]
    assert watching.returncode == 0
