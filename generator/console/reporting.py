"""How a command reports its outcome: its format, its files, its colors and its exit code."""

from __future__ import annotations

import errno
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TextIO, TypeAlias, get_args

import typer

from generator.check.outcome import Outcome
from generator.console.streams import SafeStream, standard_output, write
from generator.console.terminal import progress_on
from generator.diagnostics import Located
from generator.diagnostics.wording import visible
from generator.fields.settings import JsonModel
from generator.reports import Format, reporter_of
from generator.reports.github import new_token, without_commands
from generator.repository.loading import Progress
from generator.source.atomic_write import replace_atomically
from generator.source.files import link_in_repository


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that goes to a file."""

    format: Format
    file: str


def report_file(words: str) -> ReportFile:
    """What ``--report FORMAT=FILE`` asks for; a usage error where it cannot be."""
    formats: dict[str, Format] = {name: name for name in get_args(Format)}
    name, equals, file = words.partition("=")
    if not equals or name not in formats:
        message = f"{words} is not FORMAT=FILE with one of {', '.join(formats)}"
        raise typer.BadParameter(message, param_hint="--report")
    return ReportFile(formats[name], checked(file, "--report"))


def checked(file: str, option: str) -> str:
    """``file``, if it can be a file in a directory that is there; else a usage error."""
    if not file or os.path.isdir(file) or file.endswith("/"):
        raise typer.BadParameter(f"{file or 'an empty name'} is no file", param_hint=option)
    if not os.path.isdir(os.path.dirname(file) or os.curdir):
        raise typer.BadParameter(f"the directory of {file} does not exist", param_hint=option)
    return file


def refuse_twice(files: Iterable[str]) -> None:
    """A usage error where two reports would be written to one file."""
    seen: set[str] = set()
    for file in files:
        place = os.path.realpath(file)
        if place in seen:
            raise typer.BadParameter(f"{file} is named twice", param_hint="--report")
        seen.add(place)


def replace_file(file: str, text: str, root: Path) -> None:
    """Write ``text`` to ``file``: a reader sees the old file or the new one. OSError.

    A symbolic link that the repository at ``root`` holds is not followed.
    """
    if link := link_in_repository(file, root):
        words = f"{visible(link)} is a symbolic link of the repository: remove it"
        raise OSError(errno.ELOOP, words)
    content = text.encode("utf-8", "backslashreplace")
    if os.path.exists(file) and not os.path.isfile(file):
        # A pipe or a device is written to, not replaced.
        with open(file, "wb") as opened:
            opened.write(content)
        return
    replace_atomically(Path(os.path.realpath(file)), content)


Color: TypeAlias = Literal["auto", "always", "never"]
RootOption: TypeAlias = Annotated[
    Path,
    typer.Option("--root", help="The repository: where jobs/ is.", exists=True, file_okay=False),
]
FormatOption: TypeAlias = Annotated[
    Format | None,
    typer.Option(
        "--format", help="How to report; github is chosen by itself in GitHub Actions, else text."
    ),
]
OutputOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--output", metavar="FILE", help="Write the report there instead of printing it."),
]
ReportOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="FORMAT=FILE", help="Write one more report to a file; repeatable."
    ),
]
QuietOption: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
]
StrictOption: TypeAlias = Annotated[bool, typer.Option("--strict", help="Warnings exit 1 too.")]
ColorOption: TypeAlias = Annotated[
    Color,
    typer.Option("--color", help="When to color text; auto heeds NO_COLOR."),
]
AllowEmptyOption: TypeAlias = Annotated[
    bool,
    typer.Option("--allow-empty", help="Let the last job go, and everything in rendered/ with it."),
]
KeepForeignOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--keep-foreign", help="Only warn of files and directories that rayjobs did not write."
    ),
]
HERE = Path(".")


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
        reports = tuple(map(report_file, report or ()))
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
