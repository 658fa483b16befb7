"""What `make -n` shows of setting up: once for each Python and each lock, by uv or by pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What setting up reads, with a python3 and no uv on PATH."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    program(tmp_path, "python3", f'exec {sys.executable} "$@"')
    for name in ("sh", "cat", "cksum", "cut", "make"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def program(checkout: Path, name: str, script: str) -> None:
    place = checkout / "bin" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def make(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=checkout,
        env={**kept, **variables, "PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def planned(checkout: Path, target: str) -> list[str]:
    ran = make(checkout, "-n", target)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def set_up(checkout: Path, target: str) -> None:
    """Make the stamps that setting up for a target would leave."""
    (touch,) = (line for line in planned(checkout, target) if line.startswith("touch "))
    (checkout / ".venv").mkdir(exist_ok=True)
    for stamp in touch.split()[1:]:
        (checkout / stamp).touch()


LOCKS = {"render": "requirements.lock", "setup": "requirements-test.lock"}


@pytest.mark.parametrize(("target", "lock"), LOCKS.items())
def test_hashes_of_the_lock_are_required_with_pip_and_with_uv(
    checkout: Path, target: str, lock: str
) -> None:
    plan = planned(checkout, target)
    assert any(
        line.endswith(f"pip install --require-hashes -r {lock}")
        for line in [line.replace(" --quiet --disable-pip-version-check", "") for line in plan]
    )
    program(checkout, "uv", "exit 1")
    plan = planned(checkout, target)
    (synced,) = (line for line in plan if line.startswith("uv pip sync "))
    assert synced.endswith(f" --require-hashes {lock}")


def test_what_is_set_up_is_not_set_up_again(checkout: Path) -> None:
    set_up(checkout, "render")
    assert planned(checkout, "render") == [".venv/bin/python -m generator render"]
    assert len(planned(checkout, "setup")) > 1
    set_up(checkout, "setup")
    assert "touch" not in " ".join(planned(checkout, "setup"))
    assert planned(checkout, "render") == [".venv/bin/python -m generator render"]


@pytest.mark.parametrize("lock", LOCKS.values())
def test_another_lock_sets_up_anew(checkout: Path, lock: str) -> None:
    set_up(checkout, "setup")
    with (checkout / lock).open("a") as opened:
        opened.write("# renewed\n")
    assert any("venv --clear" in line for line in planned(checkout, "setup"))


def test_another_python_sets_up_anew(checkout: Path) -> None:
    set_up(checkout, "setup")
    program(
        checkout,
        "python3",
        f'[ "$1" != -V ] || exec echo Python 3.99.0\nexec {sys.executable} "$@"',
    )
    assert any("venv --clear" in line for line in planned(checkout, "setup"))
    assert any("venv --clear" in line for line in planned(checkout, "render"))


def test_a_python_that_is_too_old_is_refused(checkout: Path) -> None:
    program(checkout, "python3", "exit 1")
    ran = make(checkout, "render")
    assert ran.returncode == 2
    assert "rayjobs needs Python 3.11 or newer, and python3 is not: set PYTHON=" in ran.stderr
    assert not (checkout / ".venv").exists()


def test_the_samples_warnings_are_not_printed_and_its_errors_are(checkout: Path) -> None:
    """The last commands of `make test`, with a check that has the given end."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = text.partition("tools.schemas --check\n")[2].partition("\n\n")[0]
    (checkout / "Makefile").write_text(f"BIN := .\ntest:\n{recipe}\n")
    (checkout / "python").write_text('#!/bin/sh\necho "found: $*"\nexit "$END"\n')
    (checkout / "python").chmod(0o755)
    passed = make(checkout, "test", END="0")
    assert passed.returncode == 0
    assert passed.stdout == "all passed: lint, types, tests, schemas/ and rendered/\n"
    failed = make(checkout, "test", END="1")
    assert failed.returncode == 2
    assert failed.stdout == "found: -m generator check --conformance embedded --quiet\n"
