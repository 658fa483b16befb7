"""The comment on a pull request, from an artifact that a stranger may have made."""

from __future__ import annotations

import io
import re
import stat
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.artifacts import archive
from tests.helpers.workflow_steps import Machine, Ran

STEP = "comment/Post the comment"
MARK = "<!-- rayjobs -->"
BOT = "github-actions[bot]"
REPORT = f"## rayjobs: 0 errors, 0 warnings\n\n| change | job |\n| --- | --- |\n\n{MARK}\n"
SHA = "a" * 40
OWN, FORK = "acme/jobs", "mallory/jobs"


WRONG = ["8", "07", "7 8", "7\n8", "", "-7", "$(id)", "../7", "٧", "9" * 20]
LONG = ["x" * 70_000, "é" * 70_000, "😀" * 40_000, "`" * 70_000, "`x\n" * 40_000]


def pull(number: int, sha: str = SHA, head: str | None = OWN, branch: str = "b") -> dict[str, Any]:
    owner = (head or "gone/").partition("/")[0]
    repository = {"full_name": head} if head else None
    return {
        "number": number,
        "state": "open",
        "head": {"sha": sha, "label": f"{owner}:{branch}", "repo": repository},
    }


def comment(number: int, body: str, author: str = BOT) -> dict[str, Any]:
    return {"id": number, "user": {"login": author}, "body": body}


def post(machine: Machine, head: str = OWN, branch: str = "b", sha: str = SHA) -> Ran:
    return machine.run(
        STEP,
        {
            "inputs.run-id": "4242",
            "inputs.head-sha": sha,
            "inputs.head-branch": branch,
            "inputs.head-repository": head,
        },
    )


def changes(machine: Machine) -> list[list[str]]:
    return [asked for asked in machine.asked() if "POST" in asked or "PATCH" in asked]


@pytest.mark.step(STEP, "good")
def test_one_comment_is_posted_then_updated_in_place(machine: Machine) -> None:
    strangers = [comment(n, f"mine\n{MARK}", author="mallory") for n in range(1, 102)]
    artifacts = archive(machine, number="7\n", report_md=REPORT)
    others = [*strangers, comment(500, "of another action")]
    machine.server(pulls=[pull(7)], artifacts=artifacts, comments={"7": others})
    assert post(machine).code == 0
    made = machine.state()["comments"]["7"][-1]
    assert made["body"] == REPORT.rstrip()
    archive(machine, number="7\n", report_md=f"## rayjobs: 1 error\n\n{MARK}\n")
    assert post(machine).code == 0
    after = machine.state()["comments"]["7"]
    assert after[:-1] == others
    assert after[-1] == {**made, "body": f"## rayjobs: 1 error\n\n{MARK}"}
    assert [asked[2] for asked in changes(machine)] == ["POST", "PATCH"]


@pytest.mark.step(STEP, "bad")
@pytest.mark.parametrize("number", WRONG)
def test_a_number_that_is_not_the_pull_requests(machine: Machine, number: str) -> None:
    artifacts = archive(machine, number=number, report_md=REPORT)
    # 8 is open too, but with another head.
    machine.server(pulls=[pull(7), pull(8, sha="b" * 40)], artifacts=artifacts)
    ran = post(machine)
    assert ran.code == 1
    assert "::error title=rayjobs::the number in the artifact is not that of" in ran.stdout
    assert changes(machine) == []


def test_one_commit_with_two_pull_requests(machine: Machine) -> None:
    artifacts = archive(machine, number="8", report_md=REPORT)
    machine.server(pulls=[pull(7), pull(8)], artifacts=artifacts)
    assert post(machine).code == 0
    assert list(machine.state()["comments"]) == ["8"]


@pytest.mark.parametrize(
    "pulls",
    [[], [pull(7, sha="b" * 40)], [pull(7, head=None)], [pull(7) | {"state": "closed"}]],
    ids=["none", "moved on", "fork is gone", "closed"],
)
def test_no_pull_request_has_the_commit(machine: Machine, pulls: list[Any]) -> None:
    artifacts = archive(machine, number="7", report_md=REPORT)
    machine.server(pulls=pulls, artifacts=artifacts)
    ran = post(machine)
    assert (ran.code, changes(machine)) == (0, [])
    assert "no open pull request" in ran.stdout


def test_a_branch_of_the_same_name_elsewhere_is_another(machine: Machine) -> None:
    artifacts = archive(machine, number="7", report_md=REPORT)
    machine.server(pulls=[pull(7)], artifacts=artifacts)
    assert post(machine, head=FORK).code == 0
    assert changes(machine) == []


HOSTILE = (
    "@acme/everyone #1 ![x](https://evil.example/x) <img src=x> [a](javascript:x) &#64;acme\n"
    "``````\n</details>\u202e\x1b[31m$(touch pwned)`id`\n````````text\n" + MARK + "\n"
)


