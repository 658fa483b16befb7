"""What stands for the training image: it is built once, and anew from another lock or script."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.images import build


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the lock and the scripts; instead of packages, their lock is installed."""
    for file in (build.LOCK, *build.TRAINING_SCRIPTS):
        shutil.copy(file, tmp_path)
    scripts = tuple(tmp_path / script.name for script in build.TRAINING_SCRIPTS)
    monkeypatch.setattr(build, "LOCK", tmp_path / build.LOCK.name)
    monkeypatch.setattr(build, "TRAINING_SCRIPTS", scripts)
    monkeypatch.setattr(build, "_install", lambda made, lock: shutil.copy(lock, made))
    return tmp_path


def test_it_has_the_script_of_xgboost_and_of_lightgbm(sources: Path) -> None:
    home = build.image(sources / "cache") / "home"
    assert {file.name for file in home.iterdir()} == {"xgboost_train.py", "lightgbm_train.py"}


@pytest.mark.parametrize("name", ["requirements.lock", "xgboost_train.py", "lightgbm_train.py"])
def test_what_it_is_made_from_names_it(sources: Path, name: str) -> None:
    before = build.image(sources / "cache")
    assert build.image(sources / "cache") == before
    with (sources / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    after = build.image(sources / "cache")
    assert after != before
    found = after / "home" / name if name.endswith(".py") else after / "venv" / name
    assert found.read_bytes() == (sources / name).read_bytes()


def test_a_script_that_changes_installs_nothing_again(sources: Path) -> None:
    before = build.image(sources / "cache")
    (sources / "lightgbm_train.py").write_text("print()\n", encoding="utf-8")
    assert (build.image(sources / "cache") / "venv").resolve() == (before / "venv").resolve()
