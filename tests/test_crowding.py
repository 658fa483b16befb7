"""Jobs that Karmada places on a full cluster while another of their clusters has room."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import pipeline
from generator.checks.crowding import check_crowding
from generator.diagnostics import Diagnostic
from generator.fleet import Fleet, Submission
from generator.params.job import Job
from generator.platform.model import Platform
from tests.conftest import USES_GPUS, minimal_job, write_job

NORTH, SOUTH = {"gpus": 8}, {"gpus": 8}
BOTH = ["south", "north"]


def set_platform(root: Path, **parts: Any) -> None:
    (root / "platform.yaml").write_text(json.dumps(parts), encoding="utf-8")


def gpu_job(name: str, gpus: int, mode: str = "one-of", **changes: Any) -> dict[str, Any]:
    """One worker with ``gpus`` GPUs; head and worker have 4 CPUs and 16 GiB each."""
    given = {"targetClusters": BOTH, "scheduling": {"mode": mode}, **USES_GPUS, **changes}
    job = minimal_job(name, **given)
    job["resources"]["instanceResources"]["gpuCount"] = gpus
    return job


def crowded(root: Path, *jobs: dict[str, Any]) -> list[Diagnostic]:
    for job in jobs:
        write_job(root, job)
    outcome = pipeline.validate(root, [])
    return [found for found in outcome.diagnostics if found.rule == "fleet/crowded"]


def test_the_job_that_has_to_move_is_named_with_where_to(repository: Path) -> None:
    set_platform(repository, clusters={"north": NORTH, "south": SOUTH})
    assert crowded(repository, gpu_job("a", 4), gpu_job("b", 4)) == []
    (one,) = crowded(repository, gpu_job("c", 2))
    assert (one.file, one.pointer) == ("jobs/team/c/params.json", "/targetClusters")
    assert not one.is_error
    assert one.message == (
        "Karmada places the job on north, where the jobs in Git take 10 of 8 GPUs; "
        "south has room for it"
    )
    hint = '"targetClusters": ["south", "north"], "scheduling": {"mode": "ordered"}'
    assert hint in one.hint
    moved = {**gpu_job("c", 2), **json.loads(f"{{{hint}}}")}
    assert crowded(repository, moved) == []


def test_the_least_urgent_moves_and_no_more_than_have_to(repository: Path) -> None:
    set_platform(repository, clusters={"north": NORTH, "south": {"gpus": 99}})
    found = crowded(
        repository,
        gpu_job("urgent", 4, priority=500),
        gpu_job("usual", 8),
        # It is the first to go, and returns once `usual`, which has to go as well, is gone.
        gpu_job("small", 1, priority=10),
    )
    assert [one.file for one in found] == ["jobs/team/usual/params.json"]
    # Of jobs that are equally urgent the last by name.
    found = crowded(repository, gpu_job("usual-2", 4, priority=500))
    assert [one.file for one in found] == [
        "jobs/team/small/params.json",
        "jobs/team/usual/params.json",
    ]


def test_an_order_stays_on_its_first_though_it_is_full(repository: Path) -> None:
    set_platform(repository, clusters={"north": NORTH, "south": SOUTH})
    found = crowded(repository, *(gpu_job(name, 8, mode="ordered") for name in "ab"))
    (one,) = found
    assert one.file == "jobs/team/b/params.json"
    assert "Karmada places the job on south" in one.message
    assert '["north", "south"]' in one.hint


@pytest.mark.parametrize(
    ("clusters", "job"),
    [
        ({"north": {}, "south": SOUTH}, {}),
        # Nothing is known of its GPUs.
        ({"north": NORTH, "south": {"cpuCores": 900}}, {}),
        ({"north": NORTH, "south": {"gpus": 3}}, {}),
        # Not of its cores.
        ({"north": NORTH, "south": {"gpus": 8, "cpuCores": 7}}, {}),
        ({"north": NORTH, "south": SOUTH}, {"scheduling": {"mode": "one-of", "suspended": True}}),
        ({"north": NORTH, "south": SOUTH}, {"targetClusters": ["north"]}),
        # Whether the second has the label nobody says.
        (
            {"north": {**NORTH, "labels": {"a": "b"}}, "south": SOUTH},
            {"scheduling": {"mode": "one-of", "clusterLabels": {"a": "b"}}},
        ),
        # It is too large for the first anyway, which fleet/never-chosen says.
        ({"north": {"gpus": 6}, "south": SOUTH}, {"resources": {"gpus": 8}}),
    ],
)
def test_nothing_is_said_where_no_other_is_known_to_have_room(
    repository: Path, clusters: dict[str, Any], job: dict[str, Any]
) -> None:
    set_platform(repository, clusters=clusters)
    fixed = gpu_job("fixed", 5, targetClusters=["north"])
    gpus = job.pop("resources", {}).get("gpus", 4)
    assert crowded(repository, fixed, gpu_job("job", gpus, **job)) == []


def test_cores_of_heads_count_and_a_job_without_gpus_leaves_none_free(repository: Path) -> None:
    set_platform(repository, clusters={"north": {"gpus": 1, "cpuCores": 24}, "south": {"gpus": 9}})
    # Two jobs of 8 cores and two GPUs in all: the one without GPUs would free none.
    jobs = gpu_job("a", 1, priority=900), gpu_job("b", 1), gpu_job("c", 0, priority=1)
    assert [one.file for one in crowded(repository, *jobs)] == ["jobs/team/b/params.json"]
    set_platform(repository, clusters={"north": {"cpuCores": 23}, "south": {"cpuCores": 8}})
    (one,) = crowded(repository)
    assert one.file == "jobs/team/c/params.json"
    assert "24 of 23 CPU cores" in one.message


def test_a_namespaces_share_of_a_cluster_counts_with_its_submitters(repository: Path) -> None:
    share = {"north": {"cpuCores": 16}, "south": {"cpuCores": 9}}
    set_platform(repository, namespaces=["ns"], quotas={"ns": {"cpuCores": 99, "clusters": share}})
    elsewhere = gpu_job("elsewhere", 0)
    (one,) = crowded(
        repository, elsewhere, *(gpu_job(name, 0, namespace="ns") for name in ("a", "b"))
    )
    assert one.file == "jobs/team/b/params.json"
    assert one.message == (
        'Karmada places the job on north, where the jobs in the namespace "ns" take 17 of 16 '
        "CPU cores of its quota; south has room for it"
    )


def test_with_estimation_karmada_looks_itself(repository: Path) -> None:
    clusters = {"north": NORTH, "south": SOUTH}
    set_platform(repository, clusters=clusters, scheduling={"estimation": "components"})
    assert crowded(repository, gpu_job("a", 8), gpu_job("b", 8)) == []


sizes = st.tuples(st.integers(0, 5), st.sampled_from(["one-of", "ordered", "all"]))
targets = st.lists(st.sampled_from(["c1", "c2", "c3"]), min_size=1, max_size=3, unique=True)


@settings(deadline=None)
@given(st.lists(st.tuples(sizes, targets, st.integers(1, 3)), max_size=8), st.data())
def test_following_every_hint_leaves_no_finding(
    jobs: list[tuple[tuple[int, str], list[str], int]], data: st.DataObject
) -> None:
    gpus = {name: {"gpus": data.draw(st.integers(0, 9))} for name in ("c1", "c2", "c3")}
    platform = Platform.model_validate({"clusters": gpus})

    def found(documents: list[dict[str, Any]]) -> list[Diagnostic]:
        submissions = tuple(
            Submission(f"jobs/team/{one['jobName']}/params.json", Job.model_validate(one))
            for one in documents
        )
        return list(check_crowding(Fleet(submissions, platform)))

    documents = [
        gpu_job(f"job-{number}", size, mode, targetClusters=clusters, priority=priority)
        for number, ((size, mode), clusters, priority) in enumerate(jobs)
    ]
    for one in found(documents):
        (number,) = re.findall(r"job-(\d+)", one.file or "")
        hinted = re.findall(r'"targetClusters": .*"ordered"}', one.hint)
        documents[int(number)].update(json.loads(f"{{{hinted[0]}}}"))
    assert found(documents) == []
