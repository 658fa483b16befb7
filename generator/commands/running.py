"""Running the command line: how the program ends, whatever ends it."""

from __future__ import annotations

import errno
import io
import re
import sys
from typing import NoReturn

from generator.console.streams import EXIT_CODE as BUG
from generator.console.streams import Bugs, OutputError, replace_streams, say
from generator.diagnostics.wording import is_credential

_NO_OUTPUT = 74
"""EX_IOERR of sysexits.h."""
_BROKEN_PIPE = 141
"""As if SIGPIPE had ended it, which Python ignores."""
_INTERRUPTED = 130


_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+|\bgh[a-z]_\w{20}|\bgithub_pat_\w{20}|sha256~[\w-]{20}")
"""How tokens of Kubernetes, OpenShift and GitHub begin."""


def run() -> NoReturn:
    """Run the command that the arguments name, and exit with its code."""
    replace_streams()
    bugs = Bugs()
    bugs.catch_all()
    try:
        code = _code_of_command()
    except SystemExit:
        if not bugs.ended_thread:
            raise
        code = BUG
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except OutputError as problem:
        code = _of_output(problem)
    except BaseException as problem:  # whatever is left is our mistake
        say(problem)
        code = BUG
    sys.exit(code)


def _code_of_command() -> int:
    # Here, so that what ends an import, a signal or a mistake, is said as it is later.
    import typer

    from generator.commands.app import command

    try:
        code = command(standalone_mode=False)
    except typer.Abort:
        sys.stderr.write("Aborted!\n")
        return 1
    except Exception as problem:
        # What all usage errors are is no class that Typer exports.
        if not hasattr(problem, "show") or not hasattr(problem, "exit_code"):
            raise
        page = _Page()
        problem.show(page)
        sys.stderr.write(_without_credentials(page.getvalue()))
        code = problem.exit_code
    return code if isinstance(code, int) else 0


class _Page(io.StringIO):
    """Takes text for a terminal: elsewhere Typer drops escapes, which are to be shown."""

    def isatty(self) -> bool:
        return True


def _without_credentials(text: str) -> str:
    """A usage error without what an argument holds by mistake: it may be printed in public."""
    for argument in sys.argv[1:]:
        for part in (argument, argument.partition("=")[2]):
            if _TOKEN.search(part) or is_credential("", part):
                text = text.replace(part, "(not shown)").replace(repr(part), "(not shown)")
    return text


def _of_output(problem: OutputError) -> int:
    if problem.errno == errno.EPIPE:
        return _BROKEN_PIPE
    sys.stderr.write(f"error: standard output cannot be written: {problem}\n")
    return _NO_OUTPUT
