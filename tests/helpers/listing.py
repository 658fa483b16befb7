"""What tests of listing share."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.commits import git


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")
