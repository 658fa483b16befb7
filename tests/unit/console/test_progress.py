"""The line that says how far a run is: after a second, on a terminal, never in CI."""

from __future__ import annotations

import io
import os

import pytest

from generator.console.streams import SafeStream
from generator.console.terminal import progress_on
from tests.helpers.terminals import Terminal

SHOWN = "\r\x1b[Kreading 4,200 of 10,000 jobs"
CLEARED = "\r\x1b[K"


class Gone(SafeStream):
    """A terminal whose other end is closed, as standard error is where it is no more."""

    def __init__(self) -> None:
        reads, writes = os.pipe()
        os.close(reads)
        super().__init__(open(writes, "wb"), in_actions=False, is_lossy=True)  # noqa: SIM115  # closed with it

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shown(seconds: list[float]) -> str:
    """What a run prints that reads a job at each of these times."""
    terminal = Terminal()
    show_on(terminal, seconds)
    return terminal.text


def show_on(target: SafeStream, seconds: list[float]) -> None:
    clock = Clock()
    with progress_on(target, environment={}, clock=clock) as progress:
        assert progress
        for second in seconds:
            clock.now = 100.0 + second
            progress("reading", 4200, 10000)


def test_a_short_run_shows_nothing() -> None:
    assert shown([0, 0.5, 0.99]) == ""


def test_a_run_of_more_than_a_second_shows_one_line_and_clears_it() -> None:
    assert shown([0.5, 1.0]) == SHOWN + CLEARED


def test_the_line_is_written_ten_times_a_second_at_most() -> None:
    assert shown([1 + n / 1000 for n in range(1000)]).count("reading") == 10


def test_the_line_is_cleared_when_the_run_breaks() -> None:
    clock, stream = Clock(), Terminal()

    def broken() -> None:
        with progress_on(stream, environment={}, clock=clock) as progress:
            assert progress
            clock.now += 2
            progress("reading", 4200, 10000)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert stream.text == SHOWN + CLEARED


@pytest.mark.parametrize("name", ["CI", "GITHUB_ACTIONS"])
def test_ci_is_not_shown_a_line(name: str) -> None:
    with progress_on(Terminal(), environment={name: "true"}) as progress:
        assert progress is None


def test_nobody_watches_a_pipe_a_dumb_terminal_or_a_quiet_run() -> None:
    for stream, quiet, environment in (
        (SafeStream(io.BytesIO(), in_actions=False), False, {}),
        (Terminal(), True, {}),
        (Terminal(), False, {"TERM": "dumb"}),
        (None, False, {}),
    ):
        with progress_on(stream, quiet=quiet, environment=environment) as progress:
            assert progress is None


def test_a_terminal_that_goes_away_does_not_end_the_run() -> None:
    with Gone() as gone:
        show_on(gone, [1, 2, 3])
