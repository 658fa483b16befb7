"""An entrypoint that is accepted reaches the script as it is written, through two real shells."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.rules.job.text import why_it_changes

ACCEPTED = [
    "python /a/b.py --x 1",
    "python 'a b.py'",
    'python "a b.py" --name="x y"',
    "python   a.py\t--x",
    "python -m train --eta=0.3 --labels a,b,c --at user@host:1 --share 50%",
    "PYTHON",
    "./run-it",
    "python ''",
]
REFUSED = [
    "python a.py; ls",
    "python a.py && ls",
    "python a.py || ls",
    "python a.py &",
    "python a.py | tee log",
    "python a.py > log",
    "python a.py < data",
    "python $HOME/a.py",
    "python `pwd`/a.py",
    "python (a)",
    "python *.py",
    "python a?.py",
    "python [ab].py",
    "python {a,b}.py",
    "python ~/a.py",
    "python a.py\nls",
    "python a.py\rls",
    "python a\\ b.py",
    "python '*.py'",
    "python a.py # why",
    "! python a.py",
    "FOO=1 cmd",
    "FOO+=1 cmd",
    "'FOO=1' cmd",
    "'FOO=1 2' cmd",
    "python 'a.py",
    'python "a.py',
    "",
    "   ",
    "''",
    "'' a",
    "' ' a",
    "if a",
    "time python a.py",
    "'time' python a.py",
    'python "it\'s"',
    "python 'say \"x\"'",
    "python a\0b",
]

# Ray joins the words that the submitter's shell gives it, and a shell runs the result.
_RAY = """#!/bin/sh
shift 3
for word do printf '%s\\0' "$word"; done
"""
_SHOW = """#!/bin/sh
for word do printf '%s\\0' "$word"; done
"""
_SEPARATOR = b"\0\0--next--\0\0"


@pytest.mark.parametrize("entrypoint", ACCEPTED)
def test_plain_words_are_accepted(entrypoint: str) -> None:
    assert why_it_changes(entrypoint) is None


@pytest.mark.parametrize("entrypoint", REFUSED)
def test_what_a_shell_would_change_is_refused_with_a_reason(entrypoint: str) -> None:
    reason = why_it_changes(entrypoint)
    assert reason
    assert reason.isprintable()


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH: a ray that gives its words, and a command that shows its arguments."""
    directory = tmp_path_factory.mktemp("commands")
    for name, text in (("ray", _RAY), ("show", _SHOW)):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    return directory


def test_shells_leave_the_accepted_table_as_written(commands: Path) -> None:
    assert arrived(ACCEPTED, commands) == [shlex.split(line) for line in ACCEPTED]


NOT_SURROGATES = st.characters(exclude_categories=["Cs"])
WORDS = st.sampled_from([
    "python", "a.py", "--x", "1", "-", "--", "=", "a=b", "A=1", "a+=b", "x[1]=2", "if", "then",
    "in", "time", "coproc", "function", "select", "until", "esac", "exec", "eval", "cd", "test",
    ":", ".", "''", '""', "'a b'", '"a b"', "'\"'", '"\'"', "a'b'c", '"a\'b"', "'a\tb'", "'", '"',
    "\\", "%", "^", "!", "!!", "#x", "x#y", "~", "a~", "$x", "`", "{a,b}", "é", "\u00a0", "\u2003",
    "😀", "@", "+x", ",", "a:~", "A=~", "x=''y", "''x", "x''", "'if'", "i''f", "\x7f", "\x01",
    "\x0b", "\x0c", "\x85", "%1",
])  # fmt: skip
SPACES = st.sampled_from([" ", "  ", "\t", "", "\x0b", "\u3000", "\x1f"])
LINES = st.lists(st.tuples(WORDS | st.text(NOT_SURROGATES, max_size=5), SPACES), max_size=5).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@settings(deadline=None, max_examples=30)
@given(st.lists(LINES | st.text(NOT_SURROGATES, max_size=12), min_size=30, max_size=60))
@example(["\ufeff", "a\x0bb", "a\x0cb c", "a\x1fb", "a\u00a0b", "a \x7fb", "'a' 'b c'", "a '' b"])
@example(["time", "'time' a", "ti''me a", "'if' a", "coproc a", "a'='b c", "A''=b c", "'A'=b c"])
@example(["x[1]=2", "[[ a ]]", "a^b", "%1", "-- a", "-v a", "--help a", "@ a", "a 'b\tc'"])
def test_whatever_is_accepted_arrives_as_written(commands: Path, lines: list[str]) -> None:
    accepted = [line for line in lines if why_it_changes(line) is None]
    assert arrived(accepted, commands) == [shlex.split(line) for line in accepted]


def arrived(entrypoints: list[str], directory: Path) -> list[list[str]]:
    """The words that each command ends with, its own name among them.

    The second shell is given a command in front, which shows the words instead of running them.
    """
    submitted = _run_each("bash", [f"ray job submit -- {line}" for line in entrypoints], directory)
    joined = [subprocess.list2cmdline(words) for words in submitted]
    return _run_each("sh", [f"show {command}" for command in joined], directory)


def _run_each(shell: str, lines: list[str], directory: Path) -> list[list[str]]:
    """What each line prints, as words, when a ``shell -ce`` of its own runs it."""
    driver = f"""for line do {shell} -ce "$line" </dev/null; printf '\\0\\0--next--\\0\\0'; done"""
    environment = {"PATH": f"{directory}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nowhere"}
    done = subprocess.run(
        ["sh", "-c", driver, "sh", *(os.fsencode(line) for line in lines)],
        cwd=directory,
        env=environment,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == b""
    outputs = done.stdout.split(_SEPARATOR)[:-1]
    return [[os.fsdecode(word) for word in output.split(b"\0")[:-1]] for output in outputs]