def test_what_a_fork_left_is_shown_as_text(machine: Machine) -> None:
    branch = "x&state=closed;$(touch${IFS}pwned)`id`"
    artifacts = archive(machine, number="7", report_md=HOSTILE, evil_sh="touch pwned")
    machine.server(pulls=[pull(7, head=FORK, branch=branch)], artifacts=artifacts)
    assert post(machine, head=FORK, branch=branch).code == 0
    ((made,),) = machine.state()["comments"].values()
    lines = made["body"].splitlines()
    assert lines[-1] == MARK
    assert lines[2] == "`````````text"
    assert lines.index("`````````", 3) == len(lines) - 3
    assert max(map(len, re.findall("`+", "\n".join(lines[3:-3])))) < 9
    assert "\u202e" not in made["body"]
    assert "\x1b" not in made["body"]
    assert not list(machine.top.rglob("pwned"))
    assert not list(machine.top.rglob("evil.sh"))


@pytest.mark.parametrize("head", [OWN, FORK])
@pytest.mark.parametrize("text", LONG)
def test_no_comment_is_over_the_limit(machine: Machine, head: str, text: str) -> None:
    artifacts = archive(machine, number="7", report_md=text)
    machine.server(pulls=[pull(7, head=head)], artifacts=artifacts)
    assert post(machine, head=head).code == 0
    ((made,),) = machine.state()["comments"].values()
    assert 60_000 < len(made["body"].encode("utf-16-le")) // 2 <= 65_536
    assert made["body"].endswith(f"\n\n{MARK}")
    assert "… cut" in made["body"]


@pytest.mark.parametrize(
    "files", [{"number": "7"}, {"report_md": REPORT}, {"../number": "7", "report_md": REPORT}]
)
def test_an_artifact_without_the_files(machine: Machine, files: dict[str, str]) -> None:
    machine.server(pulls=[pull(7)], artifacts=archive(machine, **files))
    ran = post(machine)
    assert (ran.code, changes(machine)) == (1, [])
    assert "no readable file" in ran.stdout


def test_an_artifact_that_is_no_report(machine: Machine) -> None:
    (listed, other) = archive(machine, number="7", report_md=REPORT)
    (machine.top / "gh" / "artifact.zip").write_bytes(b"PK\x05\x06 no archive")
    machine.server(pulls=[pull(7)], artifacts=[listed])
    ran = post(machine)
    assert (ran.code, "is no archive" in ran.stdout) == (1, True)
    machine.server(pulls=[pull(7)], artifacts=[other, listed | {"expired": True}])
    ran = post(machine)
    assert (ran.code, "nothing to post" in ran.stdout) == (0, True)
    assert changes(machine) == []


Change = Callable[[bytes], bytes]
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def patched(signature: bytes, offset: int, content: bytes, which: int = 0) -> Change:
    """A change of what a zip says behind a signature, of the first or the last that it has."""

    def change(whole: bytes) -> bytes:
        at = (whole.rfind(signature) if which else whole.find(signature)) + offset
        return whole[:at] + content + whole[at + len(content) :]

    return change


def zipped(change: Callable[[zipfile.ZipFile], object]) -> Change:
    """A zip of another make."""

    def made(_: bytes) -> bytes:
        content = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(content, "w") as opened:
            warnings.simplefilter("ignore")
            change(opened)
        return content.getvalue()

    return made


def written(opened: zipfile.ZipFile, *reports: bytes, kind: int = 0, method: int = 8) -> None:
    opened.writestr("number", "7")
    for report in reports:
        info = zipfile.ZipInfo("report.md")
        info.external_attr, info.compress_type = kind << 16, method
        opened.writestr(info, report)


def many(opened: zipfile.ZipFile) -> None:
    for number in range(60_000):
        opened.writestr(str(number), "")


