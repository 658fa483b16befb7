"""Whatever answers in the place of an API server ends with a sentence, and soon."""

from __future__ import annotations

import gc
import re
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from generator.karmada.client import answers, control_plane
from generator.karmada.logs import stream as log_stream
from tests.live.broken import ANSWERS, ASKED_AGAIN, FLOOD, SLOW, Answer
from tests.live.doctor import openapi
from tests.live.recorded import PROXY, Recorded
from tests.live.world import COMMANDS, FOLLOWING, hold_world, run, write_repository

ALL = {**COMMANDS, **FOLLOWING}
MEMBER = PROXY.format("member1")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository."""
    root = tmp_path_factory.mktemp("world") / "repository"
    root.mkdir()
    write_repository(root)
    return root


@pytest.fixture
def world(karmada: Recorded) -> Recorded:
    """Karmada with two members, all well."""
    hold_world(karmada, openapi())
    return karmada


def answering(answer: Answer, below: str = "") -> Callable[[str, BaseHTTPRequestHandler], bool]:
    """So that every request below a path is answered so."""

    def broken(path: str, handler: BaseHTTPRequestHandler) -> bool:
        if path.startswith(below):
            answer(handler)
        return path.startswith(below)

    return broken


def assert_said(ran: Any, name: str) -> None:
    """One error, which says of which server what it is."""
    assert ran.exit_code == 3, ran.output
    if name == "doctor":
        assert "problem" in ran.stdout
        return
    (error,) = (one for one in ran.stderr.splitlines() if one.startswith("error: "))
    assert re.match(r"error: (the answer of )?Karmada ", error)
    assert len(error) < 1500
    assert ran.stderr.splitlines()[-1].startswith("  hint: ")


EVERYWHERE = ("garbage", "items-of-ints", "continue-loop", "cut-chunk", "redirect", "deep")
"""What every command is answered; the other answers some of them, which read them alike."""
CASES = [
    *((answer, name) for answer in ANSWERS for name in ("status", "logs-follow", "doctor")),
    *((answer, name) for answer in EVERYWHERE for name in ALL),
]


@pytest.mark.parametrize(("answer", "name"), list(dict.fromkeys(CASES)))
def test_whatever_karmada_answers(
    answer: str, name: str, root: Path, world: Recorded, kubeconfig: str
) -> None:
    world.broken = answering(ANSWERS[answer])
    ran = run(root, kubeconfig, ALL[name])
    assert_said(ran, name)
    assert "/elsewhere" not in world.asked


@pytest.mark.parametrize("answer", ASKED_AGAIN)
def test_what_is_asked_again_ends_as_well(
    answer: str, root: Path, world: Recorded, kubeconfig: str
) -> None:
    world.broken = answering(ASKED_AGAIN[answer])
    assert_said(run(root, kubeconfig, ("status",)), "status")
    assert 1 <= len(world.asked) <= 5


@pytest.mark.parametrize("answer", SLOW)
def test_an_answer_has_a_time(
    answer: str, root: Path, world: Recorded, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ANSWER_SECONDS", 0.6)
    monkeypatch.setattr(answers, "WORD_EVERY", 0.2)
    world.broken = answering(SLOW[answer])
    ran = run(root, kubeconfig, ("status",))
    assert_said(ran, "status")
    assert "took more than" in ran.stderr
    assert "still waiting: the answer of Karmada about /apis/" in ran.stderr


def test_an_answer_takes_a_minute_at_most() -> None:
    assert answers.ANSWER_SECONDS < 60
    assert answers.WORD_EVERY < 60


def test_an_answer_has_a_size(
    root: Path, world: Recorded, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 2**20)
    monkeypatch.setattr(answers.body_of, "__defaults__", (2**20,))
    world.broken = answering(FLOOD)
    ran = run(root, kubeconfig, ("clusters",))
    assert_said(ran, "clusters")
    assert "more than 1,048,576 bytes" in ran.stderr


def test_what_is_compressed_is_not_unpacked(root: Path, world: Recorded, kubeconfig: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    world.broken = answering(ANSWERS["compressed"])
    assert_said(run(root, kubeconfig, ("clusters",)), "clusters")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 100 * 1024


@pytest.mark.parametrize("limit", ["MOST_PAGES", "LIST_SECONDS", "MOST_OF_A_LIST"])
def test_a_list_ends(
    limit: str,
    root: Path,
    world: Recorded,
    kubeconfig: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though each page names another that follows."""
    monkeypatch.setattr(control_plane, limit, 1)

    def changed(path: str, answer: Any) -> Any:
        time.sleep(0.3)
        return {"items": [], "metadata": {"continue": str(time.monotonic_ns())}}

    world.changed = changed
    ran = run(root, kubeconfig, ("status",))
    assert_said(ran, "status")
    assert "a list that does not end" in ran.stderr


