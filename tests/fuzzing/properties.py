"""What has to hold of whatever a repository holds."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Any, get_args
from xml.etree import ElementTree

import yaml
from ruamel.yaml import YAML

from generator.check import pipeline
from generator.check.outcome import Outcome, checked
from generator.render.build import build
from generator.render.drift import statistics, unified_diff
from generator.render.rayjob import environment
from generator.render.tree import RENDERED
from generator.render.yaml_emitter import HEADER, manifest_text
from generator.reports import Format, reporter_of
from generator.reports.github import new_token, without_commands
from tests.fuzzing.trees import Snapshot, Tree, plant, snapshot

MEGABYTE = 1024 * 1024
MOST_MEMORY = 500 * MEGABYTE
SECONDS_A_FILE = 5
"""CPU time that a command may take for each file, its report included."""
_WAITING = 20
"""Of time on the clock, so many times as much: one that waits for ever takes no CPU time."""
FORMATS: tuple[Format, ...] = get_args(Format)
BRIEF: tuple[Format, ...] = ("text", "github", "markdown")
"""Formats that people read; the others are the same for every command but for what is found."""

_ESCAPES = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class HungError(BaseException):
    """A run took too long; no handler of ordinary errors takes it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """A run that takes more CPU time than this is interrupted, as is one that waits for long."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise HungError(f"more than {seconds} seconds")

    # CPU time, so that other work on the machine makes nothing look like a hang.
    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, seconds * _WAITING),
    )
    before = [(number, signal.signal(number, interrupt)) for _, number, _ in timers]
    for timer, _, after in timers:
        signal.setitimer(timer, after)
    try:
        yield
    finally:
        for timer, _, _ in timers:
            signal.setitimer(timer, 0)
        for number, handler in before:
            signal.signal(number, handler)


def assert_handled(tree: Tree) -> bool:
    """Run every command on a repository; gives whether it was taken. AssertionError, HungError."""
    top = Path(tempfile.mkdtemp(prefix="rayjobs-fuzz-"))
    try:
        root = top / "in" / "repository"
        root.mkdir(parents=True)
        (top / "in" / "outside").mkdir()
        (top / "in" / "outside" / "secret").write_text("secret")
        plant(tree, root)
        return _assert_commands(root, top, SECONDS_A_FILE * max(1, len(tree)))
    finally:
        shutil.rmtree(top)


def _assert_commands(root: Path, top: Path, seconds: float) -> bool:
    before = snapshot(top)
    with limited(seconds):
        _assert_reports(pipeline.validate(root, []), root, BRIEF)
    with limited(seconds):
        _assert_diff(pipeline.preview(root))
    with limited(seconds):
        checked = pipeline.check(root, conformance="off")
        _assert_reports(checked, root, BRIEF)
    assert snapshot(top) == before, "a command that only reads wrote something"
    if not checked.failed:
        _assert_follows_from_jobs(root)
    with limited(seconds):
        outcome = pipeline.render(root)
        _assert_reports(outcome, root, FORMATS)
    _assert_only_ours(before, snapshot(top), root / RENDERED)
    if outcome.applied:
        _assert_reads_back(root)
        _assert_follows_from_jobs(root)
        again = pipeline.check(root, conformance="off").diagnostics
        # The Kustomizations are another command's.
        wrong = [d for d in again if d.is_error and not (d.file or "").startswith("sync/")]
        assert wrong == [], [d.message for d in wrong]
    return outcome.applied


def _assert_only_ours(before: Snapshot, after: Snapshot, rendered: Path) -> None:
    """Everything outside rendered/ is as it was, and in it what was not written by rayjobs."""
    inside = f"{rendered}/"
    for path in before.keys() | after.keys():
        was = before.get(path)
        if path == str(rendered) and was is None:
            continue
        if path.startswith(inside) and (was is None or _is_ours(path, *was)):
            continue
        assert after.get(path) == was, f"{path!a} was written or deleted"


def _assert_follows_from_jobs(root: Path) -> None:
    """rendered/ has the files that the jobs give, the directories of these, and nothing else."""
    fleet = checked(root, allow_no_jobs=True).fleet
    expected = {f"{root}/{RENDERED}/{m.path}": manifest_text(m).encode() for m in build(fleet)}
    place = root / RENDERED
    there = snapshot(place) if place.is_dir() else {}
    files = {path: content for path, (mode, content) in there.items() if not stat.S_ISDIR(mode)}
    assert files == expected
    directories = {os.fspath(one) for path in expected for one in Path(path).parents}
    assert there.keys() - files.keys() <= directories
    modes = {there[path][0] for path in files}
    assert all(stat.S_ISREG(mode) and not mode & stat.S_IXUSR for mode in modes)


def _is_ours(path: str, mode: int, content: bytes) -> bool:
    name = path.rpartition("/")[2]
    is_left_over = name.startswith(".rayjobs-") and name.endswith(".tmp")
    return stat.S_ISDIR(mode) or is_left_over or content.startswith(HEADER.encode())


def _assert_diff(outcome: Outcome) -> None:
    if outcome.plan is not None and not outcome.failed:
        shown = "".join(unified_diff(outcome.plan))
        token = new_token()
        assert token not in shown
        assert without_commands(shown, token).endswith(f"::{token}::\n") or not shown
        assert "".join(statistics(outcome.plan)).endswith("\n")


def _assert_reports(outcome: Outcome, root: Path, forms: Sequence[Format]) -> None:
    for form in forms:
        for quiet in (False, True) if form in BRIEF else (False,):
            text = reporter_of(form)(quiet=quiet).report(outcome)
            text.encode()
            assert str(root) not in text, f"{form} tells the machine's directories"
            if form in ("json", "gitlab", "sarif"):
                json.loads(text)
            elif form == "junit":
                ElementTree.fromstring(text)
            else:
                _assert_inert(form, text)


def _assert_inert(form: Format, text: str) -> None:
    # A file's own diff is in markdown too, and cleaned like everything there.
    found = _ESCAPES.search(text)
    assert not found, f"{form} prints {found!r}"
    if form == "github":
        # A command stands at the start of a line: in the middle of one it is a text.
        said, stop, plain = f"\n{text}".partition("\n::stop-commands::")
        assert all(re.match(r"::(error|warning) ", line) for line in said.split("\n") if line), text
        if stop:
            token, _, plain = plain.partition("\n")
            assert re.fullmatch("[0-9a-f]{32}", token)
            assert plain.index(token) == len(plain) - len(f"{token}::\n")


def _assert_reads_back(root: Path) -> None:
    """What two YAML readers take from rendered/ is what the models have."""
    fleet = checked(root).fleet
    by_path = {f"{s.job.namespace}/{s.job.job_name}.yaml": s for s in fleet.submissions}
    for manifest in build(fleet):
        text = (root / RENDERED / manifest.path).read_bytes().decode("utf-8")
        expected = json.loads(json.dumps(manifest.objects))
        for documents in _read_all(text):
            assert documents == expected, manifest.path
            submission = by_path.get(manifest.path)
            if submission is not None:
                job = fleet.resolved(submission)
                variables = [v for _, group in environment(job) for v in group]
                assert len(dict(variables)) == len(variables)
                for (read,) in _read_all(documents[0]["spec"]["runtimeEnvYAML"]):
                    assert read == {"env_vars": dict(variables)}
                assert documents[0]["spec"]["entrypoint"] == job.entrypoint


@lru_cache(maxsize=500)
def _read_all(text: str) -> tuple[list[Any], list[Any]]:
    """The documents, as PyYAML (YAML 1.1) and as ruamel.yaml (YAML 1.2) read them.

    Once for all cases: most jobs of a case are rendered to what those of another are.
    """
    return list(yaml.load_all(text, _LOADER)), list(YAML(typ="safe", pure=False).load_all(text))


def most_memory() -> int:
    """Bytes that this process has held at most (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
