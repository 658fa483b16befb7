"""Logs of the end-to-end tests' node: which lines a kubelet would answer with, and their times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.node.container_log import ContainerLog, LogOptions, selected, written

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "head.ray-head.log"


def test_a_line_has_the_time_at_which_it_was_seen(file: Path) -> None:
    log = ContainerLog(file)
    log.look(NOON)
    file.write_bytes(b"on\re\ntwo\nbeg")
    log.look(later(1))
    with file.open("ab") as opened:
        opened.write(b"un\n\xff")
    lines, offset = log.read(0, later(2))
    assert lines == [(later(1), b"on\re\n"), (later(1), b"two\n"), (later(2), b"begun\n")]
    assert log.read(offset, later(3)) == ([], offset)
    assert log.rest(offset, later(3)) == (later(3), b"\xff")
    # Whoever asks again is told the same.
    assert log.read(0, later(4)) == (lines, offset)


def test_a_container_without_output(file: Path) -> None:
    log = ContainerLog(file)
    assert log.read(0, NOON) == ([], 0)
    assert log.rest(0, NOON) == (NOON, b"")


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ({}, [b"a", b"b", b"c"]),
        ({"tailLines": "2"}, [b"b", b"c"]),
        ({"tailLines": "0"}, []),
        ({"tailLines": "9"}, [b"a", b"b", b"c"]),
        ({"sinceSeconds": "60"}, [b"b", b"c"]),
        ({"sinceTime": "2026-11-01T13:00:02+01:00"}, [b"c"]),
        ({"sinceTime": "2026-11-01T12:00:01Z", "tailLines": "1"}, [b"c"]),
    ],
)
def test_which_lines(query: dict[str, str], texts: list[bytes]) -> None:
    lines = [(later(number), text) for number, text in enumerate([b"a", b"b", b"c"])]
    options = LogOptions.of(query, later(61))
    assert [text for _, text in selected(lines, options)] == texts


def test_times_are_written_as_a_kubelet_writes_them() -> None:
    options = LogOptions.of({"timestamps": "true"}, NOON)
    assert written(later(0.5), b"x\n", options) == b"2026-11-01T12:00:00.500000000Z x\n"
    assert written(later(0.5), b"x\n", LogOptions()) == b"x\n"


@pytest.mark.parametrize("query", [{"tailLines": "all"}, {"sinceTime": "noon"}])
def test_what_a_kubelet_does_not_take(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="nvalid"):
        LogOptions.of(query, NOON)
