"""docs/architecture.md: its commands run, and the paths and rooms that it names are there."""

from __future__ import annotations

import re
import subprocess

import pytest

import generator
from tests.helpers.command import ROOT, rayjobs

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
COMMANDS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.strip().splitlines()
]


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_a_command_runs(command: str) -> None:
    """Of make only whether it knows the targets: what they do has tests of its own."""
    program, *arguments = command.split()
    if program == "make":
        known = subprocess.run(
            ["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, check=False
        )
        assert known.returncode == 0, known.stderr
    else:
        assert program == "rayjobs"
        ran = rayjobs(*arguments)
        assert ran.returncode == 0, ran.stderr


def test_each_path_is_there() -> None:
    # A name with a slash that is no rule's and no pattern's.
    named = [name for name in re.findall(r"`([\w./-]+)`", PAGE) if "/" in name.strip(" ")]
    paths = [name for name in named if name != "group/name"]
    assert len(paths) > 20
    for path in paths:
        assert (ROOT / path).exists(), path


def test_the_rooms_are_the_folders_of_the_package() -> None:
    (package,) = generator.__path__
    folders = {path.parent.name for path in (ROOT / "generator").glob("*/__init__.py")}
    assert str(ROOT / "generator") == package
    assert set(re.findall(r"\[\"<b>(\w+)</b>", PAGE)) == folders


def test_rooms_import_only_those_that_arrows_lead_to() -> None:
    arrows = set(re.findall(r"^  (\w+) --> (\w+)$", PAGE, re.MULTILINE))
    rooms = set(re.findall(r"\[\"<b>(\w+)</b>", PAGE))
    reached = {room: {room} for room in rooms}
    for _ in rooms:
        for above, below in arrows:
            reached[above] |= reached[below]
    for room in rooms:
        for module in (ROOT / "generator" / room).rglob("*.py"):
            text = module.read_text(encoding="utf-8")
            used = re.findall(r"^\s*(?:from|import) generator\.(\w+)", text, re.MULTILINE)
            assert rooms & set(used) <= reached[room], module


def test_each_word_is_explained_once() -> None:
    words = re.findall(r"^\| ([a-z ]+) \| .+\. \|$", PAGE, re.MULTILINE)
    assert len(words) == len(set(words)) >= 25
