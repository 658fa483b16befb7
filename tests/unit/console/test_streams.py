"""Nothing that is printed controls a terminal, or is a command to GitHub's runner."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import generator
from generator.console.reporting import write_patch
from generator.console.streams import SafeStream, write
from tests.helpers.command import rayjobs
from tests.helpers.commits import commit, git
from tests.helpers.forking import forker
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.terminals import Terminal

ACTIONS = {"GITHUB_ACTIONS": "true"}
ESCAPES = "\x1b[31m\x1b]0;title\x07\x9b2J\x7f\u202e\u2028"
COMMANDS = ("::error::made up", "  ::add-mask::a", "\u200b::warning::x", "a ##[error]made up")


def obeyed(printed: str) -> list[str]:
    """The lines of a log that GitHub's runner takes for commands, as generously as it might."""
    found, token = [], None
    for line in re.split(r"[\r\n]", printed):
        seen = "".join(one for one in line if one.isprintable() or one.isspace()).strip()
        if token is not None:
            token = None if seen == f"::{token}::" else token
        elif seen.startswith("::stop-commands::"):
            token = seen.removeprefix("::stop-commands::")
        elif re.match(r"::[^:]*?::", seen) or "##[" in seen:
            found.append(line)
    return found


def in_actions(text: str, *more: str) -> str:
    taken = io.BytesIO()
    stream = SafeStream(taken, in_actions=True)
    for part in (text, *more):
        write(part, stream)
    return taken.getvalue().decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_line_is_no_command(command: str) -> None:
    assert obeyed(command)
    assert obeyed(in_actions(f"one\n{command}\n")) == []
    # Whatever prints, by whatever way.
    taken = io.BytesIO()
    stream = SafeStream(taken, in_actions=True)
    print("one", command, sep="\n", file=stream)
    assert obeyed(taken.getvalue().decode()) == []


@given(st.lists(st.text("a:#[] \t\u00a0\ufe0f\u3164\n", max_size=6), max_size=6))
def test_no_line_is_a_command_in_whatever_pieces_it_comes(parts: list[str]) -> None:
    printed = in_actions("", *parts)
    assert obeyed(printed) == []
    whole = "".join(parts)
    # What nobody sees may part two characters that the runner joins.
    seen = re.sub("[\ufe0f\u3164 ]", "", whole)
    if not obeyed(whole) and "##" not in seen and "::" not in seen:
        assert printed.replace("\\ufe0f", "\ufe0f") == whole or "\\u003a" in printed


@pytest.mark.parametrize(
    "text", ["a::b\n", "std::vector ## [x]\n", "2001:db8::1\n", "| :---: | ---: |\n", "## a\n: b\n"]
)
def test_what_is_no_command_stays(text: str) -> None:
    assert in_actions(text) == text


def test_json_stays_json_wherever_it_is_printed() -> None:
    document = {"a": "##[group]\u0085\x7f\U000e0041\u2028", "::b": ["\x9b"]}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    terminal = Terminal(in_actions=True)
    write(text, terminal)
    assert json.loads(terminal.text) == document
    assert obeyed(terminal.text) == []
    assert terminal.text.replace("\n", "").isprintable()


def test_a_terminal_shows_what_would_control_it() -> None:
    terminal = Terminal()
    write(f"a\tb {ESCAPES}\n", terminal)
    assert terminal.text == (
        "a\tb \\u001b[31m\\u001b]0;title\\u0007\\u009b2J\\u007f\\u202e\\u2028\n"
    )
    colored = Terminal()
    write("\x1b[1;31merror\x1b[0m \x1b[2J\x9b31m\n", colored, colors=True)
    assert colored.text == "\x1b[1;31merror\x1b[0m \\u001b[2J\\u009b31m\n"


def test_a_patch_keeps_its_bytes_and_is_obeyed_in_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n ::error::a\n-##[b]\n+\x1b\n"
    taken = io.BytesIO()
    monkeypatch.setattr("sys.stdout", SafeStream(taken, in_actions=True))
    write_patch(patch)
    printed = taken.getvalue().decode()
    assert patch in printed
    assert obeyed(patch)
    assert obeyed(printed) == []


def on_terminal(cwd: Path, *arguments: str) -> str:
    """What a command sends to a terminal that is its standard output and error."""
    mine, its = pty.openpty()
    with open(os.devnull, encoding="utf-8") as nothing:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200", "NO_COLOR": "1"}
        environment.pop("GITHUB_ACTIONS", None)
        forker().run_on([nothing.fileno(), its, its], list(arguments), cwd, environment)
    os.close(its)
    sent = b""
    try:
        while more := os.read(mine, 65536):
            sent += more
    except OSError:
        pass  # the end of a terminal that nobody writes to
    os.close(mine)
    return sent.decode()


