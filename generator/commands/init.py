"""``rayjobs init``: the files of a new repository."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from generator import __version__
from generator.console.reporting import QuietOption
from generator.console.streams import write
from generator.diagnostics.wording import visible
from generator.model.job.schema import params_schema, template_schema
from generator.model.platform.model import platform_schema
from generator.source.atomic_write import write_files
from generator.source.files import link_in_repository, work_tree

_TEXTS = Path(__file__).parent / "scaffold"
_PACKAGED_SYNC = _TEXTS.parents[1] / "sync"
_SYNC = _PACKAGED_SYNC if _PACKAGED_SYNC.is_dir() else _TEXTS.parents[2] / "sync"

_FILES = {
    ".editorconfig": "editorconfig",
    ".gitattributes": "gitattributes",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".github/workflows/comment.yml": "comment.yml",
    ".github/workflows/validate.yml": "validate.yml",
    ".gitignore": "gitignore",
    ".vscode/settings.json": "settings.json",
    "jobs/README.md": "jobs.md",
    "platform.yaml": "platform.yaml",
}

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_USES = re.compile(r"(uses: \S+)@REF$", re.MULTILINE)
_UNPINNED = "# zizmor: ignore[unpinned-uses] a tag; a commit could not be moved"

DEFAULT_BRANCH = "main"
_FOLLOWS = re.compile(r"^( *(?:branch|revision|targetRevision): )main$", re.MULTILINE)

PLACEHOLDER = "OWNER"
"""Stands in the scaffold for who owns a repository or a team, to be replaced by hand."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where this project is taken from: its repository, and a tag or a commit."""

    repository: str = f"{PLACEHOLDER}/rayjobs"
    ref: str = f"v{__version__}"

    @property
    def is_complete(self) -> bool:
        """Whether its owner is named."""
        return not self.repository.startswith(f"{PLACEHOLDER}/")


def source_from(words: str) -> Source | None:
    """``REF`` or ``OWNER/NAME@REF`` as a source; None where it is neither."""
    repository, at, ref = words.rpartition("@")
    if not _REF.fullmatch(ref) or ".." in ref or (at and not _REPOSITORY.fullmatch(repository)):
        return None
    return Source(repository, ref) if at else Source(ref=ref)


def is_branch(name: str) -> bool:
    """Return whether a branch can be called so, and be written into YAML as it is."""
    return _REF.fullmatch(name) is not None and not re.search(r"\.\.|//|/\.|[./]$|\.lock$", name)


def scaffold(source: Source, branch: str = DEFAULT_BRANCH) -> dict[str, str]:
    """The files of a new repository: paths below it, sorted, and their texts; OSError.

    ``branch`` is the default one, which the workflow and the sync engines follow.
    """
    files = {path: (_TEXTS / name).read_text(encoding="utf-8") for path, name in _FILES.items()}
    note = "" if _COMMIT.fullmatch(source.ref) else f" {_UNPINNED}"
    for path, text in files.items():
        pinned = _USES.sub(rf"\1@REF{note}", text)
        named = pinned.replace(f"{PLACEHOLDER}/rayjobs", source.repository)
        files[path] = re.sub(r"@REF\b", f"@{source.ref}", named)
    schemas = {"params": params_schema, "platform": platform_schema, "template": template_schema}
    for name, schema in schemas.items():
        text = json.dumps(schema(), indent=2, ensure_ascii=False)
        files[f"schemas/{name}.schema.json"] = f"{text}\n"
    for file in _SYNC.rglob("*"):
        if file.suffix in (".yaml", ".gotemplate"):
            files[f"sync/{file.relative_to(_SYNC).as_posix()}"] = file.read_text(encoding="utf-8")
    if branch != DEFAULT_BRANCH:
        # Quoted: a branch can be called 1.0 or true.
        followed = {path: _FOLLOWS.sub(rf'\g<1>"{branch}"', text) for path, text in files.items()}
        workflow = ".github/workflows/validate.yml"
        files = followed | {workflow: files[workflow].replace("[main]", f'["{branch}"]')}
    return dict(sorted(files.items()))


def in_the_way(directory: Path, paths: Mapping[str, str]) -> list[str]:
    """What stands where a file or its directory is to be: paths below ``directory``, sorted."""
    found = set()
    for path in paths:
        parts = path.split("/")
        for end in range(1, len(parts)):
            parent = directory.joinpath(*parts[:end])
            if os.path.lexists(parent) and (parent.is_symlink() or not parent.is_dir()):
                found.add("/".join(parts[:end]))
                break
        else:
            if os.path.lexists(directory / path):
                found.add(path)
    return sorted(found)


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
        words = "give a tag or a commit, also as OWNER/NAME@REF"
        raise typer.BadParameter(words, param_hint="--action-ref")
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
