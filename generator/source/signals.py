"""Signals that end the program: what was begun is undone or done, and never left half."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on_signals() -> None:
    """Exit where one arrives, with 128 and its number as shells count; what is ignored stays so."""
    for number in _heeded():
        signal.signal(number, _exit)


def _heeded() -> list[signal.Signals]:
    return [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def _exit(number: int, frame: FrameType | None) -> None:
    # What cleans up from here on is not interrupted by another.
    for each in _heeded():
        signal.signal(each, _overlook)
    raise SystemExit(128 + number)


def deliver(number: signal.Signals = signal.SIGTERM) -> None:
    """Let the main thread act, from any thread, as if a signal had come."""
    _thread.interrupt_main(number)


def _overlook(number: int, frame: FrameType | None) -> None:
    """Not the system's way to ignore it: programs that are run would inherit that."""


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Keep signals from raising anywhere in the block but where what is given is called.

    One that has come meanwhile takes effect at the end of the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in _heeded()}

    def let_through() -> None:
        if came:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.raise_signal(came.pop(0))

    try:
        yield let_through
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        let_through()
