"""Clusters that do not answer Karmada: what is said of jobs there, by every command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.karmada.client.control_plane import connect
from generator.karmada.job_state import JobState, Run
from generator.karmada.status.as_json import StatusDocument
from generator.karmada.status.diagnosis import Evidence, problems_of
from generator.karmada.status.problem import silence_of, silences
from generator.karmada.status.selection import read_evidence
from tests.live.ended_jobs import (
    BINDINGS,
    CLUSTERS,
    RAYJOBS,
    RUNNING,
    ended,
    hold_job,
    member,
    on,
    repository_of,
)
from tests.live.recorded import PROXY, Recorded
from tests.live.world import Result, run

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SINCE = "2026-11-01T10:32:00Z"
SILENT = "c1 does not answer since 2026-11-01T10:32:00Z; this is what it last said"


def silent(name: str, **changes: str) -> dict[str, Any]:
    """A member that Karmada does not reach, as Karmada 1.18.2 writes it of one that it asks."""
    condition = {
        "type": "Ready",
        "status": "False",
        "reason": "ClusterNotReachable",
        "message": "cluster is not reachable",
        "lastTransitionTime": SINCE,
        **changes,
    }
    return {"metadata": {"name": name}, "status": {"conditions": [condition]}}


def of_agent(name: str) -> dict[str, Any]:
    """As :func:`silent`, of one whose agent has stopped."""
    message = "Cluster status controller stopped posting cluster status."
    return silent(name, status="Unknown", reason="ClusterStatusUnknown", message=message)


@pytest.fixture
def away(repository: Path, karmada: Recorded) -> Recorded:
    """train-1 runs on c1, which does not answer; train-2 has ended there."""
    repository_of(repository, on("c1"), on("c1", name="train-2"))
    hold_job(karmada, repository, "train-1", {"c1": RUNNING})
    hold_job(karmada, repository, "train-2", {"c1": ended(40)})
    karmada.hold(CLUSTERS, silent("c1"), member("c2"))
    return karmada


def copy_of(ran: Result, name: str) -> dict[str, Any]:
    document = json.loads(ran.stdout)
    assert list(Draft202012Validator(StatusDocument.json_schema()).iter_errors(document)) == []
    (copy,) = (one["copies"][0] for one in document["jobs"] if one["name"] == name)
    return {key: copy[key] for key in ("jobDeploymentStatus", "current", "silentSince")}


def test_the_table_says_that_it_is_what_was_last_heard(
    repository: Path, away: Recorded, kubeconfig: str
) -> None:
    ran = run(repository, kubeconfig, ("status",))
    assert (ran.exit_code, ran.stderr) == (0, "")
    _, first, second = ran.stdout.splitlines()
    assert first.split()[:4] == ["default/train-1", "synced", "c1", "Running?"]
    assert first.endswith(SILENT)
    assert second.split()[3] == "Succeeded"
    assert "answer" not in second


def test_a_named_job_says_it_with_what_to_do_and_exits_1(
    repository: Path, away: Recorded, kubeconfig: str
) -> None:
    ran = run(repository, kubeconfig, ("status", "train-1"))
    assert ran.exit_code == 1
    assert ran.stdout.startswith("default/train-1: Running?\n")
    assert f"\n  {SILENT}\n    what to do: Karmada says ClusterNotReachable (cluster is not" in (
        ran.stdout
    )
    assert not any("/proxy/" in path for path in away.asked)


def test_what_has_ended_there_has_ended(repository: Path, away: Recorded, kubeconfig: str) -> None:
    ran = run(repository, kubeconfig, ("status", "train-2"))
    assert (ran.exit_code, ran.stdout.partition("\n")[0]) == (0, "default/train-2: Succeeded")
    assert "answer" not in ran.output


def test_json_says_what_is_current(repository: Path, away: Recorded, kubeconfig: str) -> None:
    ran = run(repository, kubeconfig, ("status", "--format", "json"))
    assert copy_of(ran, "train-1") == {
        "jobDeploymentStatus": "Running", "current": False, "silentSince": SINCE,
    }  # fmt: skip
    assert copy_of(ran, "train-2")["current"] is True
    away.lists[CLUSTERS] = [member("c1")]
    back = run(repository, kubeconfig, ("status", "--format", "json"))
    assert copy_of(back, "train-1") == {
        "jobDeploymentStatus": "Running", "current": True, "silentSince": None,
    }  # fmt: skip
    assert run(repository, kubeconfig, ("status", "train-1")).exit_code == 0


def test_who_may_not_read_clusters_is_told_what_was_not_looked_at(
    repository: Path, away: Recorded, kubeconfig: str
) -> None:
    for command in (("status",), ("status", "train-1"), ("status", "--format", "json")):
        away.statuses[CLUSTERS] = [403]
        ran = run(repository, kubeconfig, command)
        assert ran.exit_code == 0
        assert ran.stderr.startswith(
            "note: whether clusters answer or are leaving is not known: Karmada refuses"
        )
    assert copy_of(ran, "train-1")["current"] is None
    assert copy_of(ran, "train-2")["current"] is True


def test_a_page_does_not_say_that_it_runs(
    repository: Path, away: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    page = ("page", str(tmp_path / "page"))
    assert run(repository, kubeconfig, page).exit_code == 0
    text = (tmp_path / "page/index.html").read_text(encoding="utf-8")
    assert "Running?" in text
    assert SILENT in text
    assert "is not known" not in text
    away.statuses[CLUSTERS] = [403]
    run(repository, kubeconfig, page)
    text = (tmp_path / "page/index.html").read_text(encoding="utf-8")
    assert "Whether clusters answer Karmada is not known" in text


def test_clusters_say_since_when(repository: Path, away: Recorded, kubeconfig: str) -> None:
    ran = run(repository, kubeconfig, ("clusters",))
    assert ran.exit_code == 1
    assert "c1: it is not ready since 2026-11-01T10:32:00Z: ClusterNotReachable" in ran.stdout
    (c1, _) = json.loads(run(repository, kubeconfig, ("clusters", "--format", "json")).stdout)[
        "clusters"
    ]
    assert (c1["ready"], c1["since"], c1["leaving"]) == (False, SINCE, False)


@pytest.mark.parametrize(
    ("cluster", "words", "hint"),
    [
        (silent("c1"), "does not answer since 2026-11-01T10:32:00Z", "its API server runs"),
        (of_agent("c1"), "does not answer since 2026-11-01T10:32:00Z", "karmada-agent runs"),
        (silent("c1", lastTransitionTime="\x1b"), "does not answer", "its API server runs"),
        (
            silent("c1", reason="ClusterNotReady"),
            "is not ready since 2026-11-01T10:32:00Z",
            "/readyz",
        ),
        ({"metadata": {"name": "c1"}}, "does not answer", "its API server runs"),
        (None, "is no member of Karmada any more", "join it again"),
    ],
)
def test_why_a_member_cannot_be_heard(
    cluster: dict[str, Any] | None, words: str, hint: str
) -> None:
    silence = silence_of(cluster)
    assert silence is not None
    assert str(silence) == words
    assert hint in silence.hint


def state(*runs: Run, **spec: Any) -> JobState:
    resource = {"metadata": {"name": "train-1", "namespace": "team"}, "spec": spec}
    return JobState("team", "train-1", resource, scheduled=True, runs=runs)


@pytest.mark.parametrize(
    ("copy", "ids", "words"),
    [
        (Run("c1", True, "", "Running", "RUNNING"), ["not-answering"], "this is what it last said"),
        (Run("c1", True), ["not-answering"], "and has said nothing of the job"),
        (Run("c1", problem="dial tcp: i/o timeout"), ["not-answering"], "said nothing"),
        (Run("c1", problem="already exists in the cluster"), ["not-answering", "conflict"], "c1"),
        (Run("c1", True, "", "Suspended"), ["not-answering", "suspended"], "last said"),
        (Run("c1", True, "", "Complete", "SUCCEEDED"), [], ""),
        (Run("c1", True, "", "Failed", "FAILED"), ["failed"], ""),
    ],
)
def test_one_problem_for_one_mistake(copy: Run, ids: list[str], words: str) -> None:
    """Of a copy that has ended nothing more is to be heard."""
    of = Evidence({"c1": silent("c1")})
    found = problems_of(state(copy, suspend=True), NOW, of)
    assert [one.id for one in found] == ids
    assert words in "".join(one.advice.message for one in found)


def test_a_copy_that_answers_is_told_as_ever() -> None:
    both = state(Run("c1", True, "", "Running", "RUNNING"), Run("c2", True, "", "Running"))
    clusters = {"c1": silent("c1"), "c2": member("c2")}
    assert list(silences(both, clusters)) == ["c1"]
    (problem,) = problems_of(both, NOW, Evidence(clusters))
    assert problem.cluster == "c1"
    assert silences(both, None) == {}


def test_a_silent_member_is_not_asked_for_pods(karmada: Recorded, kubeconfig: str) -> None:
    waiting = state(Run("c1", True, "", "Initializing"), Run("c2", True, "", "Initializing"))
    for name in ("pods", "events"):
        karmada.hold(f"/api/v1/namespaces/team/{name}", member="c2")
    clusters = {"c1": silent("c1"), "c2": member("c2")}
    read_evidence(connect(kubeconfig), waiting, clusters)
    assert karmada.asked
    assert all(path.startswith(PROXY.format("c2")) for path in karmada.asked)


def test_lists_are_asked_once_each(repository: Path, away: Recorded, kubeconfig: str) -> None:
    run(repository, kubeconfig, ("status", "train-1", "train-2"))
    assert away.asked.count(CLUSTERS) == 1
    away.asked.clear()
    run(repository, kubeconfig, ("status",))
    assert sorted(away.asked) == sorted([CLUSTERS, RAYJOBS, BINDINGS])
