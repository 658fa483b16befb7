"""Standard output and standard error: nothing that comes from elsewhere controls who reads them.

On a terminal, control characters and what hides or reorders text are shown as code points. In
GitHub Actions, whose runner reads what is printed for commands, nothing is one. These streams take
the place of Python's own, so that whatever prints, a library too, prints through them.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import BinaryIO, TextIO

from generator.diagnostics.characters import HIDDEN_BODY, visible

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
