"""The commands of docs/operate.md, and those of README.md that ask Karmada."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.commits import commit

ASK_KARMADA = {"archive", "clusters", "doctor", "logs", "page", "status"}
ENDS = re.compile(r" (?:\||\|\||&&|>) ")
"""What a shell does with a command's output or exit code is not of the command."""


def commands() -> list[str]:
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("docs/operate.md", "README.md")]
    blocks = re.findall(r"```sh\n(.*?)```", pages[0], flags=re.DOTALL)
    blocks += re.findall(r"```text\n(rayjobs doctor\n.*?)```", pages[1], flags=re.DOTALL)
    lines = (line for block in blocks for line in block.splitlines())
    return sorted({ENDS.split(line)[0] for line in lines})


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page(command: str, sample: Path) -> None:
    """Those that ask Karmada go as far as to look for its kubeconfig."""
    commit(sample)
    name, *arguments = shlex.split(command)
    nowhere = {"KUBECONFIG": str(sample / "nowhere")}
    if "--context" in arguments:
        nowhere = {}
        arguments += ["--kubeconfig", str(sample / "nowhere")]
    ran = rayjobs(*arguments, cwd=sample, environment=nowhere)
    assert name == "rayjobs"
    if arguments[0] not in ASK_KARMADA:
        assert (ran.returncode, ran.stderr) == (0, "")
    elif "--offline" in arguments:
        assert ran.returncode == 0
    else:
        assert ran.returncode == 3
        assert "no kubeconfig can be used" in ran.stdout + ran.stderr


def test_every_command_that_asks_karmada_is_on_the_page() -> None:
    assert {shlex.split(command)[1] for command in commands()} >= ASK_KARMADA | {"list", "history"}
