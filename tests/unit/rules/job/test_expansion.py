"""Law 7: what is accepted reaches the training script through KubeRay, two shells and Ray as it is.

The command line is the one that KubeRay 1.6.0 builds (``BuildJobSubmitCommand`` and
``getRuntimeEnvJson`` of its ``ray-operator/controllers/ray/common/job.go``, joined and run by
``configureSubmitterContainer`` of ``rayjob_controller.go``), run by a real bash; only ``ray`` is
replaced, by a command that shows its words.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import unicodedata
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.diagnostics import has_errors
from generator.model.job.job import Job
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.render.rayjob import environment, runtime_env_yaml
from generator.repository.resolved_job import resolve
from generator.rules.job.job import check_job
from generator.rules.job.text import why_it_changes
from generator.rules.platform.platform import check_platform
from generator.source.json_document import decode
from tests.helpers.jobs import minimal_job

_RAY = """#!/bin/sh
case "$2" in
status) exit 1 ;;
submit) shift 2; for word do printf '%s\\0' "$word"; done ;;
esac
"""
_SHOW = """#!/bin/sh
for word do printf '%s\\0' "$word"; done
"""
_GO_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH: a ray that gives the words of a submission, and a command like it."""
    directory = tmp_path_factory.mktemp("commands")
    for name, text in (("ray", _RAY), ("show", _SHOW)):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    return directory


def go_json(value: Any) -> str:
    """As Go's json.Marshal writes what was read from YAML: keys sorted, no spaces, HTML escaped."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found.group()):04x}", text)


def go_quote(text: str) -> str:
    """As Go's strconv.Quote."""
    return f'"{"".join(map(_go_quoted, text))}"'


_GO_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
    "\t": "\\t", "\v": "\\v",
}  # fmt: skip


def _go_quoted(character: str) -> str:
    if character in _GO_ESCAPES:
        return _GO_ESCAPES[character]
    # Go's IsPrint: letters, marks, numbers, punctuation, symbols and the space of ASCII. Its
    # Unicode may be another than Python's, which counts only beyond U+FFFF.
    if character == " " or unicodedata.category(character)[0] in "LMNPS":
        return character
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def submit_command(runtime_env: str, entrypoint: str) -> str:
    """What KubeRay gives to ``bash -ce`` in its default submission mode."""
    address, job_id = "http://train-1-head-svc.default.svc.cluster.local:8265", "train-1-x7k2p"
    words = [
        *("if", "!", "ray", "job", "status", "--address", address, job_id, ">/dev/null", "2>&1"),
        *(";", "then", "ray", "job", "submit", "--address", address, "--no-wait"),
        *("--runtime-env-json", go_quote(go_json(yaml.safe_load(runtime_env)))),
        *("--submission-id", job_id, "--", entrypoint.strip(_GO_SPACES), ";"),
        *("fi", ";", "ray", "job", "logs", "--address", address, "--follow", job_id),
    ]
    return " ".join(words)


