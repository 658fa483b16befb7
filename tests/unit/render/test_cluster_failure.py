"""What becomes of a job whose cluster fails: its policy's tolerations, words and findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import rayjobs
from tests.helpers.commits import changes, commit
from tests.helpers.findings import found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.placements import STAYS, policy
from tests.helpers.scheduling import set_platform

NOT_READY, UNREACHABLE = STAYS
SEVERAL = ["c1", "c2"]
MOVES = ", and anew on another if Karmada loses that one"


def job(clusters: Any = SEVERAL, mode: Any = "one-of", **scheduling: Any) -> dict[str, Any]:
    return minimal_job(targetClusters=clusters, scheduling={"mode": mode, **scheduling})


def tolerated(root: Path, one: dict[str, Any]) -> list[dict[str, str]]:
    """What the policy of a job tolerates of clusters."""
    write_job(root, one)
    ran = rayjobs("render", "--root", root)
    assert ran.returncode == 0, ran.stdout
    taints: list[dict[str, str]] = policy(root)["spec"]["placement"].get("clusterTolerations", [])
    return taints


@pytest.mark.parametrize("mode", ["one-of", "ordered"])
@pytest.mark.parametrize(
    ("platform", "own", "stays"),
    [
        (None, None, True),
        (None, "move", False),
        (None, "stay", True),
        ("move", None, False),
        ("move", "stay", True),
        ("stay", "move", False),
    ],
)
def test_the_job_decides_and_else_the_platform(
    repository: Path,
    report: Report,
    mode: str,
    platform: str | None,
    own: str | None,
    stays: bool,
) -> None:
    set_platform(repository, scheduling={"onClusterFailure": platform} if platform else {})
    scheduling = {"onClusterFailure": own} if own else {}
    assert tolerated(repository, job(mode=mode, **scheduling)) == (STAYS if stays else [])
    document = report("validate")
    assert document["diagnostics"] == []
    assert (MOVES in document["jobs"][0]["placement"]) is not stays


@pytest.mark.parametrize(
    ("clusters", "mode"), [(["c1"], "one-of"), (["c1"], "ordered"), (SEVERAL, "all")]
)
def test_a_job_that_has_nowhere_to_go_stays(
    repository: Path, report: Report, clusters: list[str], mode: str
) -> None:
    assert tolerated(repository, job(clusters, mode, onClusterFailure="move")) == STAYS
    document = report("validate")
    at = ("jobs/team/train-1/params.json", "/scheduling/onClusterFailure")
    assert found(document, "fleet/nowhere-to-move") == [at]
    assert len(document["diagnostics"]) == 1
    # For all jobs the platform says what becomes of those that can.
    set_platform(repository, scheduling={"onClusterFailure": "move"})
    assert tolerated(repository, job(clusters, mode)) == STAYS
    assert report("validate")["diagnostics"] == []


def test_labels_that_leave_one_cluster_leave_nowhere_to_go(
    repository: Path, report: Report
) -> None:
    set_platform(repository, clusters={"c1": {"labels": {"a": "b"}}, "c2": {"labels": {}}})
    one = job(clusterLabels={"a": "b"}, onClusterFailure="move")
    assert tolerated(repository, one) == STAYS
    (one_found,) = report("validate")["diagnostics"]
    assert one_found["rule"] == "fleet/nowhere-to-move"
    assert one_found["message"].startswith("of its target clusters only c1 has a=b: ")
    # The job has several target clusters and such a mode.
    assert "name another that has a=b, or ask for other labels" in one_found["hint"]
    assert "mode" not in one_found["hint"]


def test_a_template_that_moves_is_for_the_jobs_that_can(repository: Path, report: Report) -> None:
    (repository / "templates").mkdir()
    text = json.dumps({"scheduling": {"onClusterFailure": "move"}})
    (repository / "templates/g.json").write_text(text, encoding="utf-8")
    set_platform(repository, templates={"g": {"file": "templates/g.json"}})
    write_job(repository, {**job(), "template": "g"})
    write_job(repository, {**job(["c1"]), "template": "g", "jobName": "train-2"})
    assert report("validate")["diagnostics"] == []
    own = job(["c1"], onClusterFailure="move")
    file = write_job(repository, {**own, "template": "g", "jobName": "train-2"})
    at = (file, "/scheduling/onClusterFailure")
    assert found(report("validate"), "fleet/nowhere-to-move") == [at]


@pytest.mark.parametrize(
    ("own", "rendered"),
    [
        ({"key": "x"}, [{"key": "x", "operator": "Exists"}, *STAYS]),
        ({"key": UNREACHABLE["key"], "effect": "NoExecute"}, [UNREACHABLE, NOT_READY]),
        # Of any effect, and so of this one too.
        (
            {"key": NOT_READY["key"]},
            [{"key": NOT_READY["key"], "operator": "Exists"}, UNREACHABLE],
        ),
        # Karmada's taint has no value.
        (
            {"key": NOT_READY["key"], "value": "", "effect": "NoExecute"},
            [{**NOT_READY, "operator": "Equal", "value": ""}, UNREACHABLE],
        ),
        (
            {"key": NOT_READY["key"], "effect": "NoSchedule"},
            [{**NOT_READY, "effect": "NoSchedule"}, *STAYS],
        ),
    ],
)
def test_what_a_job_tolerates_itself_is_there_once(
    repository: Path, report: Report, own: dict[str, str], rendered: list[dict[str, str]]
) -> None:
    assert tolerated(repository, job(clusterTolerations=[own])) == rendered
    assert report("validate")["diagnostics"] == []


@pytest.mark.parametrize(
    "rest", [{"effect": "NoExecute"}, {"effect": "NoExecute", "value": ""}, {}]
)
def test_a_job_that_is_to_move_and_tolerates_the_failure(
    repository: Path, report: Report, rest: dict[str, str]
) -> None:
    own = [{"key": "x"}, {"key": UNREACHABLE["key"], **rest}]
    file = write_job(repository, job(clusterTolerations=own, onClusterFailure="move"))
    document = report("validate")
    assert found(document, "fleet/tolerated-failure") == [
        (file, "/scheduling/clusterTolerations/1")
    ]
    assert len(document["diagnostics"]) == 1
    assert MOVES not in document["jobs"][0]["placement"]


def test_a_job_that_is_to_move_may_tolerate_other_taints(repository: Path, report: Report) -> None:
    others = [
        {"key": "x", "effect": "NoExecute"},
        {"key": NOT_READY["key"], "effect": "NoSchedule"},
        {"key": NOT_READY["key"], "value": "x", "effect": "NoExecute"},
    ]
    write_job(repository, job(clusterTolerations=others, onClusterFailure="move"))
    assert report("validate")["diagnostics"] == []


def test_it_may_change_while_a_job_runs(repository: Path) -> None:
    """The policy changes, and no RayJob: nothing is edited and nothing starts."""
    write_job(repository, job())
    rayjobs("render", "--root", repository)
    commit(repository)
    assert tolerated(repository, job(onClusterFailure="move")) == []
    assert changes(repository) == []
    set_platform(repository, scheduling={"onClusterFailure": "move"})
    assert tolerated(repository, job()) == []
    assert changes(repository) == []


def test_what_a_job_tolerates_by_default_it_may_say_itself(repository: Path) -> None:
    write_job(repository, job())
    commit(repository)
    own = {"key": NOT_READY["key"], "effect": "NoExecute"}
    assert tolerated(repository, job(clusterTolerations=[own])) == STAYS
    assert changes(repository) == []
    write_job(repository, job(clusterTolerations=[own], onClusterFailure="move"))
    (one,) = changes(repository)
    assert (one.rule.id, one.pointer) == ("base/new-copy", "/scheduling/clusterTolerations")


@pytest.mark.parametrize(
    ("platform", "own", "value", "source"),
    [
        ({}, {}, "stay", "default"),
        ({"onClusterFailure": "move"}, {}, "move", "platform"),
        ({}, {"onClusterFailure": "move"}, "move", "job"),
    ],
)
def test_show_says_who_decided(
    repository: Path, platform: dict[str, str], own: dict[str, str], value: str, source: str
) -> None:
    set_platform(repository, scheduling=platform)
    write_job(repository, job(**own))
    ran = rayjobs("show", "train-1", "--format", "json", "--root", repository)
    values = {one["path"]: one for one in json.loads(ran.stdout)["values"]}
    shown = values["scheduling.onClusterFailure"]
    assert (shown["value"], shown["from"]) == (value, source)
