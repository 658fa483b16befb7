"""A signal before each line that some modules run, one after the other, each in a new process."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any

from generator import signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_SENT = 99


def interrupted(
    act: Callable[[], object], number: signal.Signals, *modules: ModuleType
) -> Iterator[int]:
    """Send the signal before the first line of the modules that ``act`` runs, the second, …

    Each time ``act`` runs in a process that was forked from this one, whose end is given as
    subprocess gives it; it is over once ``act`` ends before the signal is sent.
    """
    files = {str(module.__file__) for module in modules}
    line = 0
    while True:
        line += 1
        pid = os.fork()
        if pid == 0:
            os._exit(_run(act, number, files, line))
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == _NOT_SENT:
            return
        yield code


def _run(act: Callable[[], object], number: int, files: set[str], line: int) -> int:
    left = line

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)
        return trace

    try:
        signals.exit_on_signals()
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