def run(directory: Path, *command: str) -> list[str]:
    """The words that a command shows; nothing where it failed or said anything else."""
    done = subprocess.run(
        [os.fsencode(word) for word in command],
        cwd=directory,
        env={"PATH": f"{directory}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nowhere"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode or done.stderr:
        return []
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def arrived(commands: Path, runtime_env: str, entrypoint: str) -> tuple[Any, list[str]]:
    """The variables that Ray is given, and the words that its own shell ends with.

    The variables are None where ``ray job submit`` would refuse what it is given as no JSON.
    """
    line = submit_command(runtime_env, entrypoint)
    words = run(commands, "/bin/bash", "-ce", "--", line)
    if not words:
        return None, []
    assert words[:3] + words[5:7] == [*words[:2], "--no-wait", "--submission-id", words[6]]
    try:
        given_ones = json.loads(words[4])["env_vars"]
    except ValueError:
        given_ones = None
    # Ray 2.46: the words are joined (scripts.py of its dashboard's job module) and run by a shell.
    joined = subprocess.list2cmdline(words[words.index("--") + 1 :])
    return given_ones, run(commands, "sh", "-ce", f"show {joined}")


def expanded_by_ray(variables: dict[str, str]) -> dict[str, str]:
    """As ``update_envs`` of Ray 2.46's ``_private/utils.py`` sets them on each worker."""
    with mock.patch.dict(os.environ, {"HOME": "/nowhere", "A": "b"}, clear=True):
        return {
            name: re.sub(r"\$\{[A-Z0-9_]+\}", "", os.path.expandvars(value))
            for name, value in variables.items()
        }


def accepted(document: dict[str, Any]) -> Job | None:
    """The job, where a params.json with this document is taken."""
    read, problems = decode(json.dumps(document))
    if problems:
        return None
    job, _ = job_from(read)
    return None if job is None or has_errors(check_job(job, Platform())) else job


def written(job: Job) -> dict[str, str]:
    groups = environment(resolve(job, Platform()))
    return {n: v for _, variables in groups for n, v in variables}


def with_texts(texts: list[str], entrypoint: str | None = None) -> dict[str, Any]:
    """A job whose free texts are these: custom hyperparameters, endpoint, bucket, key, label."""
    job = minimal_job(customHyperparameters={f"v{i}": text for i, text in enumerate(texts)})
    del job["inputDataConfig"][1]
    (channel,) = job["inputDataConfig"]
    for field, text in zip(("bucket", "prefix", "labelName"), texts, strict=False):
        channel[field] = text or "x"
    channel["endpoint"] += "/" + (texts[-1] if texts else "")
    return {**job, "entrypoint": entrypoint} if entrypoint is not None else job


def assert_arrives(commands: Path, job: Job) -> None:
    entrypoint = job.entrypoint or "python /home/ray/xgboost_train.py"
    variables, words = arrived(commands, runtime_env_yaml(resolve(job, Platform())), entrypoint)
    assert variables == written(job)
    assert expanded_by_ray(variables) == variables
    assert words == shlex.split(entrypoint)


SURVIVE = [
    "\\", "\\\\", "\\n", "\\u0041", "\\x41", '"', '\\"', "'", "''", "a'b\"c", "!", "!!", "a!b",
    "é", "ß", "日本語", "\u00a0", "\u2028", "\u2029", "\u200d", "\ufeff", "\ufffd", "\ue000", "😀",
    "👩\u200d🔬", "🇻🇳",
    "𠀀", "<a>&b", "*", "~", "{a,b}", "#x", "; ls", "&& ls", "| ls", "> x", "(id)",
    "%s", "%(x)s", "%d%%", "{}", "[1]", "~/x", "key: value", "- a", "null", "1e5", "0x1F", "", " ",
    "  a  ", "\\U0001F600", "a\\", "--", "EOF", "^a^b", "=", "@", "\u0301", "e\u0301",
]  # fmt: skip


@pytest.mark.parametrize("text", SURVIVE)
def test_odd_texts_arrive_as_written(commands: Path, text: str) -> None:
    job = accepted(minimal_job(customHyperparameters={"v": text}))
    assert job
    assert_arrives(commands, job)


FREE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
MOSTLY_TAKEN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="$`"), max_size=12
)
TEXTS = st.lists(MOSTLY_TAKEN | st.sampled_from(SURVIVE) | FREE, max_size=4)
LINES = st.lists(
    st.sampled_from(["python", "a.py", "--x", "'a b'", '"a b"', "''", "a=b", "é", "😀", "@", "!"])
    | MOSTLY_TAKEN,
    min_size=1,
    max_size=4,
).map(" ".join)


@settings(deadline=None, max_examples=250)
@given(TEXTS, LINES)
@example(["\\", '"', "\u2028", "😀!"], "python '' \"a b\"")
@example([], "python a\u00a0")
@example([], "\u2003python a ")
@example(["\U000e0067"], "python a")
@example(["\U0001faea", "\U000f0000", "\U0010ffff"], "python a")
def test_whatever_is_accepted_arrives_as_written(
    commands: Path, texts: list[str], entrypoint: str
) -> None:
    job = accepted(with_texts(texts, entrypoint)) or accepted(with_texts(texts))
    if job is not None:
        assert_arrives(commands, job)


