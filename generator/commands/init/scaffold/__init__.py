"""A repository of a team's own: the files it starts with, and writing them where none are."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from generator import __version__
from generator.model.job.schema import params_schema, template_schema
from generator.model.platform.schema import platform_schema
from generator.source.atomic_write import create_atomically
from generator.source.signals import held_back

_TEXTS = Path(__file__).parent
_PACKAGED_SYNC = _TEXTS.parents[2] / "sync"
_SYNC = _PACKAGED_SYNC if _PACKAGED_SYNC.is_dir() else _TEXTS.parents[3] / "sync"
_SYNC_SUFFIXES = (".yaml", ".gotemplate")

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
    schemas = {
        "params": params_schema(),
        "platform": platform_schema(),
        "template": template_schema(),
    }
    for name, schema in schemas.items():
        files[f"schemas/{name}.schema.json"] = (
            json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        )
    files |= _sync_files()
    if branch != DEFAULT_BRANCH:
        # Quoted: a branch can be called 1.0 or true.
        followed = {path: _FOLLOWS.sub(rf'\g<1>"{branch}"', text) for path, text in files.items()}
        workflow = ".github/workflows/validate.yml"
        files = followed | {workflow: files[workflow].replace("[main]", f'["{branch}"]')}
    return dict(sorted(files.items()))


def _sync_files() -> dict[str, str]:
    return {
        f"sync/{path.relative_to(_SYNC).as_posix()}": path.read_text(encoding="utf-8")
        for path in sorted(_SYNC.rglob("*"))
        if path.suffix in _SYNC_SUFFIXES
    }


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


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write all files or none; OSError, FileExistsError where one has come in the meantime."""
    with held_back() as let_through:
        _write_all(directory, files, let_through)


def _write_all(directory: Path, files: Mapping[str, str], let_through: Callable[[], None]) -> None:
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, text in files.items():
            let_through()
            place = directory / path
            for parent in reversed(list(_missing(place.parent))):
                parent.mkdir()
                made.append(parent)
            create_atomically(place, text.encode())
            written.append(place)
    except BaseException:
        for place in written:
            with suppress(OSError):
                place.unlink()
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()
        raise


def _missing(directory: Path) -> Iterator[Path]:
    """``directory`` and its parents that are not there, inner ones first."""
    while not os.path.lexists(directory):
        yield directory
        directory = directory.parent
