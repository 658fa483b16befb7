"""What is said of a mistake of ours: its kind and its place, and no value that it saw.

An exception's message, and a traceback's lines, may hold a token or what a file says.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType

from generator import __version__
from generator.source.signals import deliver, exit_on_signals

EXIT_CODE = 70
"""Of a mistake of ours: EX_SOFTWARE of sysexits.h."""

_PLACES = 8
_TRACEBACK = "RAYJOBS_TRACEBACK"


class Bugs:
    """Says mistakes on standard error as they come."""

    def __init__(self) -> None:
        self.ended_thread = False
        """Whether one has ended a thread: then the program cannot have done all it should."""

    def catch_all(self) -> None:
        """Say those that Python would print, with their values, where nobody catches them."""
        sys.excepthook = lambda kind, problem, trace: say(problem)
        sys.unraisablehook = self._unraisable
        threading.excepthook = self._of_thread
        if not sys.warnoptions:
            # Those of libraries are for us, and hold values.
            warnings.simplefilter("ignore")

    def _of_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or isinstance(args.exc_value, SystemExit):
            return
        say(args.exc_value)
        self.ended_thread = True
        deliver()

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        problem = args.exc_value
        if isinstance(problem, SystemExit) and isinstance(problem.code, int):
            # A signal's, that came where nothing can be raised, as here: it comes again, later.
            exit_on_signals()
            again = threading.Timer(0.01, deliver, [signal.Signals(problem.code - 128)])
            again.daemon = True
            again.start()
        elif problem is not None and not sys.is_finalizing():
            say(problem)


def say(problem: BaseException) -> None:
    """Print the kind and the place of a mistake, and what to do with it."""
    kind = type(problem)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    places = list(_places(problem.__traceback__))
    ours = [place for place in places if place.startswith(("generator.", "__main__:"))]
    place = ours[-1] if ours else "no line of rayjobs"
    if places and places[-1] != place:
        place += f", in {places[-1]}"
    name = f"{module}{kind.__qualname__}"
    lines = [f"error: this is a bug in rayjobs {__version__}: {name} at {place}"]
    if len(ours) > 1:
        lines.append(f"  called from {', '.join(reversed(ours[-_PLACES:-1]))}")
    lines.append(
        "  hint: report these lines to the project (SECURITY.md says how), they hold no values; "
        f"{_TRACEBACK}=1 adds the traceback, which may hold secrets"
    )
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    if os.environ.get(_TRACEBACK):
        sys.stderr.write("".join(traceback.format_exception(problem)))


def _places(trace: TracebackType | None) -> Iterator[str]:
    """``module:line`` of each call, outermost first."""
    while trace is not None:
        yield f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
