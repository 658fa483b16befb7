"""The project's own pre-commit hooks: what `make lint` runs, and the hooks that it offers."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.helpers.command import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
OFFERED = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def hooks() -> dict[str, dict[str, Any]]:
    (local,) = CONFIG["repos"]
    assert local["repo"] == "local"
    return {hook["id"]: hook for hook in local["hooks"]}


def recipe(target: str) -> list[str]:
    found = re.search(rf"^{target}: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


def test_hooks_run_what_make_lint_and_make_types_run() -> None:
    entries = {hook["entry"] for hook in hooks().values()}
    lint = recipe("lint")
    assert lint.pop() == "@$(ACTIONLINT)"
    # A hook formats; that it changed a file refuses the commit.
    assert {line.replace(" --check", "") for line in (*lint, *recipe("types"))} <= entries
    (actionlint,) = re.findall(r"(?m)^\t+(\.tools/bin/actionlint .*); \\$", MAKEFILE)
    assert f"|| {actionlint}'" in hooks()["actionlint"]["entry"]


def test_every_hook_that_is_offered_is_used() -> None:
    own = hooks()
    for offered in OFFERED:
        entry = f".venv/bin/{offered['entry']}"
        used = {**offered, "entry": entry, "language": "system"}
        del used["description"]
        assert own[offered["id"]] == used
