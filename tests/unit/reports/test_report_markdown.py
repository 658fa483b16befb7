"""The markdown report: headline, jobs before and after, problems, diff; capped, and all inert."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from generator.check import pipeline
from generator.check.outcome import Outcome
from generator.render.tree import Change, Plan
from generator.render.yaml_emitter import HEADER
from generator.reports.footprint import Footprint, footprint_in
from generator.reports.markdown import LIMIT, MARK, MarkdownReporter, code
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.outcomes import HOSTILE, found, hostile, summary, warned

FIXED_HTML = re.compile(r"<details>\n<summary>Diff of \d+ files?</summary>\n|</details>\n|" + MARK)


def text_of(outcome: Outcome, *, quiet: bool = False) -> str:
    """The report, which fits into a comment and ends in the mark."""
    text = MarkdownReporter(quiet=quiet).report(outcome)
    assert len(text.encode("utf-8")) <= LIMIT
    assert text.endswith(f"\n{MARK}\n") or text == ""
    return text


def tokens_of(text: str) -> list[Token]:
    """Every token, those of inline text among them."""
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    return [*parsed, *(child for token in parsed for child in token.children or ())]


def cells(text: str) -> list[list[str]]:
    """The rows of the table, as they are shown."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        if before.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows[1:]


def assert_inert(text: str) -> None:
    """Nothing is markup but what the report itself writes."""
    for token in tokens_of(text):
        assert token.type not in ("image", "link_open", "html_inline", "em_open", "code_block")
        if token.type == "html_block":
            assert FIXED_HTML.sub("", token.content).strip() == ""
        if token.type == "text":
            assert not re.search(r"[@<`]|evil", token.content)


def job_of(root: Path, name: str, **changes: Any) -> None:
    write_job(root, minimal_job(name, **changes))


def bigger(gpus: int = 2) -> dict[str, Any]:
    return {
        "instanceResources": {"cpuCores": 8, "memoryGiB": 32, "gpuCount": gpus},
        "instanceCount": 2,
    }


def test_jobs_before_and_after(repository: Path) -> None:
    for name in ("gone", "grown", "moved", "same"):
        job_of(repository, name)
    job_of(repository, "ordered", targetClusters=["a", "b"], scheduling={"mode": "ordered"})
    pipeline.render(repository)
    (repository / "jobs/team/gone/params.json").unlink()
    job_of(repository, "fresh", targetClusters=["c1", "c2"], resources=bigger())
    job_of(repository, "grown", resources=bigger())
    job_of(repository, "moved", targetClusters=["c1", "c2"], scheduling={"mode": "one-of"})
    job_of(repository, "ordered", targetClusters=["a", "b"], scheduling={"mode": "all"})
    outcome = pipeline.preview(repository)
    text = text_of(outcome)
    assert text.startswith("## rayjobs: 0 errors, ")
    assert cells(text) == [
        ["new", "default/fresh", "c1, c2", "2", "8", "48", "192 GiB"],
        ["changed", "default/grown", "c1", "1", "0 → 4", "8 → 24", "32 GiB → 96 GiB"],
        ["changed", "default/moved", "c1 → c1, c2", "1", "0", "8", "32 GiB"],
        ["changed", "default/ordered", "a, b", "1 → 2", "0", "8 → 16", "32 GiB → 64 GiB"],
        ["deleted", "default/gone", "c1", "1", "0", "8", "32 GiB"],
    ]
    plan = outcome.plan
    assert plan is not None
    new, changed, deleted = map(len, (plan.create, plan.change, plan.delete))
    assert f"files {new} new, {changed} changed, {deleted} deleted." in text
    assert re.search(rf"Beside jobs, {new + changed + deleted - 5} files? of", text)
    order = ["## rayjobs", "| change |", "### Problems", "<details>", MARK]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert_inert(text)


def test_the_diff_is_the_one_that_diff_prints(repository: Path) -> None:
    job_of(repository, "a")
    (fence,) = [t for t in tokens_of(text_of(pipeline.preview(repository))) if t.type == "fence"]
    assert fence.info == "diff"
    assert fence.content.startswith("diff --git a/rendered/default/a.yaml")
    assert "+  name: a\n" in fence.content


@pytest.mark.parametrize("applied", [False, True])
def test_what_stands_in_the_headline(repository: Path, applied: bool) -> None:
    job_of(repository, "a")
    run = pipeline.render if applied else pipeline.preview
    text = text_of(run(repository))
    assert ("rendered/ was written" if applied else "rendered/ is not what") in text
    if applied:
        again = text_of(pipeline.preview(repository))
        assert re.search(r"rendered/ is up to date \(\d files\)", again)
        assert "<details>" not in again
    job_of(repository, "a", priority=0)
    refused = text_of(run(repository))
    assert refused.startswith("## rayjobs: 1 error, 0 warnings\n")
    assert "was not compared" in refused
    assert "1 job validated" in text_of(Outcome([], [summary()]))


def test_errors_come_before_warnings() -> None:
    outcome = Outcome([warned(file="a"), found(file="b", line=2, column=3, hint="mend it")])
    shown = [line for line in text_of(outcome).splitlines() if line.startswith("- ")]
    assert shown == [
        "- **error** `schema/range` `b:2:3`: `0 is out of range` – hint: `mend it`",
        "- **warning** `job/unused` `a`: `this does nothing`",
    ]


