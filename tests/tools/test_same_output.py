"""The tool that compares two versions of rayjobs: it says what is different, and only that."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.fuzzing.trees import Item
from tools.same_output.cases import Case, read_corpus
from tools.same_output.comparison import compared

RESULT = {"exit": 0, "stdout": "1 job\n", "stderr": "", "written": {"a.yaml": "644 a: 1\n"}}


def recorded(file: Path, *results: object) -> list[Path]:
    with gzip.open(file, "wt") as opened:
        for number, result in enumerate(results):
            opened.write(json.dumps([f"case-{number}", "render", result]) + "\n")
    return [file]


@pytest.mark.parametrize(
    "changes",
    [{"exit": 1}, {"stdout": "2 jobs\n"}, {"stderr": "x"}, {"written": {"a.yaml": "644 a: 2\n"}}],
)
def test_every_difference_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object]
) -> None:
    then = recorded(tmp_path / "then", RESULT, RESULT)
    now = recorded(tmp_path / "now", RESULT, {**RESULT, **changes})
    assert compared(then, now, 10) == 1
    printed = capsys.readouterr().out
    assert "--- case-1: rayjobs render" in printed
    assert "case-0" not in printed
    assert printed.endswith("1 are different\n")


def test_a_run_that_is_missing_is_a_difference(tmp_path: Path) -> None:
    then, now = recorded(tmp_path / "then", RESULT, RESULT), recorded(tmp_path / "now", RESULT)
    assert compared(then, now, 10) == 1
    assert compared(then, then, 10) == 0


def test_a_corpus_keeps_every_byte(tmp_path: Path) -> None:
    tree = {"jobs/a/params.json": Item("file", b"\xff\x00"), "jobs/b": Item("directory")}
    case = Case("broken", tree, {"link": Item("link", b"nowhere")})
    file = tmp_path / "corpus"
    with gzip.open(file, "wt") as opened:
        opened.write(case.dumped())
    assert list(read_corpus(file)) == [case]
