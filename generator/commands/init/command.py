"""``rayjobs init``: start a repository of one's own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from generator.commands.init.scaffold import (
    PLACEHOLDER,
    Source,
    in_the_way,
    is_branch,
    scaffold,
    source_from,
    write_files,
)
from generator.console.options import QuietOption
from generator.console.printing import write
from generator.diagnostics.characters import visible
from generator.source.work_tree import link_in_repository, work_tree


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where; made if it is missing.", file_okay=False)
    ],
    action_ref: Annotated[
        str | None,
        typer.Option(
            metavar="[OWNER/NAME@]REF",
            help="Tag or commit of this project for the workflows; default: this version's tag.",
        ),
    ] = None,
    default_branch: Annotated[
        str, typer.Option(help="Branch that jobs are merged into, and sync engines follow.")
    ] = "main",
    quiet: QuietOption = False,
) -> None:
    """Start a repository of your own: jobs/, platform.yaml, workflows, sync/ and settings."""
    source = Source() if action_ref is None else source_from(action_ref)
    if source is None:
        raise typer.BadParameter(
            "give a tag or a commit, also as OWNER/NAME@REF", param_hint="--action-ref"
        )
    if not is_branch(default_branch):
        raise typer.BadParameter("give the name of a branch", param_hint="--default-branch")
    around = work_tree(directory.parent)
    if link := link_in_repository(directory, Path(around) if around else None):
        words = "is a symbolic link of the repository: remove it, or name another directory"
        write(f"{visible(link)} {words}\n", sys.stderr)
        raise typer.Exit(1)
    try:
        files = scaffold(source, default_branch)
        if there := in_the_way(directory, files):
            _refuse(directory, there)
        write_files(directory, files)
    except OSError as problem:
        place = visible(str(problem.filename or directory))
        write(f"{place}: cannot be written: {problem.strerror}\n", sys.stderr)
        raise typer.Exit(1) from None
    if not quiet:
        write("".join(f"wrote {visible(str(directory / path))}\n" for path in files))
        write(_next_steps(source, directory, default_branch))


def _refuse(directory: Path, there: list[str]) -> None:
    listed = "".join(f"  {path}\n" for path in there)
    words = f"nothing was written: {visible(str(directory))} already has\n{listed}"
    write(words + "move them away, or start in an empty directory\n", sys.stderr)
    raise typer.Exit(1)


def _next_steps(source: Source, directory: Path, branch: str) -> str:
    root = "" if directory == Path() else f" --root {visible(shlex.quote(str(directory)))}"
    # After `--action-ref OWNER/NAME@REF` only teams are left to be named.
    named = "" if source.is_complete else ", .github/workflows/ and jobs/README.md"
    steps = [
        f"replace {PLACEHOLDER} and the teams in .github/CODEOWNERS{named}",
        "list your namespaces in platform.yaml",
        f"write a job: rayjobs new NAME{root}",
        f"rayjobs render{root}, then commit everything and push",
        f"protect {branch} by a ruleset: a pull request, review from code owners, and the check "
        "`check` of the workflow validate (docs/operate.md of rayjobs: What a pull request can do)",
    ]
    return "next:\n" + "".join(f"  {number}. {step}\n" for number, step in enumerate(steps, 1))