def test_quiet_says_problems_only() -> None:
    assert text_of(Outcome([], [summary()]), quiet=True) == ""
    text = text_of(Outcome([found()], plan=Plan()), quiet=True)
    assert text.startswith("### Problems\n")


def test_hostile_text_is_code() -> None:
    outcome = hostile()
    content = f"{HEADER}\n{HOSTILE}\n{'`' * 40}\n</details>\nkind: RayJob\n".encode(
        "utf-8", "surrogatepass"
    )
    outcome.jobs = [summary(HOSTILE, clusters=[HOSTILE] * 20), summary("b")]
    outcome.plan = Plan(
        create=[Change(f"default/{HOSTILE}.yaml", None, content)],
        change=[Change("default/b.yaml", content, b"x")],
        delete=[Change("a|b`@c.yaml", content, None)],
    )
    text = text_of(outcome)
    assert_inert(text)
    assert [len(row) for row in cells(text)] == [7, 7, 7]
    assert [t.type for t in tokens_of(text)].count("fence") == 1
    assert "and 12 more" in text


@pytest.mark.parametrize(
    "text",
    ["`", "``", "a`b", "`a`", " ", "", "\\", "a\\|b", "|", "\\\\|", "x" * 5000, "`" * 399, "\\`"],
)
def test_a_code_span_is_one_cell_of_a_table(text: str) -> None:
    (row,) = cells(f"| a | b |\n| --- | --- |\n| {code(text)} | end |\n")
    assert row[1:] == ["end"]
    tokens = tokens_of(f"| a | b |\n| --- | --- |\n| {code(text)} | end |\n")
    assert [token.type for token in tokens].count("code_inline") == 1


def many(number: int, length: int) -> list[Change]:
    body = (HEADER + "\n" + "x: y\n" * length).encode()
    return [Change(f"default/j{n:05}.yaml", None, body) for n in range(number)]


def test_a_long_diff_is_cut_and_says_so() -> None:
    plan = Plan(create=many(300, 100))
    text = text_of(Outcome([], [], plan))
    assert len(text) > LIMIT - 2000
    (note,) = re.findall(r"The diff is cut: .*", text)
    shown, total, seen, files = (
        int(number.replace(",", "")) for number in re.findall(r"[0-9,]*[0-9]", note)
    )
    (fence,) = [token for token in tokens_of(text) if token.type == "fence"]
    assert shown == len(fence.content.splitlines()) < total == 300 * (101 + 5)
    assert seen == fence.content.count("diff --git ") < files == 300
    assert "`rayjobs diff` prints all of it" in note
    assert_inert(text)


def test_many_jobs_and_many_problems_are_counted() -> None:
    changes = many(2000, 1)
    jobs = [summary(change.path.split("/")[1][:-5]) for change in changes]
    problems = [found(f"{n}: " + "long " * 20) for n in range(1000)]
    text = text_of(Outcome([*problems, *map(warned, "abc")], jobs, Plan(create=changes)))
    (left,) = re.findall(r"… and (\d+) more jobs, left out here", text)
    assert len(cells(text)) + int(left) == 2000
    (errors, warnings) = re.findall(r"… and (\d+) errors and (\d+) warnings, left", text)[0]
    assert text.count("- **error**") + int(errors) == 1000
    assert int(warnings) == 3
    assert "The diff is cut" in text


def test_a_fence_is_never_longer_than_the_room() -> None:
    changes = [Change("default/a.yaml", None, b"`" * 60_000 + b"\n" + b"a\n" * 9)]
    text = text_of(Outcome([], [], Plan(create=changes)))
    assert "The diff is cut" in text
    assert_inert(text)


@pytest.mark.parametrize(
    "damage",
    [
        (b"replicas: 1\n", b"replicas: x\n"),
        (b'cpu: "4"', b'cpu: "4000m"'),
        (b'memory: "16Gi"', b'memory: "16G"'),
        (b"kind: PropagationPolicy", b"kind: [x]"),
        (b"      clusterNames:", b"      clusterNames: x\n      other:"),
        (b"      - c1", b"      - 1"),
        (b"      clusterNames:", b"      labelSelector: {}\n      clusterNames:"),
        (b"workerGroupSpecs:", b"workerGroupSpec:"),
        (b"spec:", b"spec: &a"),
        (b"kind: RayJob", b"kind: *a"),
        (b"metadata:", b"\xff\x00: ["),
    ],
    ids=lambda damage: str(damage[1]),
)
def test_what_is_not_as_rendered_is_not_guessed(
    repository: Path, damage: tuple[bytes, bytes]
) -> None:
    job_of(repository, "a")
    plan = pipeline.preview(repository).plan
    assert plan is not None
    (content,) = [c.new for c in plan.create if c.path == "default/a.yaml" and c.new]
    assert footprint_in(content) == Footprint(("c1",), 1, 0, 8, 32)
    assert damage[0] in content
    assert footprint_in(content.replace(*damage)) is None
    assert footprint_in(content + b"# " + b"x" * 2**18) is None
