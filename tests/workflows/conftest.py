"""What tests of workflow steps share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.workflow_steps import Machine


@pytest.fixture
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A machine; what the test says that it executes has to have been executed so."""
    made = Machine(tmp_path / "machine")
    yield made
    for mark in request.node.iter_markers("step"):
        step, outcome = mark.args
        codes = [code for name, code in made.ran if name == step]
        assert any((code == 0) == (outcome == "good") for code in codes), (step, outcome, codes)
    shutil.rmtree(made.temp, ignore_errors=True)
