"""What can be wrong with a file and its text, each with its own diagnostic at its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.diagnostics import Severity, pointer_of
from generator.source.files import find_jobs
from generator.source.json_document import decode
from generator.source.json_positions import MAX_DEPTH, MAX_INTEGER_DIGITS, scan
from generator.source.reading import MAX_BYTES, read_text
from generator.source.yaml_document import decode_yaml

ROOT = Path(__file__).resolve().parents[1]
JOB = "jobs/a/params.json"

Place = tuple[str, int | None, int | None]
"""A rule, a line and a column."""

BROKEN_TEXTS: dict[str, tuple[str, list[Place]]] = {
    "duplicate key": ('{\n  "a": 1,\n  "a": 2\n}', [("json/duplicate-key", 3, 3)]),
    "duplicate key below": ('{"b": [{"a": 1, "a": 2}]}', [("json/duplicate-key", 1, 17)]),
    "duplicate key, one escaped": ('{"a": 1, "\\u0061": 2}', [("json/duplicate-key", 1, 10)]),
    "the same key three times": (
        '{"a":1,"a":2,"a":3}',
        [("json/duplicate-key", 1, 8), ("json/duplicate-key", 1, 14)],
    ),
    "NaN": ('{\n "a": NaN}', [("json/not-finite", 2, 7)]),
    "Infinity": ('{"a": [1, Infinity]}', [("json/not-finite", 1, 11)]),
    "-Infinity": ("-Infinity", [("json/not-finite", 1, 1)]),
    "overflow": ('{"a": 1e999}', [("json/not-finite", 1, 7)]),
    "overflow below zero": ('{"a": -1.5E+999}', [("json/not-finite", 1, 7)]),
    "long integer": ('{"a": ' + "9" * 5000 + "}", [("json/integer-too-long", 1, 7)]),
    "long negative integer": ('{"a": -' + "9" * 5000 + "}", [("json/integer-too-long", 1, 7)]),
    "100 levels": ("[" * 100 + "]" * 100, [("json/too-deep", 1, MAX_DEPTH + 1)]),
    "one level too many": (
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        [("json/too-deep", 1, MAX_DEPTH + 1)],
    ),
    "thousands of levels": (
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        [("json/too-deep", 1, 5 * MAX_DEPTH + 1)],
    ),
    "thousands of open brackets": ("[\n" * 50_000, [("json/too-deep", MAX_DEPTH + 1, 1)]),
    "lone high surrogate": ('{"a": "\\ud800"}', [("json/lone-surrogate", 1, 7)]),
    "lone low surrogate": ('{"a": "x\\uDC00y"}', [("json/lone-surrogate", 1, 7)]),
    "lone surrogate in a key": ('{"\\ud83d": 1}', [("json/lone-surrogate", 1, 2)]),
    "trailing content": ('{"a": 1}\n{"b": 2}', [("json/syntax", 2, 1)]),
    "trailing word": ("{} x", [("json/syntax", 1, 4)]),
    "trailing comma, object": ('{"a": 1,\n}', [("json/syntax", 1, 8)]),
    "trailing comma, list": ('{"a": [1, 2, ]}', [("json/syntax", 1, 12)]),
    "line comment": ('{\n  // why\n  "a": 1}', [("json/syntax", 2, 3)]),
    "block comment": ('{"a": /* one */ 1}', [("json/syntax", 1, 7)]),
    "hash comment": ('# job\n{"a": 1}', [("json/syntax", 1, 1)]),
    "single quotes": ("{'a': 1}", [("json/syntax", 1, 2)]),
    "single quotes of a value": ("{\"a\": 'b'}", [("json/syntax", 1, 7)]),
    "unterminated text": ('{"a": "b', [("json/syntax", 1, 7)]),
    "text over two lines": ('{"a": "b\n"}', [("json/syntax", 1, 7)]),
    "tab in a text": ('{"a": "b\tc"}', [("json/syntax", 1, 9)]),
    "unknown escape": ('{"a": "b\\x"}', [("json/syntax", 1, 9)]),
    "cut escape": ('{"a": "\\u12"}', [("json/syntax", 1, 8)]),
    "empty": ("", [("json/syntax", 1, 1)]),
    "blank": (" \n ", [("json/syntax", 1, 1)]),
    "no colon": ('{"a" 1}', [("json/syntax", 1, 6)]),
    "no comma": ('{"a": 1\n "b": 2}', [("json/syntax", 2, 2)]),
    "number as key": ("{1: 2}", [("json/syntax", 1, 2)]),
    "Python's words": ('{"a": True}', [("json/syntax", 1, 7)]),
    "leading zero": ('{"a": 01}', [("json/syntax", 1, 8)]),
    "leading point": ('{"a": .5}', [("json/syntax", 1, 7)]),
    "plus sign": ('{"a": +1}', [("json/syntax", 1, 7)]),
    "columns count characters": ('{"😀é": NaN}', [("json/not-finite", 1, 8)]),
    "carriage returns": ('{\r\n"a": NaN}', [("json/not-finite", 2, 6)]),
    "two findings and the end": (
        '{"a": NaN, "a": 1e999, }',
        [("json/not-finite", 1, 7), ("json/duplicate-key", 1, 12)]
        + [("json/not-finite", 1, 17), ("json/syntax", 1, 22)],
    ),
}


@pytest.mark.parametrize("case", BROKEN_TEXTS)
def test_a_broken_text_is_reported_at_its_place(case: str, tmp_path: Path) -> None:
    text, places = BROKEN_TEXTS[case]
    (tmp_path / "jobs" / "a").mkdir(parents=True)
    (tmp_path / JOB).write_text(text, encoding="utf-8", newline="")
    assert find_jobs(tmp_path).files == [JOB]
    read, problem = read_text(tmp_path, JOB)
    assert (read, problem) == (text, None)
    document, problems = decode(text)
    assert document is None
    assert [(p.rule, p.line, p.column) for p in problems] == places
    assert all(p.is_error and p.message and p.hint for p in problems)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        ("9" * MAX_INTEGER_DIGITS, int("9" * MAX_INTEGER_DIGITS)),
        ('"\\ud83d\\ude00"', "😀"),
        ('{"a": {"a": [1.5e3, -0, "\\u0000", null]}}', {"a": {"a": [1500.0, 0, "\0", None]}}),
        (' \r\n\t"x" ', "x"),
        ("1e-999", 0.0),
    ],
)
def test_what_is_strict_json_is_read(text: str, document: Any) -> None:
    expected = json.loads(text) if document is None else document
    assert decode(text) == (expected, [])


BROKEN_BYTES: dict[str, tuple[bytes, Place]] = {
    "byte-order mark": (b'\xef\xbb\xbf{"a": 1}', ("source/byte-order-mark", None, None)),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), ("source/byte-order-mark", None, None)),
    "UTF-16, big end first": (b'\xfe\xff\0{\0"', ("source/byte-order-mark", None, None)),
    "UTF-32": ("{}".encode("utf-32"), ("source/byte-order-mark", None, None)),
    "Latin-1": ('{\n "ü😀": "'.encode() + b'\xfc"}', ("source/not-utf8", 2, 9)),
    "cut character": (b'{"a": "\xc3', ("source/not-utf8", 1, 8)),
    "encoded surrogate": (b'"\xed\xa0\x80"', ("source/not-utf8", 1, 2)),
    "overlong": (b'"\xc0\x80"', ("source/not-utf8", 1, 2)),
    "too large": (b" " * (MAX_BYTES + 1), ("source/too-large", None, None)),
}


@pytest.mark.parametrize("case", BROKEN_BYTES)
def test_bytes_that_are_no_text_are_reported(case: str, tmp_path: Path) -> None:
    data, place = BROKEN_BYTES[case]
    (tmp_path / "params.json").write_bytes(data)
    text, problem = read_text(tmp_path, "params.json")
    assert text is None
    assert problem is not None
    assert (problem.rule, problem.line, problem.column) == place
    assert problem.file == "params.json"
    assert problem.is_error
    assert problem.hint


def test_the_largest_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_bytes(b"7".ljust(MAX_BYTES))
    text, problem = read_text(tmp_path, "params.json")
    assert problem is None
    assert text == "7".ljust(MAX_BYTES)


def _link_to_file(job: Path) -> None:
    (job.parent / "other.txt").write_text("{}")
    job.symlink_to("other.txt")


def _link_to_directory(job: Path) -> None:
    target = job.parents[2] / "elsewhere"
    target.mkdir()
    (target / "params.json").write_text("{}")
    job.parent.rmdir()
    job.parent.symlink_to(target)


def _jobs_is_a_link(job: Path) -> None:
    jobs = job.parents[1]
    jobs.rename(jobs.with_name("real"))
    jobs.symlink_to("real")


ODD_FILES: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "link to a file": (_link_to_file, [("source/symlink", JOB)]),
    "link to nothing": (lambda job: job.symlink_to("nowhere"), [("source/symlink", JOB)]),
    "link to itself": (lambda job: job.symlink_to(job), [("source/symlink", JOB)]),
    "linked directory": (_link_to_directory, [("source/symlink", "jobs/a")]),
    "jobs is a link": (_jobs_is_a_link, [("source/symlink", "jobs")]),
    "directory": (lambda job: job.mkdir(), [("source/not-a-file", JOB)]),
    "FIFO": (os.mkfifo, [("source/not-a-file", JOB)]),
    "another .json": (
        lambda job: job.with_name("param.JSON").write_text("{}"),
        [("source/other-json", "jobs/a/param.JSON")],
    ),
    "control character": (
        lambda job: job.with_name("a\nb.json").write_text("{}"),
        [("source/path", "jobs/a/a\nb.json")],
    ),
    "directory with a control character": (
        lambda job: job.with_name("\x1b[2J").mkdir(),
        [("source/path", "jobs/a/\x1b[2J")],
    ),
    "name that is not UTF-8": (
        lambda job: Path(os.fsdecode(os.fsencode(job.parent) + b"/\xff.json")).write_text("{}"),
        [("source/path", "jobs/a/\udcff.json")],
    ),
    "no jobs": (
        lambda job: (job.parent.rmdir(), job.parents[1].rmdir()),
        [("source/no-jobs", "jobs")],
    ),
    "jobs is a file": (
        lambda job: (job.parent.rmdir(), job.parents[1].rmdir(), job.parents[1].write_text("")),
        [("source/no-jobs", "jobs")],
    ),
    "a file of another kind": (lambda job: job.with_name("notes.md").write_text("x"), []),
}


@pytest.mark.parametrize("case", ODD_FILES)
def test_what_is_no_plain_file_is_reported_and_never_followed(case: str, tmp_path: Path) -> None:
    make, expected = ODD_FILES[case]
    job = tmp_path / JOB
    job.parent.mkdir(parents=True)
    make(job)
    found = find_jobs(tmp_path)
    problems = list(found.diagnostics)
    for file in found.files:
        text, problem = read_text(tmp_path, file)
        assert text is None
        assert problem is not None
        problems.append(problem)
    assert [(p.rule, p.file) for p in problems] == expected
    warned = {p.rule for p in problems if p.severity is Severity.WARNING}
    assert warned <= {"source/other-json"}


def test_jobs_inside_a_directory_named_params_json_are_still_found(tmp_path: Path) -> None:
    (tmp_path / JOB).mkdir(parents=True)
    (tmp_path / JOB / "params.json").write_text("{}")
    found = find_jobs(tmp_path)
    assert found.files == [f"{JOB}/params.json"]
    assert [(d.rule, d.file) for d in found.diagnostics] == [("source/not-a-file", JOB)]


def test_files_come_in_one_order_at_any_depth(tmp_path: Path) -> None:
    names = ["z", "a", "a/b", "a-b", "a/b/c/d", "B", "ä", "a.b"]
    for name in names:
        (tmp_path / "jobs" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "jobs" / name / "params.json").write_text("{}")
    found = find_jobs(tmp_path)
    assert found.files == sorted(f"jobs/{name}/params.json" for name in names)
    assert found.diagnostics == []


_READ_AS_ANYONE = """
import sys
from pathlib import Path
from generator.source.files import find_jobs
from generator.source.reading import read_text
found = find_jobs(Path("."))
problems = found.diagnostics + [read_text(Path("."), file)[1] for file in found.files]
print(*sorted(f"{p.rule} {p.file}" for p in problems), sep="\\n")
"""


def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    for name in ("file", "directory"):
        (tmp_path / "jobs" / name).mkdir(parents=True)
        (tmp_path / "jobs" / name / "params.json").write_text("{}")
    (tmp_path / "jobs/file/params.json").chmod(0)
    (tmp_path / "jobs/directory").chmod(0)
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.append({str(ROOT)!r})"]
    command[-1] += _READ_AS_ANYONE
    # Root reads what its mode forbids, and nobody may not look into pytest's own directory.
    as_nobody = ["setpriv", "--reuid", "65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
    opened = list(_open_the_way(tmp_path)) if as_nobody else []
    try:
        done = subprocess.run(
            as_nobody + command, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    finally:
        for directory, mode in opened:
            directory.chmod(mode)
        (tmp_path / "jobs/directory").chmod(0o700)
    assert done.stderr == ""
    assert done.stdout.split("\n")[:-1] == [
        "source/unreadable jobs/directory",
        "source/unreadable jobs/file/params.json",
    ]


def _open_the_way(directory: Path) -> Iterator[tuple[Path, int]]:
    for part in (directory, *directory.parents):
        mode = part.stat().st_mode & 0o7777
        if mode & 0o005 != 0o005:
            part.chmod(mode | 0o005)
            yield part, mode


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4
        )
    ),
    max_leaves=12,
)
JSON_TEXTS = st.builds(
    lambda value, indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only),
    JSON_VALUES,
    st.sampled_from([None, 0, 2, "\t"]),
    st.booleans(),
)
PIECES = st.sampled_from(
    ['"', "\\", "{", "}", "[", "]", ",", ":", "NaN", "-Infinity", "1e999", "-", "0", ".", "e5", "'"]
    + ["\\ud800", "\\uDFFF", "\n", "\t", "\0", "\u00a0", "\ufeff", "//", "true", "nul", '"a":1,']
    + ["9" * 301, "٣", "{" * 70, '{"a":1,"a":2}', "\u2028", "-01", "1.", "\\u12"]
)


@st.composite
def mutated_json(draw: st.DrawFn) -> str:
    text = draw(JSON_TEXTS)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(PIECES | st.just("")) + text[at + cut :]
    return text


@settings(deadline=None, max_examples=300)
@given(st.text() | mutated_json() | JSON_TEXTS)
@example("-")
@example("-Infinity")
@example('{"a":1,"\\u0061":1}')
@example('"\\ud83d\\ude00\\ude00"')
@example("[" * 64 + "]" * 64)
@example("[" * 65 + "]" * 65)
@example("truefalse")
@example("NaNNaN")
def test_decoder_and_scanner_agree_on_every_text(text: str) -> None:
    document, problems = decode(text)
    assert bool(problems) == bool(scan(text).problems)
    if problems:
        assert document is None
        assert all(p.line is not None and p.column is not None for p in problems)
    else:
        expected = json.loads(text)
        assert json.dumps(document) == json.dumps(expected)


@settings(deadline=None, max_examples=150)
@given(JSON_VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_each_pointer_leads_to_the_first_character_of_its_value(
    document: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    found = scan(text)
    assert found.problems == []
    expected = dict(_values(document, ""))
    assert found.values.keys() == expected.keys()
    for pointer, value in expected.items():
        read, _ = json.JSONDecoder().raw_decode(text, found.values[pointer])
        assert json.dumps(read) == json.dumps(value)
    for pointer, offset in found.keys.items():
        read, end = json.JSONDecoder().raw_decode(text, offset)
        assert pointer.endswith(pointer_of(read))
        assert text[end:].lstrip().startswith(":")


def _values(document: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, document
    members = document.items() if isinstance(document, dict) else []
    items = enumerate(document) if isinstance(document, list) else []
    for name, value in (*members, *items):
        yield from _values(value, pointer + pointer_of(name))
