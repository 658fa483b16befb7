"""How a command reports its outcome: its format, its files, its colors and its exit code."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

import typer

from generator.check.outcome import Outcome
from generator.console.options import (
    HERE,
    Color,
    ColorOption,
    FormatOption,
    OutputOption,
    QuietOption,
    ReportOption,
    StrictOption,
)
from generator.console.printing import standard_output, write
from generator.console.progress import progress_on
from generator.console.report_files import (
    ReportFile,
    checked,
    refuse_twice,
    replace_file,
    report_files,
)
from generator.console.streams import SafeStream
from generator.diagnostics import Located
from generator.diagnostics.characters import visible
from generator.reports import Format, reporter_of
from generator.reports.github import new_token, without_commands
from generator.reports.json_model import JsonModel
from generator.repository.progress import Progress


@dataclass(frozen=True, slots=True)
class Output:
    """How an outcome is reported, and which exit code it gives."""

    format: Format | None = None
    quiet: bool = False
    strict: bool = False
    color: Color = "auto"
    file: str | None = None
    reports: tuple[ReportFile, ...] = ()
    root: Path = HERE

    @property
    def chosen(self) -> Format:
        """The format asked for; else github where GitHub Actions reads what is printed."""
        if self.format:
            return self.format
        return "github" if os.environ.get("GITHUB_ACTIONS") and not self.file else "text"

    def progress(self) -> AbstractContextManager[Progress | None]:
        """Whom to tell how far a run is, while standard error is a terminal that is watched."""
        assert isinstance(sys.stderr, SafeStream)
        return progress_on(sys.stderr, quiet=self.quiet)

    def finish(self, outcome: Outcome, stream: TextIO | None = None) -> NoReturn:
        """Report ``outcome`` and exit: 0, or 1 with errors (with ``strict``, any finding).

        With a ``stream`` the main report goes there, also where ``file`` is to hold it.
        """
        target = stream or (sys.stdout if self.file is None else None)
        text = self._text(self.chosen, outcome, target)
        written = self._reported(outcome)
        if target is not None:
            colors, commands = is_colored_on(target, self.color), self.chosen == "github"
            write(text, target, colors=colors, commands=commands)
        self._end(outcome, text if stream is None else "", written)

    def refuse(self, diagnostics: list[Located]) -> NoReturn:
        """Report these on standard error, and exit as :meth:`finish`."""
        self.finish(Outcome(diagnostics), sys.stderr)

    def finish_with_patch(self, text: str, outcome: Outcome) -> NoReturn:
        """As :meth:`finish`, with ``text`` in the place of the main report."""
        written = self._reported(outcome)
        if self.file is None:
            write_patch(text, in_actions=self.chosen == "github")
        self._end(outcome, text, written)

    def _reported(self, outcome: Outcome) -> bool:
        """Write the reports beside the main one; whether each could be."""
        written = True
        for report in self.reports:
            written &= _saved(report.file, self._text(report.format, outcome), self.root)
        return written

    def _end(self, outcome: Outcome, text: str, written: bool) -> NoReturn:
        """Write the file of the main report, if one is asked for, and exit."""
        if self.file is not None:
            # Empty, not what an earlier run left there, where the text went elsewhere.
            written &= _saved(self.file, text, self.root)
        raise typer.Exit(self.exit_code(outcome) if written else 1)

    def exit_code(self, outcome: Outcome) -> int:
        """0, or 1 with errors; with ``strict`` also with warnings."""
        return int(outcome.failed or (self.strict and bool(outcome.diagnostics)))

    def _text(self, form: Format, outcome: Outcome, stream: TextIO | None = None) -> str:
        reporter = reporter_of(form)(color=is_colored_on(stream, self.color), quiet=self.quiet)
        return reporter.report(outcome)


def is_colored_on(stream: TextIO | None, color: Color) -> bool:
    """Return whether what is written to ``stream``, None of a file, is colored."""
    if color != "auto":
        return color == "always"
    return stream is not None and stream.isatty() and not os.environ.get("NO_COLOR")


def reporting(command: Callable[..., None]) -> Callable[..., None]:
    """Return ``command``, which takes an :class:`Output` first, with the options that make one."""

    def run(
        *,
        format: FormatOption = None,  # noqa: A002  # the option's name
        output: OutputOption = None,
        report: ReportOption = None,
        quiet: QuietOption = False,
        strict: StrictOption = False,
        color: ColorOption = "auto",
        **own: Any,
    ) -> None:
        file = checked(output, "--output") if output is not None else None
        reports = report_files(report or ())
        refuse_twice([*([file] if file else []), *(one.file for one in reports)])
        root = own.get("root", HERE)
        command(Output(format, quiet, strict, color, file, reports, root), **own)

    # Typer reads a command's options from its signature: its own, then those of `run`.
    _, *own_ones = inspect.signature(command, eval_str=True).parameters.values()
    *shared, _ = inspect.signature(run, eval_str=True).parameters.values()
    options = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own_ones, *shared)]
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]  # any function takes one
    run.__annotations__ = {one.name: one.annotation for one in options}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _saved(file: str, text: str, root: Path) -> bool:
    """Write a report; where that fails, say so on standard error."""
    try:
        replace_file(file, text, root)
    except OSError as problem:
        write(f"{visible(file)}: cannot be written: {problem.strerror}\n", sys.stderr)
        return False
    return True


def write_patch(text: str, *, in_actions: bool = False) -> None:
    """Print what `git apply` takes: GitHub's runner obeys nothing in it, and no byte changes."""
    if in_actions or standard_output().in_actions:
        text = without_commands(text, new_token())
    write(text, commands=True)


def write_json(document: JsonModel) -> None:
    """Print a document."""
    # Not by pydantic, whose JSON refuses the surrogates of a path that is not UTF-8.
    content = document.model_dump(by_alias=True)
    write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
