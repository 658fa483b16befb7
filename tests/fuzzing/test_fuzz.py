"""Hostile input: a few cases of each kind; ``make fuzz`` runs many, with a limit on memory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.answers import CHANGES, Change, world
from tests.fuzzing.properties import HungError, assert_handled, limited
from tests.fuzzing.strategies import KINDS
from tests.fuzzing.trees import Item, dumped, loaded, plant, snapshot


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_handles_whatever_it_is_given(kind: str) -> None:
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(KINDS[kind])
    def holds(tree: dict[str, Item]) -> None:
        assert_handled(tree)

    holds()


def test_every_command_handles_whatever_an_api_server_answers() -> None:
    with world() as planes:

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(CHANGES)
        def holds(case: Change) -> None:
            planes.assert_handled(case)

        holds()


@given(st.sampled_from(sorted(KINDS)).flatmap(KINDS.__getitem__))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_case_can_be_kept(tree: dict[str, Item]) -> None:
    assert loaded(dumped(tree)) == tree


def test_the_snapshot_sees_what_changes(tmp_path: Path) -> None:
    plant({"a/b": Item("file", b"x"), "a/l": Item("link", b"b"), "f": Item("fifo")}, tmp_path)
    before = snapshot(tmp_path)
    assert len(before) == 4
    (tmp_path / "a" / "b").write_text("y")
    assert snapshot(tmp_path) != before


def test_a_run_that_hangs_is_interrupted() -> None:
    def work() -> None:
        with limited(0.05):
            while True:
                pass

    def wait() -> None:
        with limited(0.05):
            threading.Event().wait()

    for hang in (work, wait):
        with pytest.raises(HungError):
            hang()
