"""A repository to run ``rayjobs`` in: kept in a file, and laid out in a directory.

Nothing here imports ``generator``: another version of it may be the one that is run.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing.trees import Tree, dumped, loaded, plant


@dataclass(frozen=True, slots=True)
class Case:
    """A repository with a name; ``before`` is what Git holds of it, if anything."""

    name: str
    tree: Tree
    before: Tree | None = None

    def dumped(self) -> str:
        """Return the case as a line of a corpus."""
        before = None if self.before is None else dumped(self.before)
        return json.dumps([self.name, dumped(self.tree), before]) + "\n"


def read_corpus(file: Path) -> Iterator[Case]:
    """Read the repositories of a corpus."""
    with gzip.open(file, "rt") as opened:
        for line in opened:
            name, tree, before = json.loads(line)
            yield Case(name, loaded(tree), None if before is None else loaded(before))


def lay_out_case(case: Case, root: Path) -> None:
    """Make the repository of a case in the empty directory ``root``, with its history."""
    if case.before is not None:
        plant(case.before, root)
        _git(root, "init", "--quiet", "--initial-branch", "main")
        _git(root, "add", "--all")
        _git(root, "commit", "--quiet", "--allow-empty", "--message", "Before")
        for name in os.listdir(root):
            if name != ".git":
                place = root / name
                shutil.rmtree(
                    place
                ) if place.is_dir() and not place.is_symlink() else place.unlink()
    plant(case.tree, root)


_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "example"),
        ("EMAIL", "example@example.invalid"),
        ("DATE", "2026-01-01T00:00:00Z"),
    )
}


def _git(root: Path, *arguments: str) -> None:
    environment = {**os.environ, **_IDENTITY}
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, env=environment)
