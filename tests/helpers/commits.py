"""Repositories with commits, and what a change to them is found to do."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, TypeAlias

from generator.check import pipeline
from generator.diagnostics import Located

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com")


Found: TypeAlias = list[tuple[str, str | None, str | None]]


def git(directory: Path, *arguments: str) -> str:
    ran = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=directory, capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def commit(repository: Path) -> None:
    if not (repository / ".git").exists():
        git(repository, "init", "-q", "-b", "main")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "--allow-empty", "-m", "a state")


def changes(root: Path, ref: str = "HEAD", *, allow_edits: bool = False) -> list[Located]:
    """The findings about the change, without those about each side."""
    outcome = pipeline.check(root, conformance="off", base=ref, allow_edits=allow_edits)
    return [found for found in outcome.diagnostics if found.rule.id.startswith("base/")]


def places(root: Path, **options: Any) -> Found:
    return [(found.rule.id, found.file, found.pointer) for found in changes(root, **options)]


def wrapper(directory: Path, script: str) -> None:
    """A program called git that runs ``script``."""
    directory.mkdir()
    (directory / "git").write_text(f"#!/bin/sh\n{script}\n")
    (directory / "git").chmod(0o755)