@pytest.mark.parametrize("answer", [*ANSWERS, "ends"])
def test_a_member_ends_no_report_of_others(
    answer: str, root: Path, world: Recorded, kubeconfig: str
) -> None:
    world.broken = answering({**ANSWERS, **ASKED_AGAIN}[answer], MEMBER)
    ran = run(root, kubeconfig, ("status", "both-1", "image-1"))
    assert "default/both-1: " in ran.stdout
    assert "default/image-1: " in ran.stdout
    assert ran.exit_code in (0, 1)
    if answer != "ends":
        doctor = run(root, kubeconfig, ("doctor",))
        assert doctor.exit_code == 1
        assert "member2" in doctor.stdout
        assert "karmada/finished" in doctor.stdout


@pytest.mark.parametrize("answer", ["garbage", "items-int", "name-path", "cut", "redirect"])
@pytest.mark.parametrize("options", [(), ("--follow",), ("--component", "operator-events")])
def test_logs_of_other_members_are_printed(
    options: tuple[str, ...],
    answer: str,
    root: Path,
    world: Recorded,
    kubeconfig: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_stream, "_LONGEST", 0.0)
    both_on_members(world)
    world.broken = answering(ANSWERS[answer], PROXY.format("member2"))
    ran = run(root, kubeconfig, ("logs", "xgboost-1", *options))
    assert ran.exit_code == 3
    assert re.search(r"^error: member2 ", ran.stderr, re.MULTILINE)
    assert "RayJob/xgboost-1" in ran.stdout if "--component" in options else "two" in ran.stdout


def both_on_members(world: Recorded) -> None:
    """Have xgboost-1 a copy on member2 as well."""
    (binding,) = (
        one
        for one in world.lists["/apis/work.karmada.io/v1alpha2/resourcebindings"]
        if one["metadata"]["name"] == "xgboost-1-rayjob"
    )
    first = binding["status"]["aggregatedStatus"][0]
    binding["spec"]["clusters"].append({"name": "member2"})
    binding["status"]["aggregatedStatus"].append({**first, "clusterName": "member2"})


@pytest.mark.parametrize("status", [5, "x", [], {"jobStatus": 5}, {"rayClusterName": "../x"}])
def test_what_a_member_says_of_its_copy_ends_no_report(
    status: Any, root: Path, world: Recorded, kubeconfig: str
) -> None:
    """Karmada hands on what a member's API server answers, whatever it is."""
    both_on_members(world)
    for one in world.lists["/apis/work.karmada.io/v1alpha2/resourcebindings"]:
        for item in one["status"].get("aggregatedStatus", ()):
            if item["clusterName"] == "member2":
                item["status"] = status
    table = run(root, kubeconfig, ("status",))
    assert table.exit_code == 0
    assert "Succeeded" in table.stdout
    named = run(root, kubeconfig, ("status", "xgboost-1"))
    assert "what the cluster says of it cannot be understood: " in named.stdout
    for command in ("archive", "page", "clusters", "logs-events"):
        assert run(root, kubeconfig, COMMANDS[command]).exit_code in (0, 1)


def test_the_world_is_well(root: Path, world: Recorded, kubeconfig: str) -> None:
    """Else nothing above would be shown by a command that fails anyway."""
    for name, command in COMMANDS.items():
        ran = run(root, kubeconfig, command)
        assert ran.exit_code in (0, 1), (name, ran.output)
        assert "error:" not in ran.stderr, (name, ran.stderr)


def test_nothing_is_collected_while_an_answer_is_read() -> None:
    """What is collected in a deep one would be finalized without a stack to do it on."""
    phases: list[str] = []

    def collected(phase: str, _: dict[str, int]) -> None:
        phases.append(phase)

    before = gc.get_threshold()
    gc.callbacks.append(collected)
    try:
        gc.collect()
        phases.clear()
        gc.set_threshold(100)
        with suppress(ValueError):
            answers.decoded(b"[" * 60_000)
        # What has become due meanwhile follows at once.
        assert phases.count("start") <= 1
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(collected)
