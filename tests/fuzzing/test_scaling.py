"""A hostile input that is four times as large takes some four times as long, and as much memory."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from generator.check import pipeline
from generator.history.field_diff import Difference, differences
from generator.model.platform.model import platform_from
from generator.reports import Format, reporter_of
from generator.source.json_document import JSON
from generator.source.yaml_document import decode_yaml
from tests.fuzzing.growing import GROWING, Growing
from tests.fuzzing.trees import plant
from tests.helpers.commits import git
from tests.helpers.jobs import minimal_job, write_job

LARGER = 4
MOST_TIME = 8.0
"""Twice what is linear: the square would be 16, and the machine has others to work for."""
STARTING = 0.02
"""Seconds that any input takes, and by which clocks differ."""
TRIES = 3
MOST_MEMORY = 2.2
"""Of an input that is twice as large; the square would be 4, and no clock differs."""
STARTING_BYTES = 100_000


@pytest.fixture(scope="module", autouse=True)
def _quick_to_measure() -> Iterator[None]:
    """Have tracemalloc look lines up, and the garbage collector pass over what others made.

    CPython 3.11 finds the line of an allocation by going through a function's whole table of
    lines, but for functions that ran while something traced them: those have an array.
    """
    gc.collect()
    gc.freeze()
    with tempfile.TemporaryDirectory() as directory:
        for number, name in enumerate(list(GROWING)[::4]):
            top = planted(Path(directory, str(number)), GROWING[name], 3)
            sys.setprofile(lambda *_: None)
            handled(top, GROWING[name])
            sys.setprofile(None)
    yield
    gc.unfreeze()


def planted(top: Path, growing: Growing, parts: int) -> Path:
    """A repository of so many parts, with a commit of what it is compared with."""
    top.mkdir()
    if growing.before is not None:
        git(top, "init", "-q", "-b", "main")
        files = [
            b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(item.content), item.content)
            for path, item in growing.before(parts).items()
        ]
        who = b"commit HEAD\ncommitter a <a@example.com> 0 +0000\ndata 0\n"
        subprocess.run(
            ["git", "fast-import", "--quiet"], cwd=top, input=who + b"".join(files), check=True
        )
        git(top, "reset", "-q")
    plant(growing.build(parts), top)
    return top


def handled(top: Path, growing: Growing, measured: Callable[[], None] = lambda: None) -> None:
    """Find what is wrong, and report it in every format; after each step it is ``measured``."""
    platform_from.cache_clear()
    decode_yaml.cache_clear()
    base = None if growing.before is None else "HEAD"
    outcome = pipeline.check(top, conformance="off", base=base)
    measured()
    for name in get_args(Format):
        reporter_of(name)().report(outcome)
        measured()


def seconds(run: Callable[[], None]) -> float:
    gc.collect()
    started = time.process_time()
    run()
    return time.process_time() - started


def most_bytes(run: Callable[[Callable[[], None]], None]) -> list[int]:
    """The most that each step of a run holds; ``run`` is given what to call after each."""
    sizes: list[int] = []

    def measured() -> None:
        sizes.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()

    gc.collect()
    tracemalloc.start()
    try:
        run(measured)
    finally:
        tracemalloc.stop()
    return sizes


@pytest.mark.parametrize("name", GROWING)
def test_time_and_memory_grow_no_faster_than_the_input(name: str, tmp_path: Path) -> None:
    growing = GROWING[name]
    small, double, large = (
        planted(tmp_path / str(factor), growing, growing.parts * factor)
        for factor in (1, 2, LARGER)
    )
    handled(small, growing)
    for _ in range(TRIES):
        little, much = (seconds(partial(handled, top, growing)) for top in (small, large))
        if much <= MOST_TIME * little + STARTING:
            break
    assert much <= MOST_TIME * little + STARTING, (little, much)
    sizes = [most_bytes(partial(handled, top, growing)) for top in (small, double)]
    steps = list(zip(("check", *get_args(Format)), *sizes, strict=True))
    wrong = [step for step in steps if step[2] > MOST_MEMORY * step[1] + STARTING_BYTES]
    assert wrong == []


def test_a_finding_shows_what_stands_around_it(tmp_path: Path) -> None:
    text = '{"' + "a" * 5000 + '": NaN, "b": [' + "0, " * 5000 + "]}"
    (tmp_path / "jobs" / "a").mkdir(parents=True)
    (tmp_path / "jobs" / "a" / "params.json").write_text(text)
    report = reporter_of("text")(quiet=True).report(pipeline.validate(tmp_path, []))
    place, source, caret, _ = report.split("\n")[:4]
    column = text.index("NaN") + 1
    assert place.startswith(f"jobs/a/params.json:1:{column}: error[json/not-finite]")
    assert source.startswith("  1 | …aaa")
    assert source.endswith("…")
    assert len(source) < 200
    assert source[caret.index("^") :].startswith('NaN, "b"')


@pytest.mark.parametrize("number", [99, 100, 101, 30_000])
def test_findings_of_a_rule_are_counted_beyond_a_hundred(tmp_path: Path, number: int) -> None:
    (tmp_path / "jobs" / "a").mkdir(parents=True)
    (tmp_path / "jobs" / "a" / "params.json").write_text(
        "{" + ",\n".join(['"a":0'] * (number + 1)) + "}"
    )
    outcome = pipeline.validate(tmp_path, [])
    found = [d for d in outcome.diagnostics if d.rule.id == "json/duplicate-key"]
    assert len(found) == min(number, 101)
    assert outcome.failed
    if number > 100:
        last = found[-1]
        words = f"… and {number - 100:,} more of json/duplicate-key in this file"
        assert (last.message, last.severity, last.line) == (words, "error", 102)
    assert {d.line for d in found} == set(range(2, 2 + len(found)))


CLUSTERS = [f"c{number}" for number in range(150)]


@pytest.mark.parametrize("severity", ["error", "warning", "off"])
def test_what_counts_the_others_is_weighed_as_they_are(tmp_path: Path, severity: str) -> None:
    claims = [{"name": "p", "clusters": ["d"]}]
    rules = {"fleet/claim-clusters": severity}
    platform = {"storage": {"existingClaims": claims}, "rules": rules}
    (tmp_path / "platform.yaml").write_text(json.dumps(platform))
    resources = {k: v for k, v in minimal_job()["resources"].items() if k != "volumeSizeGB"}
    job = minimal_job("a", targetClusters=CLUSTERS, pvcName="p", resources=resources)
    write_job(tmp_path, job)
    outcome = pipeline.validate(tmp_path, [])
    found = [d for d in outcome.diagnostics if d.rule.id == "fleet/claim-clusters"]
    assert outcome.failed == (severity == "error")
    assert len(found) == (0 if severity == "off" else 101)
    assert {str(d.severity) for d in found} <= {severity}
    ignored = {"ignore": [{"rule": "fleet/claim-clusters", "reason": "meant"}]}
    write_job(tmp_path, {**job, "rayjobs": ignored})
    left = {d.rule.id for d in pipeline.validate(tmp_path, []).diagnostics}
    assert "fleet/claim-clusters" not in left


WRONG: list[tuple[str, dict[str, object], str, str, int]] = [
    (
        "values",
        {"customHyperparameters": {f"c{number}": [] for number in range(350)}},
        "schema/type",
        "/customHyperparameters/c",
        350,
    ),
    (
        "names",
        {"customHyperparameters": {f"-{number}": 1 for number in range(350)}},
        "schema/pattern",
        "/customHyperparameters/-",
        350,
    ),
    (
        "items",
        {"targetClusters": [f"A{number}" for number in range(350)]},
        "schema/pattern",
        "/targetClusters/",
        350,
    ),
    (
        "right ones between",
        {"targetClusters": [f"{letter}{k}" for k in range(350) for letter in "Ab"]},
        "schema/pattern",
        "/",
        350,
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case[0])
def test_of_many_wrong_members_all_are_counted(
    tmp_path: Path, case: tuple[str, dict[str, object], str, str, int]
) -> None:
    _, changes, rule, place, number = case
    write_job(tmp_path, minimal_job("a", **changes))
    found = [d for d in pipeline.validate(tmp_path, []).diagnostics if d.rule.id == rule]
    *shown, last = sorted(found, key=lambda one: one.more)
    assert len(shown) == 100
    assert all((one.pointer or "").startswith(place) for one in found)
    assert last.message == f"… and {number - 100} more of {rule} in this file"


def test_a_list_that_is_too_long_has_all_its_items(tmp_path: Path) -> None:
    write_job(tmp_path, minimal_job("a", inputDataConfig=[1] * 350))
    messages = [d.message for d in pipeline.validate(tmp_path, []).diagnostics]
    assert "the list has 350 items; it takes at most 2" in messages


def test_a_long_name_is_not_in_the_path_of_each_value_below_it() -> None:
    """Of versions in Git, which nothing has checked."""
    name = "k" * 20_000
    before: JSON = {name: [{"a": 1}] * 20_000}
    after: JSON = {name: [{"a": 1}] * 20_000, "password": "EXAMPLE"}
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    found: list[Difference] = []

    def compared(measured: Callable[[], None]) -> None:
        found.extend(differences(before, after))
        measured()

    (most,) = most_bytes(compared)
    assert [one.path for one in found] == ["password"]
    assert most < 20_000_000
