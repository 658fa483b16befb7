"""Data moves one way: a stage imports only stages before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import generator

PACKAGE = Path(generator.__file__).parent

STAGES = (
    {"generator", "diagnostics"},
    {"source"},
    {"fields"},
    {"algorithms"},
    {"model"},
    {"repository"},
    {"render"},
    {"rules"},
    {"check"},
    {"reports"},
    {"history"},
    {"karmada"},
    {"console"},
    {"commands"},
    {"__main__"},
)
RANK = {name: rank for rank, stage in enumerate(STAGES) for name in stage}
MODULES = sorted(PACKAGE.rglob("*.py"))


def stage_of(module: Path) -> str:
    part = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "generator" if part == "__init__" else part


def imports(module: Path) -> Iterator[str]:
    """The stages that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            first, *rest = name.split(".")
            if first == "generator":
                yield rest[0] if rest and rest[0] in RANK else "generator"


def test_every_part_of_the_package_has_a_stage() -> None:
    assert {stage_of(module) for module in MODULES} <= set(RANK)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_a_stage_imports_only_stages_before_it(module: Path) -> None:
    own = stage_of(module)
    later = {name for name in imports(module) if name != own and RANK[name] >= RANK[own]}
    assert later == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_modules_stay_small(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 300
