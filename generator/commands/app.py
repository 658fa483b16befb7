"""The command ``rayjobs``: the table of its commands, each imported when it is called."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from generator import __version__
from generator.console.streams import write

COMMANDS = {
    "init": (
        "init:init",
        "Start a repository of your own: jobs/, platform.yaml, workflows, sync/ and settings.",
    ),
    "new": ("new:new", "Write a new job's params.json below jobs/."),
    "show": (
        "show:show",
        "Print a job with all defaults, and where each of its values comes from.",
    ),
    "list": (
        "history:list_jobs",
        "List the jobs: what they ask for, and the commits that added and changed them.",
    ),
    "history": (
        "history:history",
        "Say what became of a job, newest first: commit, date, author, and what changed.",
    ),
    "status": (
        "status:status",
        "Say what Karmada does with the jobs, and of named ones what is wrong and what to do.",
    ),
    "logs": (
        "logs:logs",
        "Print the log of a job's driver, head or workers, or the events of its objects.",
    ),
    "clusters": (
        "clusters:clusters",
        "Say which clusters are members, what is free there, and what platform.yaml says "
        "otherwise.",
    ),
    "doctor": (
        "clusters:doctor",
        "Say what stands between this repository and a first job, and what to do.",
    ),
    "archive": (
        "archive:archive",
        "List the jobs that ended on every cluster so long ago, and delete their folders if asked.",
    ),
    "page": ("page:page", "Write a page of the jobs: where they run, GPUs, problems, history."),
    "explain": (
        "explain:explain",
        "Say why a rule is there, or what a field means; list the rules without either.",
    ),
    "validate": ("pipeline:validate", "Say what is wrong with the jobs, and what would run where."),
    "render": (
        "pipeline:render",
        "Write rendered/ from jobs/ and platform.yaml; nothing is written if anything is wrong.",
    ),
    "check": (
        "pipeline:check",
        "Validate, and fail if rendered/ is not what render writes: what CI runs.",
    ),
    "diff": ("pipeline:diff", "Show what render would change, as a diff that `git apply` takes."),
    "schema": (
        "explain:schema",
        "Print a JSON Schema: of params.json, platform.yaml, a template, or what JSON output is.",
    ),
    "sync": ("pipeline:sync", "Write what points a sync engine at rendered/."),
}
"""By name: the module, the function or the group in it, and the summary that --help prints."""


class _Commands(TyperGroup):
    """The commands of the table; until one is called, its name and its summary stand for it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, summary) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the command itself, and the arguments that are its own."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, _imported(name) if name else None, rest


@cache
def _imported(name: str) -> Any:
    """Return the command of that name, built from what its module defines."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    defined = getattr(import_module(f"generator.commands.{module}"), attribute)
    around = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    if isinstance(defined, typer.Typer):
        around.add_typer(defined, name=name)
    else:
        around.command(name)(defined)
    return get_group(around).commands[name]


app = typer.Typer(
    name="rayjobs",
    cls=_Commands,
    help="Render training jobs into RayJobs for Karmada, and say at review time what would fail.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def rayjobs(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Render training jobs into RayJobs, and say at review time what would fail later."""
    if version:
        write(f"rayjobs {__version__}\n")
        raise typer.Exit


command = get_command(app)
"""What is run. Built with the module, and so once in a process that runs it many times."""
