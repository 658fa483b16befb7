"""A signal before each line that some modules run, one after the other."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from types import FrameType, ModuleType
from typing import Any

from generator.source import atomic_write

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_SENT = 99


def interrupted(
    act: Callable[[], object], number: signal.Signals, *modules: ModuleType
) -> Iterator[int]:
    """Send the signal before the first line of the modules that ``act`` runs, the second, …

    Each is a run of its own, whose end is given as subprocess gives it; it is over once ``act``
    ends before the signal is sent. All runs are in one process that is forked from this one, or,
    where the signal kills, each is in one that is forked from that.
    """
    files = {str(module.__file__) for module in modules}
    run = _killed if number == signal.SIGKILL else _run
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            _serve(lambda line: run(act, number, files, line), theirs)
        finally:
            os._exit(0)
    theirs.close()
    try:
        for line in count(1):
            ours.send(b".")
            ended = ours.recv(16)
            assert ended, "the process has ended, see its traceback"
            code = int(ended)
            if code == _NOT_SENT:
                assert line > 1, "no line of the modules is run"
                return
            yield code
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _serve(run: Callable[[int], int], asked: socket.socket) -> None:
    before = _descriptors()
    for line in count(1):
        if not asked.recv(1):
            return
        asked.send(str(run(line)).encode())
        # As the end of a process would, and with them the lock that one may hold.
        for descriptor in _descriptors() - before:
            with suppress(OSError):
                os.close(descriptor)


def _descriptors() -> set[int]:
    return {int(name) for name in os.listdir("/proc/self/fd")}


def _killed(act: Callable[[], object], number: int, files: set[str], line: int) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(_run(act, number, files, line))
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _run(act: Callable[[], object], number: int, files: set[str], line: int) -> int:
    left = line

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                signal.raise_signal(number)
        return trace

    try:
        atomic_write.exit_on_signals()
        sys.settrace(trace)
        act()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.settrace(None)
    return _NOT_SENT if left > 0 else 0
