"""Clusters that are being unjoined, and the jobs that start elsewhere because of that."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.live.clusters_json import clusters_schema
from generator.live.diagnosis import Evidence, problems_of
from generator.live.leaving import departures
from generator.live.states import JobState, Run, time_of
from generator.live.status_json import status_schema
from tests.live.ended_jobs import BINDINGS, CLUSTERS, ended, hold_job, on, repository_of
from tests.live.recorded import Recorded
from tests.live.world import run

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SINCE = "2026-11-01T10:00:00Z"


def cluster(name: str, *taints: str, **metadata: Any) -> dict[str, Any]:
    """A member that takes jobs."""
    return {
        "metadata": {"name": name, **metadata},
        "spec": {"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "apiEnablements": [{"groupVersion": "ray.io/v1", "resources": [{"kind": "RayJob"}]}],
        },
    }


def leaving(name: str) -> dict[str, Any]:
    return cluster(name, deletionTimestamp=SINCE)


def one_of(*names: str) -> dict[str, Any]:
    spread = {"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}
    return {"clusterAffinity": {"clusterNames": list(names)}, "spreadConstraints": [spread]}


def ordered(*names: str) -> dict[str, Any]:
    groups = (
        {"affinityName": f"preference-{number}", "clusterNames": [name]}
        for number, name in enumerate(names, start=1)
    )
    return {"clusterAffinities": list(groups)}


def every(*names: str) -> dict[str, Any]:
    return {"clusterAffinity": {"clusterNames": list(names)}}


def state(placement: dict[str, Any], *placed: str, said: str = "Complete", **more: Any) -> JobState:
    resource = {"metadata": {"name": "train-1", "namespace": "team"}, "spec": more.pop("spec", {})}
    runs = tuple(Run(name, True, "", said, "SUCCEEDED") for name in placed)
    clusters = tuple(sorted(placed))
    return JobState(
        "team", "train-1", resource, scheduled=True, clusters=clusters, placement=placement,
        runs=runs, **more,
    )  # fmt: skip


def by_name(*clusters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in clusters}


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
        assert one.message.startswith(f"north has been leaving Karmada since {SINCE}: ")
        assert words is not None
        assert words in one.message
        assert one.cluster == "north"


def test_a_copy_on_a_silent_cluster_is_not_deleted() -> None:
    silent = leaving("north")
    silent["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    job = state(one_of(), "north", said="Running")
    of = Evidence(by_name(silent, cluster("south")))
    words = {one.id: one.message for one in problems_of(job, NOW, of)}
    assert list(words) == ["leaving", "not-answering"]
    assert "Karmada forgets its copy there, which may go on, and the job" in words["leaving"]


@pytest.mark.parametrize(
    ("placement", "created", "started", "has_moved"),
    [
        (one_of("north", "south"), "09", "10", True),
        (ordered("north", "south"), "09", "11", True),
        (one_of("north", "south"), "09", "09", False),
        (one_of("north", "south"), "10", "11", False),
        (one_of("south"), "09", "11", False),
    ],
)
def test_a_job_that_karmada_has_moved_already(
    placement: dict[str, Any], created: str, started: str, has_moved: bool
) -> None:
    """A second after the cluster began to leave, its name is nowhere but in the placement."""
    of = "2026-11-01T{}:00:00Z"
    metadata = {"name": "t", "namespace": "team", "creationTimestamp": of.format(created)}
    begun = Run("south", True, "", "Running", "RUNNING", started=time_of(of.format(started)))
    job = JobState(
        "team", "t", {"metadata": metadata}, True, clusters=("south",), placement=placement,
        runs=(begun,),
    )  # fmt: skip
    found = problems_of(job, NOW, Evidence(by_name(leaving("north"), cluster("south"))))
    words = "the job has been placed on south instead, and begins anew there"
    assert [one.message for one in found] == [
        f"north has been leaving Karmada since {SINCE}: {words}"
    ] * has_moved


def test_a_time_that_nobody_can_read() -> None:
    clusters = by_name(cluster("north", deletionTimestamp="now"), cluster("south"))
    (problem, *_) = problems_of(state(one_of(), "north"), NOW, Evidence(clusters))
    assert problem.message.startswith("north is leaving Karmada: ")


@pytest.fixture
def unjoined(repository: Path, karmada: Recorded) -> Recorded:
    """train-1, a one-of job, has ended on north, which is leaving."""
    repository_of(repository, on("north", "south", scheduling={"mode": "one-of"}))
    _, binding = hold_job(karmada, repository, "train-1", {"north": ended(40)})
    binding["spec"]["placement"] = one_of("north", "south")
    karmada.hold(CLUSTERS, leaving("north"), cluster("south"))
    return karmada


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
    assert list(Draft202012Validator(clusters_schema()).iter_errors(document)) == []
    north = document["clusters"][0]
    assert (north["ready"], north["leaving"], north["leavingSince"]) == (True, True, SINCE)
    assert north["jobs"]["startElsewhere"] == [
        {"namespace": "default", "name": "train-1", "clusters": ["south"]}
    ]
    (concern,) = document["concerns"]
    assert (concern["id"], concern["stopsJobs"]) == ("leaving", True)


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
    assert list(Draft202012Validator(status_schema()).iter_errors(document)) == []
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
    # Karmada has moved the job a moment ago.
    unjoined.lists[BINDINGS][0]["spec"]["clusters"] = [{"name": "south"}]
    ran = run(repository, kubeconfig, ("clusters",))
    assert (
        f"it has been leaving Karmada since {SINCE}, and nothing is placed there; default"
        in ran.stdout
    )
