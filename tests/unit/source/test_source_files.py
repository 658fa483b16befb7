"""Bytes that are no text, and files that are none: each reported, none followed or waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.diagnostics import Severity, located
from generator.source.files import find_jobs
from generator.source.text import MAX_BYTES, read_text
from tests.helpers.command import ROOT

JOB = "jobs/a/params.json"
Place = tuple[str, int | None, int | None]
"""A rule, a line and a column."""

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
    text, (problem,) = read_text(tmp_path, "params.json")
    assert text is None
    found = located(problem)
    assert (found.rule.id, found.line, found.column) == place
    assert problem.file == "params.json"
    assert problem.is_error
    assert problem.hint


def test_the_largest_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_bytes(b"7".ljust(MAX_BYTES))
    text, problems = read_text(tmp_path, "params.json")
    assert problems == ()
    assert text == "7".ljust(MAX_BYTES)


FOLDED = ["jobs/Team", "jobs/team"], ["jobs/caf\u00e9", "jobs/cafe\u0301"], ["jobs/ß", "jobs/ss"]


@pytest.mark.parametrize("pair", FOLDED, ids=ascii)
def test_names_that_a_file_system_folds_are_refused_at_both(
    pair: list[str], tmp_path: Path
) -> None:
    for path in (*pair, "jobs/other"):
        (tmp_path / path / "job").mkdir(parents=True)
        (tmp_path / path / "job" / "params.json").write_text("{}")
    found = find_jobs(tmp_path)
    assert len(found.files) == 3
    assert {(d.rule.id, d.file) for d in found.diagnostics} == {
        ("source/folded-path", path) for path in pair
    }


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


def _remove_jobs(job: Path) -> None:
    job.parent.rmdir()
    job.parents[1].rmdir()


def _jobs_is_a_file(job: Path) -> None:
    _remove_jobs(job)
    job.parents[1].write_text("")


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
    "no jobs": (_remove_jobs, [("source/no-jobs", "jobs")]),
    "jobs is a file": (_jobs_is_a_file, [("source/no-jobs", "jobs")]),
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
        text, (problem,) = read_text(tmp_path, file)
        assert text is None
        problems.append(problem)
    assert [(p.rule.id, p.file) for p in problems] == expected
    warned = {p.rule.id for p in problems if p.severity is Severity.WARNING}
    assert warned <= {"source/other-json"}


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "params.json").symlink_to("secret")
    text, (problem,) = read_text(tmp_path, "params.json")
    assert text is None
    assert (problem.rule.id, problem.file) == ("source/symlink", "params.json")


def test_jobs_inside_a_directory_named_params_json_are_still_found(tmp_path: Path) -> None:
    (tmp_path / JOB).mkdir(parents=True)
    (tmp_path / JOB / "params.json").write_text("{}")
    found = find_jobs(tmp_path)
    assert found.files == [f"{JOB}/params.json"]
    assert [(d.rule.id, d.file) for d in found.diagnostics] == [("source/not-a-file", JOB)]


def test_files_come_in_one_order_at_any_depth(tmp_path: Path) -> None:
    names = ["z", "a", "a/b", "a-b", "a/b/c/d", "B", "ä", "a.b"]
    for name in names:
        (tmp_path / "jobs" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "jobs" / name / "params.json").write_text("{}")
    found = find_jobs(tmp_path)
    assert found.files == sorted(f"jobs/{name}/params.json" for name in names)
    assert found.diagnostics == []


# Root reads what its mode forbids, so the child drops its rights once it has imported.
_READ_AS_NOBODY = f"""
import os, sys
sys.path.append({str(ROOT.resolve())!r})
from pathlib import Path
from generator.source.files import find_jobs
from generator.source.text import read_text
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
found = find_jobs(Path("."))
problems = found.diagnostics + [read_text(Path("."), file).problems[0] for file in found.files]
print(*sorted(f"{{p.rule.id}} {{p.file}}" for p in problems), sep="\\n")
"""


def _read_as_nobody(directory: Path) -> list[str]:
    command = [sys.executable, "-I", "-c", _READ_AS_NOBODY]
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    for name in ("file", "directory"):
        (tmp_path / "jobs" / name).mkdir(parents=True)
        (tmp_path / "jobs" / name / "params.json").write_text("{}")
    (tmp_path / "jobs/file/params.json").chmod(0)
    (tmp_path / "jobs/directory").chmod(0)
    tmp_path.chmod(0o755)
    try:
        assert _read_as_nobody(tmp_path) == [
            "source/unreadable jobs/directory",
            "source/unreadable jobs/file/params.json",
        ]
        tmp_path.chmod(0o644)
        assert _read_as_nobody(tmp_path) == ["source/unreadable jobs"]
    finally:
        tmp_path.chmod(0o755)
        (tmp_path / "jobs/directory").chmod(0o700)