CHANGES = [
    "$(id)", "`id`", "$HOME", "${HOME}", "${HOME:-x}", "$$", "a$((1+1))",
    "\x7f", "\U000e0067", "\U000f0000",
]  # fmt: skip


@pytest.mark.parametrize("text", CHANGES, ids=ascii)
def test_what_is_refused_would_not_have_arrived(commands: Path, text: str) -> None:
    document = minimal_job(customHyperparameters={"v": text})
    assert accepted(document) is None
    unchecked = Job.model_validate(minimal_job()).model_copy(
        update={"custom_hyperparameters": {"v": text}}
    )
    variables, _ = arrived(
        commands, runtime_env_yaml(resolve(unchecked, Platform())), "python a.py"
    )
    assert variables is None or variables["V"] != text


@pytest.mark.parametrize(
    "text", ["\U000e0067", "\U0001faea", "\U000f0000", "\U0010ffff"], ids=ascii
)
def test_a_character_that_kuberay_cannot_quote_is_refused_at_its_place(text: str) -> None:
    fields = [
        ("/customHyperparameters/v", with_texts([]) | {"customHyperparameters": {"v": text}}),
        ("/inputDataConfig/0/bucket", with_texts([text]) | {"customHyperparameters": {}}),
        ("/outputDataConfig/artifactUri",
         with_texts([]) | {"outputDataConfig": {"artifactUri": f"file:///mnt/{text}"}}),
    ]  # fmt: skip
    for pointer, document in fields:
        job, _ = job_from(document)
        assert job
        found = [d for d in check_job(job, Platform()) if d.rule.id == "job/unquotable"]
        assert pointer in [d.pointer for d in found]
        assert f"U+{ord(text):04X}" in found[0].message
    (told,) = check_platform(Platform.model_validate({"trainingScript": {"labelColumn": text}}))
    assert (told.rule.id, told.pointer) == ("platform/unquotable", "/trainingScript/labelColumn")


def test_what_is_not_rendered_may_hold_any_character() -> None:
    job = with_texts([])
    job["inputDataConfig"][0]["csvColumns"] = ["\U0001faea"]
    job["outputDataConfig"] = {"artifactUri": "s3://bucket/\U0001faea"}
    assert accepted(job)


def test_ray_would_expand_once_more_what_a_shell_lets_through() -> None:
    before = {"A": "x-$A", "B": "y-${HOME}-z", "C": "${MISSING}", "D": "plain"}
    assert expanded_by_ray(before) == {"A": "x-b", "B": "y-/nowhere-z", "C": "", "D": "plain"}


@pytest.mark.parametrize(
    "entrypoint",
    ["python a.py; ls", "python $HOME", "python `id`", "python '$HOME'", "a *.py",
     "python a\u00a0", "\u3000python a", "python a \u2003 "],
    ids=ascii,
)  # fmt: skip
def test_an_entrypoint_that_is_refused_would_not_have_arrived(
    commands: Path, entrypoint: str
) -> None:
    (commands / "b.py").touch()
    assert why_it_changes(entrypoint)
    _, words = arrived(commands, 'env_vars:\n  A: "b"\n', entrypoint)
    assert words != shlex.split(entrypoint)


def test_go_quotes_as_the_tests_do() -> None:
    # What Go prints for these was noted from a run of Go 1.25.
    assert go_quote('a"\\\x07\x7f\x85\xa0é\u2028\ufeff\ue000😀\U000e0067') == (
        r'"a\"\\\a\x7f\u0085\u00a0é\u2028\ufeff\ue000😀\U000e0067"'
    )
    assert go_json({"b": "<&>\u2028\x01é", "a": '"'}) == (
        '{"a":"\\"","b":"\\u003c\\u0026\\u003e\\u2028\\u0001é"}'
    )
