"""Jobs that Karmada has taken from a cluster that is leaving, or may have."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.karmada.job_state import JobState, Run, time_of
from generator.karmada.status.diagnosis import Evidence, problems_of
from tests.live.ended_jobs import BINDINGS, CLUSTERS, RUNNING, days_ago, ended
from tests.live.leaving_members import (
    NOW,
    SINCE,
    by_name,
    cluster,
    every,
    leaving,
    most,
    one_of,
    ordered,
    silent,
    state,
)
from tests.live.recorded import Recorded
from tests.live.world import run


@pytest.mark.parametrize(
    ("placement", "created", "started", "may_have_moved"),
    [
        (one_of("north", "south"), "09", "10", True),
        (ordered("north", "south"), "09", "11", True),
        (one_of("north", "south"), "09", "09", False),
        (one_of("north", "south"), "10", "11", False),
        (one_of("south"), "09", "11", False),
        # Each of their clusters has a copy, which began late where it waited in a queue.
        (every("north", "south"), "09", "11", False),
        (most(2, "north", "south"), "09", "11", False),
    ],
)
def test_a_job_that_karmada_may_have_moved(
    placement: dict[str, Any], created: str, started: str, may_have_moved: bool
) -> None:
    """A second after the cluster began to leave, its name is nowhere but in the placement."""
    job = on_south(placement, "Running", created, started)
    found = problems_of(job, NOW, Evidence(by_name(leaving("north"), cluster("south"))))
    words = "the job may have been placed on south instead, and have begun anew there"
    assert [one.advice.message for one in found] == [
        f"north has been leaving Karmada since {SINCE}: {words}"
    ] * may_have_moved
    for one in found:
        assert "see the events of the RayJob on Karmada before you end it" in one.advice.hint
        assert "delete" not in one.advice.hint


def on_south(
    placement: dict[str, Any], said: str, created: str = "09", started: str = "11"
) -> JobState:
    """A job that is on south, and was made and began at an hour each."""
    of = "2026-11-01T{}:00:00Z"
    metadata = {"name": "t", "namespace": "team", "creationTimestamp": of.format(created)}
    copy = Run("south", True, "", said, "SUCCEEDED", started=time_of(of.format(started)))
    return JobState(
        "team", "t", {"metadata": metadata}, True, clusters=("south",), placement=placement,
        runs=(copy,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "north", "words"),
    [
        ("Running", silent("north"),
         "the job may have been placed on south instead, and have begun anew there"
         "; if so, its old copy on north may go on"),
        ("Complete", silent("north"),
         "the job may have run again on south; if so, its old copy on north may go on"),
        ("Complete", leaving("north"), "the job may have run again on south"),
    ],
)  # fmt: skip
def test_what_is_left_of_a_job_that_may_have_moved(
    said: str, north: dict[str, Any], words: str
) -> None:
    job = on_south(one_of("north", "south"), said)
    (found,) = problems_of(job, NOW, Evidence(by_name(north, cluster("south"))))
    assert found.advice.message == f"north has been leaving Karmada since {SINCE}: {words}"


@pytest.mark.parametrize(
    ("placement", "placed", "words"),
    [
        (one_of("north", "south"), (), "is deleted, and the job begins anew on south"),
        (one_of("north", "south"), ("south",), "is deleted, and the job begins anew on south"),
        (ordered("north", "south"), ("south",), "is deleted, and the job begins anew on south"),
        (every("north", "south"), ("south",), "is deleted; that on south stays"),
        (one_of("south"), ("south",), "is deleted; that on south stays"),
    ],
)
def test_a_copy_that_is_still_told_of_after_the_cluster_was_taken(
    placement: dict[str, Any], placed: tuple[str, ...], words: str
) -> None:
    """As long as the scheduler is down, or the copy is being deleted."""
    job = replace(state(placement, "north", *placed, said="Running"), clusters=placed)
    clusters = by_name(leaving("north"), cluster("south"))
    found = [one for one in problems_of(job, NOW, Evidence(clusters)) if one.id == "leaving"]
    assert [one.advice.message for one in found] == [
        f"north has been leaving Karmada since {SINCE}: its copy there {words}"
    ]


def test_a_cluster_that_is_taken_before_another_is_chosen(
    repository: Path, unjoined: Recorded, kubeconfig: str
) -> None:
    unjoined.lists[BINDINGS][0]["spec"]["clusters"] = []
    words = "the job has ended, and trains again on south"
    assert words in run(repository, kubeconfig, ("status",)).stdout
    ran = run(repository, kubeconfig, ("clusters",))
    assert "jobs that start on south again, though ended: default/train-1\n" in ran.stdout


def test_clusters_are_not_sure_that_a_job_has_moved(
    repository: Path, unjoined: Recorded, kubeconfig: str
) -> None:
    since = days_ago(50)
    unjoined.lists[CLUSTERS][0]["metadata"]["deletionTimestamp"] = since
    unjoined.lists[BINDINGS][0]["spec"]["clusters"] = [{"name": "south"}]
    (copy,) = unjoined.lists[BINDINGS][0]["status"]["aggregatedStatus"]
    copy["clusterName"] = "south"
    for status, words in (
        (ended(40), "jobs that may have run again on south: default/train-1\n"),
        ({**RUNNING, "startTime": days_ago(45)},
         "jobs that may have been placed on south instead: default/train-1; default/train-1 tar"),
    ):  # fmt: skip
        copy["status"] = status
        ran = run(repository, kubeconfig, ("clusters",))
        assert f"since {since}, and nothing is placed there; {words}" in ran.stdout
        assert "delete its folder" not in ran.stdout
        document = json.loads(run(repository, kubeconfig, ("clusters", "--format", "json")).stdout)
        assert document["clusters"][0]["jobs"]["startElsewhere"] == []
