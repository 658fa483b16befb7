"""Clusters that are being unjoined, and the jobs that start elsewhere because of that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.karmada.clusters.as_json import ClustersDocument
from generator.karmada.job_state import JobState
from generator.karmada.status.as_json import StatusDocument
from generator.karmada.status.departures import departures
from generator.karmada.status.diagnosis import Evidence, problems_of
from tests.live.ended_jobs import (
    BINDINGS,
    CLUSTERS,
    RAYJOBS,
)
from tests.live.leaving_members import (
    NOW,
    SINCE,
    by_name,
    cluster,
    every,
    leaving,
    one_of,
    ordered,
    silent,
    state,
)
from tests.live.recorded import Recorded
from tests.live.world import run


@pytest.mark.parametrize(
    ("job", "others", "elsewhere"),
    [
        # The first by name, whatever the order in which they are written.
        (state(one_of("north", "west", "south"), "north"), ["west", "south"], ("south",)),
        (state(one_of("north"), "north"), ["south"], ()),
        (state(one_of("north", "gone"), "north"), ["south"], ()),
        (state(one_of(), "north"), ["west", "south"], ("south",)),
        (state(ordered("north", "west", "south"), "north"), ["west", "south"], ("west",)),
        # Karmada does not go back in the order.
        (state(ordered("west", "north", "south"), "north", affinity="preference-2"),
         ["west", "south"], ("south",)),
        (state(ordered("west", "north"), "north", affinity="preference-2"), ["west"], ()),
        (state(ordered("west", "north"), "north"), ["west"], ("west",)),
        # All targets have a copy already.
        (state(every("north", "south"), "north", "south"), ["south"], ()),
        (state(every("north", "west", "south"), "north", "south"), ["south", "west"], ("west",)),
    ],
)  # fmt: skip
def test_where_a_job_starts(job: JobState, others: list[str], elsewhere: tuple[str, ...]) -> None:
    clusters = by_name(leaving("north"), *map(cluster, others))
    found = departures(job, clusters)
    assert list(found) == ["north"]
    assert found["north"].elsewhere == elsewhere


NOT_READY = {
    "metadata": {"name": "south"},
    "status": {"conditions": [{"type": "Ready", "status": "False"}]},
}
WITHOUT_RAY = {**cluster("south"), "status": {"conditions": [{"type": "Ready", "status": "True"}]}}


@pytest.mark.parametrize(
    "south", [cluster("south", "kept"), leaving("south"), NOT_READY, WITHOUT_RAY]
)
@pytest.mark.parametrize("placement", [one_of, ordered])
def test_a_cluster_that_cannot_be_chosen_is_passed_over(
    south: dict[str, Any], placement: Any
) -> None:
    job = state(placement("north", "south", "west"), "north")
    found = departures(job, by_name(leaving("north"), south, cluster("west")))
    assert found["north"].elsewhere == ("west",)


def test_a_taint_that_the_job_tolerates_counts_for_nothing() -> None:
    tolerated = {"clusterTolerations": [{"key": "kept", "operator": "Exists"}]}
    job = state({**one_of("north", "south", "west"), **tolerated}, "north")
    clusters = by_name(leaving("north"), cluster("south", "kept"), cluster("west"))
    assert departures(job, clusters)["north"].elsewhere == ("south",)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (state(one_of(), "north"), "the job has ended, and trains again on south"),
        (state(one_of(), "north", said="Running"), "deleted, and the job begins anew on south"),
        (state(one_of(), "north", said="Suspended", spec={"suspend": True}), "is suspended, and"),
        (state(every("north", "south"), "north", "south", said="Running"), "that on south stays"),
        (state(every("north"), "north", said="Running"), "no other cluster can be chosen"),
        (state(every("north"), "north"), None),
        (state(one_of(), "south"), None),
    ],
)
def test_what_is_said_of_a_job(job: JobState, words: str | None) -> None:
    clusters = by_name(leaving("north"), cluster("south"))
    found = [one for one in problems_of(job, NOW, Evidence(clusters)) if one.id == "leaving"]
    assert len(found) == (words is not None)
    for one in found:
        assert one.advice.message.startswith(f"north has been leaving Karmada since {SINCE}: ")
        assert words is not None
        assert words in one.advice.message
        assert one.cluster == "north"


def test_a_copy_on_a_silent_cluster_is_not_deleted() -> None:
    job = state(one_of(), "north", said="Running")
    of = Evidence(by_name(silent("north"), cluster("south")))
    words = {one.id: one.advice.message for one in problems_of(job, NOW, of)}
    assert list(words) == ["leaving", "not-answering"]
    assert "Karmada forgets its copy there, which may go on, and the job" in words["leaving"]


def test_a_time_that_nobody_can_read() -> None:
    clusters = by_name(cluster("north", deletionTimestamp="now"), cluster("south"))
    (problem, *_) = problems_of(state(one_of(), "north"), NOW, Evidence(clusters))
    assert problem.advice.message.startswith("north is leaving Karmada: ")


def test_clusters_do_not_say_yes(repository: Path, unjoined: Recorded, kubeconfig: str) -> None:
    ran = run(repository, kubeconfig, ("clusters",))
    assert ran.exit_code == 1
    table, _, below = ran.stdout.partition("\n\n")
    assert table.splitlines()[1].split()[:2] == ["north", "leaving"]
    assert below.startswith(
        f"north: it has been leaving Karmada since {SINCE}, and nothing is placed there; "
        "jobs that start on south again, though ended: default/train-1\n  hint: "
    )
    document = json.loads(run(repository, kubeconfig, ("clusters", "--format", "json")).stdout)
    assert list(Draft202012Validator(ClustersDocument.json_schema()).iter_errors(document)) == []
    north = document["clusters"][0]
    assert (north["ready"], north["leaving"], north["leavingSince"]) == (True, True, SINCE)
    assert north["jobs"]["startElsewhere"] == [
        {"namespace": "default", "name": "train-1", "clusters": ["south"]}
    ]
    (concern,) = document["concerns"]
    assert (concern["id"], concern["stopsJobs"]) == ("leaving", True)


def test_a_suspended_job_does_not_start_elsewhere(
    repository: Path, unjoined: Recorded, kubeconfig: str
) -> None:
    unjoined.lists[RAYJOBS][0]["spec"]["suspend"] = True
    (copy,) = unjoined.lists[BINDINGS][0]["status"]["aggregatedStatus"]
    copy["status"] = {"jobDeploymentStatus": "Suspended"}
    ran = run(repository, kubeconfig, ("clusters",))
    assert "; suspended jobs that are placed on south: default/train-1; " in ran.stdout
    assert "hint: it starts there once it is resumed; " in ran.stdout
    document = json.loads(run(repository, kubeconfig, ("clusters", "--format", "json")).stdout)
    assert document["clusters"][0]["jobs"]["startElsewhere"] == []
    document = json.loads(run(repository, kubeconfig, ("status", "--format", "json")).stdout)
    (copy,) = document["jobs"][0]["copies"]
    assert (copy["leavingSince"], copy["startsOn"]) == (SINCE, [])


def test_status_says_that_it_trains_again(
    repository: Path, unjoined: Recorded, kubeconfig: str
) -> None:
    words = "the job has ended, and trains again on south"
    assert words in run(repository, kubeconfig, ("status",)).stdout
    named = run(repository, kubeconfig, ("status", "train-1"))
    assert f"  north has been leaving Karmada since {SINCE}: {words}\n" in named.stdout
    assert "    what to do: where it must not run again delete its folder" in named.stdout
    ran = run(repository, kubeconfig, ("status", "--format", "json"))
    document = json.loads(ran.stdout)
    assert list(Draft202012Validator(StatusDocument.json_schema()).iter_errors(document)) == []
    (copy,) = document["jobs"][0]["copies"]
    assert (copy["current"], copy["leavingSince"], copy["startsOn"]) == (True, SINCE, ["south"])


def test_doctor_and_archive_say_it(repository: Path, unjoined: Recorded, kubeconfig: str) -> None:
    unjoined.objects["/version"] = {"gitVersion": "v1.35.0"}
    ran = run(repository, kubeconfig, ("doctor",))
    assert f"north: it has been leaving Karmada since {SINCE}" in ran.stdout
    assert "a member that leaves would run them again" in ran.stdout
    ran = run(repository, kubeconfig, ("archive", "--finished-for", "30d"))
    assert "default/train-1" in ran.stdout
    assert f"note: default/train-1: north has been leaving Karmada since {SINCE}" in ran.stderr


def test_a_cluster_that_leaves_and_is_silent(
    repository: Path, unjoined: Recorded, kubeconfig: str
) -> None:
    """As a dead member that Karmada cannot clear."""
    north = unjoined.lists[CLUSTERS][0]
    north["status"]["conditions"] = [{"type": "Ready", "status": "False", "reason": "Gone"}]
    ran = run(repository, kubeconfig, ("clusters",))
    assert "keep it from leaving until it answers Karmada" in ran.stdout
    # Karmada has moved the job a moment ago, and still tells of the old copy.
    unjoined.lists[BINDINGS][0]["spec"]["clusters"] = [{"name": "south"}]
    ran = run(repository, kubeconfig, ("clusters",))
    assert "jobs that start on south again, though ended: default/train-1; " in ran.stdout
