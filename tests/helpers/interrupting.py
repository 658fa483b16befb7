"""A signal before each line that some modules run, one after the other, each in a new process."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
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

    What ``act`` does before the first of these lines it does once, in a process that is forked from
    this one. From there each run goes on in a process of its own, whose end is given as subprocess
    gives it; it is over once ``act`` ends before the signal is sent.
    """
    files = {str(module.__file__) for module in modules}
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        os._exit(_run(act, number, files, theirs))
    theirs.close()
    try:
        for line in count(1):
            ours.send(str(line).encode())
            code = ours.recv(16)
            assert code, "no line of the modules is run"
            if int(code) == _NOT_SENT:
                return
            yield int(code)
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _run(act: Callable[[], object], number: int, files: set[str], asked: socket.socket) -> int:
    left = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            # In a process that was forked by this call, or by an earlier one.
            left = left or _forked_for(asked)
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)
                # A signal that is not heeded is not sent again.
                left = -1
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


def _forked_for(asked: socket.socket) -> int:
    """Fork for each line that is asked for, and return it in the child; end with the asker."""
    while line := asked.recv(16):
        pid = os.fork()
        if pid == 0:
            asked.close()
            return int(line)
        _, status = os.waitpid(pid, 0)
        asked.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)
