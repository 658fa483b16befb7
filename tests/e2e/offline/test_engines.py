"""Building the engines of the end-to-end tests: with a Go that only pretends, and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.engines import build
from tests.e2e.engines.recipes import RECIPES, Recipe
from tests.helpers.command import ROOT

GO = """#!/bin/sh
echo "$PWD $*" >> "$GO_CALLS"
case "$1" in
env) echo '{"GOVERSION": "go9.9"}' ;;
list) echo "$GO_MODULE" ;;
build)
  test -z "$GO_FAILS" || { echo "cannot find it" >&2; exit 1; }
  test -z "$GO_SECONDS" || sleep "$GO_SECONDS"
  while [ "$1" != -o ]; do shift; done
  mkdir -p "$(dirname "$2")" && echo "$3" > "$2" ;;
esac
"""
CRD = "kind: CustomResourceDefinition\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose programs all pretend; its cache is empty."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in build.PROGRAMS:
        (programs / name).write_text(GO if name == "go" else "#!/bin/sh\n")
        (programs / name).chmod(0o755)
    module = tmp_path / "module"
    for recipe in RECIPES.values():
        for path in recipe.manifests:
            file = module / path if "." in path.rpartition("/")[2] else module / path / "crd.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(CRD)
            # The module cache is read-only.
            file.chmod(0o444)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GO_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("GO_MODULE", str(module))
    return tmp_path


def builds(machine: Path) -> int:
    """How often ``go build`` was run."""
    calls = machine / "calls"
    return calls.read_text().count(" build ") if calls.exists() else 0


def test_every_engine_is_built_once_and_then_found(
    machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(build.EngineError, match=r"not built: etcd.*make engines"):
        build.engines()
    assert build.main() == 0
    said = capsys.readouterr().out
    assert "etcd v3.6.5: built in" in said
    programs = sum(len(recipe.commands) for recipe in RECIPES.values())
    assert builds(machine) == programs
    found = build.engines()
    for recipe in RECIPES.values():
        for name, path in recipe.commands.items():
            assert found.binary(name).read_text() == f"{path}\n"
    assert [file.read_text() for file in found.manifests("kuberay").rglob("*.yaml")] == [CRD]
    assert build.main() == 0
    assert capsys.readouterr().out.count("in the cache") == len(RECIPES)
    assert builds(machine) == programs
    with pytest.raises(build.EngineError, match="no engine has a program dockerd"):
        found.binary("dockerd")


def test_what_was_built_can_be_deleted_again(machine: Path) -> None:
    assert build.main() == 0
    shutil.rmtree(build.cache_directory())


@pytest.mark.parametrize("changed", ["go.mod", "go.sum", "tools.go"])
def test_only_what_changed_is_another(changed: str, tmp_path: Path) -> None:
    for name in ("go.mod", "go.sum", "tools.go"):
        (tmp_path / name).write_text("a")
    recipe = Recipe("example/a", {"a": "example/a"})
    before = build.digest(tmp_path, recipe, "go1")
    assert build.digest(tmp_path, recipe, "go1") == before
    assert build.digest(tmp_path, recipe, "go2") != before
    assert build.digest(tmp_path, Recipe("example/a", {"b": "example/a"}), "go1") != before
    (tmp_path / changed).write_text("b")
    assert build.digest(tmp_path, recipe, "go1") != before


def test_a_build_that_fails_says_why_and_leaves_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GO_FAILS", "yes")
    assert build.main() == 1
    assert "go build failed in etcd:\ncannot find it" in capsys.readouterr().err
    assert [path.name for path in build.cache_directory().iterdir()] == [".lock"]


def test_a_build_that_is_killed_is_built_again(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_SECONDS", "60")
    run = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.engines.build"],
        cwd=ROOT, env=os.environ, start_new_session=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not builds(machine) and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(run.pid, 9)
    run.wait()
    with pytest.raises(build.EngineError, match="not built: etcd"):
        build.engines()
    monkeypatch.delenv("GO_SECONDS")
    assert build.main() == 0
    build.engines()
    assert not list(build.cache_directory().glob(".etcd-*"))


def test_two_builds_at_once_build_once(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GO_SECONDS", "0.05")
    command = [sys.executable, "-m", "tests.e2e.engines.build"]
    runs = [
        subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum("another build holds the cache" in words for words in said) <= 1
    assert builds(machine) == sum(len(recipe.commands) for recipe in RECIPES.values())


def test_what_nobody_has_used_for_long_goes(machine: Path) -> None:
    assert build.main() == 0
    cache = build.cache_directory()
    old, other = cache / f"etcd-{'a' * 16}", cache / "etcd-of-mine"
    recent = cache / f"etcd-{'b' * 16}"
    for directory in (old, other, recent):
        directory.mkdir()
    for directory in (old, other):
        os.utime(directory, (0, 0))
    shutil.rmtree(build.place_of("etcd"))
    assert build.main() == 0
    assert not old.exists()
    assert other.exists()
    assert recent.exists()


def test_every_missing_program_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main() == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [f"missing: {words}" for words in build.PROGRAMS.values()]
    assert any("apt-get install redis-server" in words for words in said)


def test_each_engine_pins_what_its_recipe_names() -> None:
    for engine, recipe in RECIPES.items():
        directory = ROOT / "tests" / "e2e" / "engines" / engine
        imports = (directory / "tools.go").read_text()
        assert all(f'"{path}"' in imports for path in recipe.commands.values())
        assert f"{recipe.module} v" in (directory / "go.mod").read_text()
        assert f"{recipe.module} v" in (directory / "go.sum").read_text()


def test_what_is_linked_is_the_pinned_version() -> None:
    linked = [(name, value) for name in RECIPES for value in RECIPES[name].linked.values()]
    assert linked
    for name, version in linked:
        pinned = (ROOT / "tests" / "e2e" / "engines" / name / "go.mod").read_text(encoding="utf-8")
        assert f"{RECIPES[name].module} {version}\n" in pinned
