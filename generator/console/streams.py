"""Standard output and standard error: nothing that comes from elsewhere controls who reads them.

On a terminal, control characters and what hides or reorders text are shown as code points. In
GitHub Actions, whose runner reads what is printed for commands, nothing is one. These streams take
the place of Python's own, so that whatever prints, a library too, prints through them.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, NoReturn, TextIO

import typer

from generator import __version__
from generator.diagnostics.wording import HIDDEN_BODY, visible
from generator.source.atomic_write import deliver, exit_on_signals

# Source: the runner's ActionCommand trims a line before it looks for "::", takes "##[" anywhere,
# and compares as a culture does, which passes over what is not seen.
_UNSEEN = r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0"
_BLANK = rf"(?:[^\S\n]|[{_UNSEEN}])"
_COLONS = re.compile(rf"^(?:{_BLANK}|:)+", re.MULTILINE)
_BRACKET = re.compile(rf"(#[{_UNSEEN}]*#[{_UNSEEN}]*)\[")
_HASHES = re.compile(rf"[#{_UNSEEN}]{{0,64}}\Z")

_COLOR = r"\x1b\[[0-9;]*m"
_HIDDEN = re.compile(rf"(?![\n\t])[{HIDDEN_BODY}]")
_HIDDEN_BUT_COLORS = re.compile(rf"({_COLOR})|(?![\n\t])[{HIDDEN_BODY}]")
EXIT_CODE = 70
"""Of a mistake of ours: EX_SOFTWARE of sysexits.h."""
_PLACES = 8
_TRACEBACK = "RAYJOBS_TRACEBACK"


class OutputError(Exception):
    """Standard output does not take what is printed; ``errno`` is the system's reason."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(problem.strerror)
        self.errno = problem.errno


class SafeStream(io.TextIOWrapper):
    """A text stream that makes what is printed harmless.

    OutputError where it takes no more, unless it ``is_lossy``: then what it does not take is lost.
    """

    def __init__(
        self, target: BinaryIO, *, encoding: str = "utf-8", in_actions: bool, is_lossy: bool = False
    ) -> None:
        super().__init__(target, encoding, "backslashreplace", newline="\n")
        self.in_actions, self._is_lossy = in_actions, is_lossy
        self._is_terminal = self.isatty()
        self._line = ""

    @property
    def is_watched(self) -> bool:
        """Whether a terminal reads it, or may be GitHub's runner: a pipe does not say."""
        return self._is_terminal or self.in_actions

    def write(self, text: str) -> int:
        """Print text of which nothing is known."""
        self.send(text)
        return len(text)

    def send(self, text: str, *, colors: bool = False, commands: bool = False) -> None:
        """Print text; what it was given on purpose stays: ``colors``, ``commands`` of Actions."""
        to_runner = self.in_actions and not commands
        if self._is_terminal or to_runner:
            text = _shown(text, colors=colors)
        if to_runner:
            text = self._without_commands(text)
        self.send_as_is(text)

    def send_as_is(self, text: str) -> None:
        """Print text that controls a terminal: all of it was made here."""
        try:
            super().write(text)
            super().flush()
        except OSError as problem:
            self._fail(problem)

    def send_bytes(self, data: bytes) -> None:
        """Add bytes that no terminal gets; :meth:`flush` sends them."""
        try:
            self.buffer.write(data)
        except OSError as problem:
            self._fail(problem)

    def flush(self) -> None:
        """Send what is kept."""
        try:
            super().flush()
        except OSError as problem:
            self._fail(problem)

    def _fail(self, problem: OSError) -> None:
        # What is kept would be tried again, and fail again, when Python ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not self._is_lossy:
            raise OutputError(problem) from None

    def _without_commands(self, text: str) -> str:
        """``text`` so that no line is a command, also together with what was printed before it."""
        known = len(self._line)
        whole = _BRACKET.sub(r"\1\\u005b", _COLONS.sub(_with_one_colon, self._line + text))
        self._line = _as_begun(whole.rpartition("\n")[2])
        return whole[known:]


def _shown(text: str, *, colors: bool) -> str:
    if colors:
        return _HIDDEN_BUT_COLORS.sub(lambda found: found[1] or visible(found[0]), text)
    return _HIDDEN.sub(lambda found: visible(found[0]), text)


def _with_one_colon(found: re.Match[str]) -> str:
    first, colon, others = found[0].partition(":")
    return first + colon + others.replace(":", r"\u003a")


def _as_begun(line: str) -> str:
    """What matters of a line that goes on later, in a few characters."""
    hashes = "".join(_HASHES.findall(line[-64:])).count("#")
    start = _COLONS.match(line)
    is_at_start = not line or (start is not None and start.end() == len(line))
    lead = (":" if ":" in line else "") if is_at_start else "-"
    return lead + "#" * min(hashes, 2)


def replace_streams() -> None:
    """Put such streams in the place of Python's; a closed one is opened, output without a place.

    What is opened next would otherwise be taken for it, by the programs that are run as well.
    """
    # What was closed cannot be written to afterwards either: only that it was is not lost.
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        _open_if_closed(number, flags)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as Python
    sys.stdout = _in_place_of(sys.stdout, 1)
    # Where nothing can be said the exit code still says how it went.
    sys.stderr = _in_place_of(sys.stderr, 2, is_lossy=True)


def _open_if_closed(number: int, flags: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        # The lowest number that is free, which is this one.
        os.set_inheritable(os.open(os.devnull, flags), True)


def _in_place_of(stream: TextIO | None, number: int, *, is_lossy: bool = False) -> SafeStream:
    target = open(number, "wb", closefd=False)  # noqa: SIM115  # open as long as Python runs
    encoding = "utf-8" if stream is None else stream.encoding
    in_actions = bool(os.environ.get("GITHUB_ACTIONS"))
    return SafeStream(target, encoding=encoding, in_actions=in_actions, is_lossy=is_lossy)


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


def write(
    text: str, stream: TextIO | None = None, *, colors: bool = False, commands: bool = False
) -> None:
    """Print ``text``, harmless wherever it comes from: see :class:`SafeStream`.

    With ``colors`` or ``commands`` it has such of its own; what else is in it was made harmless.
    """
    target = stream or sys.stdout
    assert isinstance(target, SafeStream)
    target.send(text, colors=colors, commands=commands)


def standard_output() -> SafeStream:
    """The stream that stands in Python's place since the program began."""
    assert isinstance(sys.stdout, SafeStream)
    return sys.stdout


def refuse(reason: str, hint: str) -> NoReturn:
    """Say on standard error why a command cannot go on and what to do, and exit 1."""
    write(f"error: {visible(reason)}\n  hint: {visible(hint)}\n", sys.stderr)
    raise typer.Exit(1)