@pytest.fixture
def hostile(repository: Path) -> Path:
    """A repository whose every name and value wants to be obeyed."""
    text = f"{ESCAPES}\n::error::made up\n ##[error]made up"
    job = minimal_job("train-1", customHyperparameters={"note": f"##[group]{ESCAPES}"})
    write_job(repository, job, "::error::team/##[error]a")
    write_job(repository, minimal_job("train-2"), "team/b")
    git(repository, "init", "-q")
    git(repository, "add", ".")
    author = "##[error]name <::error::@example.invalid>"
    identity = ("-c", "user.name=##[error]me", "-c", "user.email=::error::@example.invalid")
    message = f"##[error]subject {ESCAPES}"
    git(repository, *identity, "commit", "-q", "--author", author, "-m", message)
    job["customHyperparameters"]["note"] = text
    write_job(repository, job, "::error::team/##[error]a")
    (repository / "jobs/team/b/params.json").unlink()
    (repository / "jobs/team/c\x1b[31m").mkdir()
    (repository / "jobs/team/c\x1b[31m/params.json").write_text('{"::error::": "##[error]"}')
    git(repository, *identity, "commit", "-q", "-a", "--author", author, "-m", message)
    (repository / "platform.yaml").write_text(
        'templates:\n  "::error::t": {title: "##[error]\\e[31m"}\n', encoding="utf-8"
    )
    return repository


ARGUMENTS = [
    ("list",),
    ("list", "--deleted"),
    ("list", "--format", "json"),
    ("history", "train-1"),
    ("history", "train-1", "--format", "json"),
    ("history", "train-2"),
    ("show", "train-1"),
    ("show", "jobs/::error::team/##[error]a"),
    ("validate", "--format", "text"),
    ("validate", "--format", "json"),
    ("validate", "--format", "markdown"),
    ("validate",),
    ("check", "--color", "always", "--format", "text"),
    ("diff", "--format", "text"),
    ("render",),
    ("page", "##[error]\x1b[31m", "--offline"),
    ("init", "##[error]\x1b[31m"),
    ("new", "\n::error::", "--template", "##[error]\x1b[31m"),
    ("new", "x", "--from", "train-1", "--set", "##[error]\x1b]0;x\x07=1"),
    ("explain", "##[error]\x1b[31m"),
    ("status", "--kubeconfig", "##[error]\x1b[31m"),
    ("doctor", "--kubeconfig", "##[error]\x1b[31m"),
    ("##[error]\x1b[31m",),
    ("list", "##[error]\x1b[31m"),
    ("list", "--sort", "##[error]\x1b[31m"),
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=lambda given: ascii(" ".join(given)))
def test_no_command_is_obeyed_or_controls_a_terminal(
    hostile: Path, arguments: tuple[str, ...]
) -> None:
    ran = rayjobs(*arguments, cwd=hostile, environment=ACTIONS)
    ours = r"::(error|warning) (file=[^:]*,)?.*title=[a-z]+/[a-z-]+::"
    assert [one for one in obeyed(ran.stdout) if not re.match(ours, one)] == []
    assert [one for one in obeyed(ran.stderr) if not re.match(ours, one)] == []
    assert "Traceback" not in ran.stderr
    sent = on_terminal(hostile, *arguments)
    without_colors = re.sub(r"\x1b\[[0-9;]*m", "", sent) if "always" in arguments else sent
    shown = without_colors.replace("\r\n", "").replace("\t", "")
    assert [one for one in shown if not one.isprintable()] == []


def test_a_usage_error_does_not_repeat_a_token(repository: Path) -> None:
    # Made up: the words of the header and the payload, no signature.
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJuYW1lIn0.EXAMPLE"
    for arguments in (
        ("list", token),
        ("list", "--sort", token),
        (token,),
        ("new", "x", "--set", token),
        ("logs", f"--component={token}", "x"),
    ):
        ran = rayjobs(*arguments, cwd=repository)
        assert ran.returncode == 2
        assert token not in ran.stdout + ran.stderr
        assert "(not shown)" in ran.stderr


def test_git_applies_what_diff_prints_in_actions(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    ran = rayjobs("diff", "--format", "text", cwd=repository, environment=ACTIONS)
    subprocess.run(["git", "apply"], cwd=repository, input=ran.stdout, text=True, check=True)
    assert rayjobs("check", "-q", cwd=repository).returncode == 0


def test_only_what_draws_goes_past_the_streams() -> None:
    """Whatever else is printed cannot forget to be harmless."""
    package = Path(generator.__file__).parent
    past = re.compile(r"send_as_is|stdout\.buffer|stderr\.buffer|__stdout__|__stderr__|os\.write\(")
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if past.search(path.read_text(encoding="utf-8"))
    }
    # Which writes files, not streams.
    files = {"source/atomic_write.py"}
    assert found - files == {"console/streams.py", "console/terminal.py"}
