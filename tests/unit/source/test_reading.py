"""Reading what is below jobs/: anything gives a diagnostic, nothing a traceback or a hang."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.source.json_document import decode
from generator.source.json_positions import scan
from generator.source.text import Parsed, read_text
from generator.source.yaml_document import decode_yaml
from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job

PARAMS = "jobs/team/a/params.json"
Place = tuple[str, int | None, int | None]

TEXTS: list[tuple[str, bytes, Place]] = [
    ("duplicate", b'{"a": 1,\n "b": 2, "a": 3}', ("json/duplicate-key", 2, 10)),
    ("nan", b'{"a": NaN}', ("json/not-finite", 1, 7)),
    ("infinity", b'{"a": Infinity}', ("json/not-finite", 1, 7)),
    ("minus-infinity", b'{"a": -Infinity}', ("json/not-finite", 1, 7)),
    ("overflow", b'{"a": 1e999}', ("json/not-finite", 1, 7)),
    ("long-integer", b'{"a": ' + b"1" * 5000 + b"}", ("json/integer-too-long", 1, 7)),
    ("deep-list", b"[" * 5000, ("json/too-deep", 1, 65)),
    ("deep-object", b'{"a":' * 100 + b"1" + b"}" * 100, ("json/too-deep", 1, 321)),
    ("surrogate", b'{"a": "\\ud800"}', ("json/lone-surrogate", 1, 7)),
    ("trailing", b'{"a": 1} x', ("json/syntax", 1, 10)),
    ("trailing-comma", b'{"a": 1,\n}', ("json/syntax", 1, 8)),
    ("comment", b'{\n// x\n"a": 1}', ("json/syntax", 2, 1)),
    ("single-quotes", b"{'a': 1}", ("json/syntax", 1, 2)),
    ("python-word", b'{"a": True}', ("json/syntax", 1, 7)),
    ("open-string", b'{"a": "x\n}', ("json/syntax", 1, 7)),
    ("bad-escape", b'{"a": "\\q"}', ("json/syntax", 1, 8)),
    ("control", b'{"a": "\x01"}', ("json/syntax", 1, 8)),
    ("empty", b"", ("json/syntax", 1, 1)),
    ("cut", b'{"a": ', ("json/syntax", 1, 7)),
    ("after-tab-and-letter", '{\t"é": x}'.encode(), ("json/syntax", 1, 8)),
    ("bom", b"\xef\xbb\xbf{}", ("source/byte-order-mark", None, None)),
    ("utf-16", '{"a": 1}'.encode("utf-16"), ("source/byte-order-mark", None, None)),
    ("latin-1", b'{\n"a": "\xe9"}', ("source/not-utf8", 2, 7)),
    ("too-large", b" " * (1024 * 1024 + 1), ("source/too-large", None, None)),
    ("list", b"[]", ("schema/type", 1, 1)),
]


@pytest.mark.parametrize(("content", "place"), [t[1:] for t in TEXTS], ids=[t[0] for t in TEXTS])
def test_a_text_that_is_no_strict_json(
    repository: Path, report: Report, content: bytes, place: Place
) -> None:
    write_job(repository, minimal_job("b"), "team/b")
    write_job(repository, {"jobName": "a"}, "team/a")
    (repository / PARAMS).write_bytes(content)
    document = report("validate")
    (found,) = document["diagnostics"]
    assert (found["rule"], found["line"], found["column"]) == place
    assert (found["file"], found["severity"]) == (PARAMS, "error")
    assert found["hint"]
    assert [job["name"] for job in document["jobs"]] == ["b"]


def test_several_problems_are_said_in_one_pass(repository: Path, report: Report) -> None:
    write_job(repository, {"jobName": "a"}, "team/a")
    (repository / PARAMS).write_text('{"a": NaN, "a": 1e999, "b": "\\udc00"}')
    rules = [found["rule"] for found in report("validate")["diagnostics"]]
    assert rules == [
        "json/not-finite",
        "json/duplicate-key",
        "json/not-finite",
        "json/lone-surrogate",
    ]


def test_an_unreadable_file(repository: Path) -> None:
    write_job(repository, minimal_job("a"))
    (repository / PARAMS).chmod(0)
    child = os.fork()
    if child == 0:
        # root reads what its mode forbids: the child is somebody else.
        os.chdir(repository)
        if os.geteuid() == 0:
            for path in (repository, *repository.parents):
                path.chmod(path.stat().st_mode | 0o011)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        _, problems = read_text(repository, PARAMS)
        refused = [(problem.rule.id, problem.message) for problem in problems] == [
            ("source/unreadable", "cannot be read: Permission denied")
        ]
        os._exit(0 if refused else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_links_directories_and_pipes(repository: Path, report: Report) -> None:
    file = write_job(repository, minimal_job("real"))
    team = repository / "jobs" / "team"
    (team / "link").mkdir()
    (team / "link" / "params.json").symlink_to(repository / file)
    (team / "linked").symlink_to(team / "real")
    (team / "directory" / "params.json").mkdir(parents=True)
    (team / "pipe").mkdir()
    os.mkfifo(team / "pipe" / "params.json")
    (team / "other").mkdir()
    (team / "other" / "param.json").write_text("{}")
    found = {d["file"]: (d["rule"], d["severity"]) for d in report("validate")["diagnostics"]}
    assert found == {
        "jobs/team/link/params.json": ("source/symlink", "error"),
        "jobs/team/linked": ("source/symlink", "error"),
        "jobs/team/directory/params.json": ("source/not-a-file", "error"),
        "jobs/team/pipe/params.json": ("source/not-a-file", "error"),
        "jobs/team/other/param.json": ("source/other-json", "warning"),
    }


def test_jobs_that_is_a_link_or_missing(tmp_path: Path) -> None:
    assert "source/no-jobs" in rayjobs("validate", "--root", tmp_path).stdout
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "jobs").symlink_to(tmp_path / "elsewhere")
    ran = rayjobs("validate", "--root", tmp_path)
    assert ran.returncode == 1
    assert "source/symlink" in ran.stdout


@pytest.mark.parametrize("name", [b"a\nb", b"a\xffb", b"a\x1b[31mb"])
def test_a_path_that_cannot_be_shown(repository: Path, name: bytes) -> None:
    directory = os.fsencode(repository / "jobs") + b"/" + name
    os.mkdir(directory)
    with open(directory + b"/params.json", "w") as opened:
        json.dump(minimal_job(), opened)
    for form in ("text", "github", "json"):
        ran = rayjobs("validate", "--root", repository, "--format", form)
        assert (ran.returncode, ran.stderr) == (1, "")
        assert "source/path" in ran.stdout
        assert "\x1b" not in ran.stdout


def test_jobs_are_found_at_any_depth_in_order(repository: Path, report: Report) -> None:
    directories = ["b", "a/z/y/x", "a", "a-b", "a/b"]
    for number, directory in enumerate(directories):
        write_job(repository, minimal_job(f"job-{number}"), directory)
    files = [job["file"] for job in report("validate")["jobs"]]
    assert files == sorted(f"jobs/{directory}/params.json" for directory in directories)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@settings(deadline=None)
@given(json_values, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_every_value_stands_where_the_scanner_says(
    document: Any, indent: int | str | None, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert decode(text) == Parsed(document)
    positions = scan(text)
    for pointer, offset in positions.values.items():
        value = document
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value[key]
        assert json.JSONDecoder().raw_decode(text, offset)[0] == value


@settings(max_examples=500, deadline=None)
@given(json_values, st.data())
def test_decoder_and_scanner_agree(document: Any, data: st.DataObject) -> None:
    text = json.dumps(document, indent=1)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    inserted = data.draw(st.text(alphabet='{}[]",:01e-+.\\u\n tfnNI\x00é', max_size=3))
    broken = text[:at] + inserted + text[at + cut :]
    decoded, problems = decode(broken)
    assert bool(problems) == bool(scan(broken).problems)
    if not problems:
        assert decoded == json.loads(broken)


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="ab:-[]{}#&*!|>'\"%@`, \n\t0.", max_size=40))
def test_yaml_never_raises(text: str) -> None:
    read = decode_yaml(text)
    assert all(problem.line for problem in read.problems)