HOSTILE_ZIPS: dict[str, Change] = {
    "cut": lambda whole: whole[:-30],
    "cut short": lambda whole: whole[:40],
    "end only": lambda whole: whole[-22:],
    "empty": lambda whole: b"",
    "another format": lambda whole: b"\x1f\x8b\x08" * len(whole),
    "encrypted": patched(CENTRAL, 8, b"\x01\x00", -1),
    "version": patched(CENTRAL, 6, b"\xff\x00", -1),
    "method": patched(CENTRAL, 10, b"\x63\x00", -1),
    "checksum": patched(CENTRAL, 16, b"\xde\xad\xbe\xef", -1),
    "sizes": patched(CENTRAL, 20, b"\xff" * 8, -1),
    "name's length": patched(CENTRAL, 28, b"\x03\x00", -1),
    "place": patched(CENTRAL, 42, b"\xff\xff\xff\x7f", -1),
    "zip64": patched(END, 8, b"\xff" * 12),
    "data": patched(LOCAL, 40, b"\xff" * 20, -1),
    "bomb": zipped(lambda opened: written(opened, b"x" * (300 << 20))),
    "a little too large": zipped(lambda opened: written(opened, b"x" * (4 * 65_536 + 1))),
    "twice": zipped(lambda opened: written(opened, b"one", b"two")),
    "not there": zipped(written),
    "directory": zipped(lambda opened: opened.mkdir("report.md")),
    "link": zipped(lambda opened: written(opened, b"/etc/passwd", kind=stat.S_IFLNK)),
    "device": zipped(lambda opened: written(opened, b"x", kind=stat.S_IFCHR)),
    "bzip2": zipped(lambda opened: written(opened, b"x" * 999, method=zipfile.ZIP_BZIP2)),
    "lzma": zipped(lambda opened: written(opened, b"x" * 999, method=zipfile.ZIP_LZMA)),
    "not UTF-8": zipped(lambda opened: written(opened, b"## rayjobs \xff")),
    "surrogate": zipped(lambda opened: written(opened, b"\xed\xa0\x80")),
    "huge": lambda whole: b"PK" * (3 << 20),
    "many": zipped(many),
}


@pytest.mark.parametrize("change", HOSTILE_ZIPS.values(), ids=HOSTILE_ZIPS)
def test_a_made_up_archive_is_refused_in_one_line(machine: Machine, change: Change) -> None:
    artifacts = archive(machine, number="7", report_md=REPORT)
    file = machine.top / "gh" / "artifact.zip"
    file.write_bytes(change(file.read_bytes()))
    machine.server(pulls=[pull(7)], artifacts=artifacts)
    ran = post(machine)
    assert (ran.code, ran.stderr, changes(machine)) == (1, "", [])
    assert re.fullmatch("::error title=rayjobs::.+\n", ran.stdout)


ODD = [
    "null", "[]", "{}", "7", '"x"', "{", "", "[" * 200_000, "NaN", '{"artifacts": null}',
    '{"artifacts": ["x"]}', '{"artifacts": [{"name": "rayjobs-report"}]}',
    '{"artifacts": [{"name": "rayjobs-report", "expired": false, "id": Infinity}]}',
    '[{"number": 7, "head": null}]', f'[{{"number": "x", "head": {{"sha": "{SHA}"}}}}]',
    '[{"user": 7, "body": 8}]', '[{"user": {"login": "github-actions[bot]"}}]',
]  # fmt: skip


@pytest.mark.parametrize("place", ["actions/runs/4242/artifacts", "pulls", "issues/7/comments"])
@pytest.mark.parametrize("answer", ODD, ids=range(len(ODD)))
def test_an_odd_answer_is_one_line(machine: Machine, place: str, answer: str) -> None:
    artifacts = archive(machine, number="7", report_md=REPORT)
    odd = {f"repos/{OWN}/{place}": answer}
    machine.server(pulls=[pull(7)], artifacts=artifacts, answers=odd)
    ran = post(machine)
    assert ran.stderr == ""
    # An empty list is an answer.
    if ran.code == 0:
        assert answer in ("[]", "{}")
    else:
        assert re.fullmatch("::error title=rayjobs::GitHub's API .+\n", ran.stdout)
        assert changes(machine) == []


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("#!/nowhere\n", "gh cannot be run: No such file or directory"),
        ("#!/bin/sh\nexit 4\n", "GitHub's API answered: exit code 4"),
        ("#!/bin/sh\nprintf '::add-mask::x\\n::error::%%0A\\033[31m' >&2; exit 1\n",
         "GitHub's API answered: ::add-mask::x ::error::%250A\N{REPLACEMENT CHARACTER}[31m"),
        ("#!/bin/sh\nexec cat /dev/zero\n", "GitHub's API answered with more than there can be"),
    ],
    ids=["missing", "silent", "hostile", "endless"],
)  # fmt: skip
def test_gh_that_fails_is_one_line(machine: Machine, program: str, why: str) -> None:
    (machine.top / "bin" / "gh").write_text(program)
    ran = post(machine)
    assert (ran.code, ran.stderr, ran.stdout) == (1, "", f"::error title=rayjobs::{why}\n")


def test_an_api_that_refuses(machine: Machine) -> None:
    machine.server(refuse=["api"])
    ran = post(machine)
    assert (ran.code, ran.stderr) == (1, "")
    assert "HTTP 403" in ran.stdout
    machine.server(artifacts="what")
    ran = post(machine)
    assert (ran.code, "Traceback" in ran.stdout + ran.stderr) == (1, False)
