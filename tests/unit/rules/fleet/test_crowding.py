"""Jobs that Karmada places on a full cluster while another of their clusters has room."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.check import pipeline
from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet, Submission
from generator.rules.fleet.crowded import check_crowding
from tests.helpers.command import rayjobs
from tests.helpers.jobs import USES_GPUS, minimal_job, write_job

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
    return [found for found in outcome.diagnostics if found.rule.id == "fleet/crowded"]


def follow(root: Path, found: Diagnostic) -> None:
    """Write what the hint says into the job that it is said of."""
    assert found.file is not None
    file = root / found.file
    document = json.loads(file.read_text(encoding="utf-8"))
    followed(document, found)
    file.write_text(json.dumps(document), encoding="utf-8")


def followed(document: dict[str, Any], found: Diagnostic) -> None:
    clusters = re.search(r'"targetClusters": (\[.*?\])', found.hint)
    mode = re.search(r'"mode": "(.*?)" in scheduling', found.hint)
    assert clusters or mode
    if clusters:
        document["targetClusters"] = json.loads(clusters[1])
    if mode:
        document.setdefault("scheduling", {})["mode"] = mode[1]


def rules_of(root: Path) -> set[str]:
    return {found.rule.id for found in pipeline.validate(root, []).diagnostics}


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
    assert '"targetClusters": ["south", "north"] and "mode": "ordered" in scheduling' in one.hint
    follow(repository, one)
    assert crowded(repository) == []


def test_the_hint_keeps_what_else_scheduling_says(repository: Path) -> None:
    given = {"labels": {"a": "b"}}
    set_platform(repository, clusters={"north": {**NORTH, **given}, "south": {**SOUTH, **given}})
    scheduling = {"mode": "one-of", "clusterLabels": {"a": "b"}}
    jobs = [gpu_job(name, 8, scheduling=scheduling) for name in "ab"]
    (one,) = crowded(repository, *jobs)
    follow(repository, one)
    assert crowded(repository) == []
    document = json.loads((repository / "jobs/team/b/params.json").read_text(encoding="utf-8"))
    assert document["scheduling"] == {"mode": "ordered", "clusterLabels": {"a": "b"}}


def templated(root: Path, given: dict[str, Any], fixed: list[str], *jobs: dict[str, Any]) -> None:
    """Jobs that take ``given`` from a template instead of saying it."""
    (root / "templates").mkdir(exist_ok=True)
    (root / "templates/g.json").write_text(json.dumps(given), encoding="utf-8")
    template = {"title": "a", "description": "b", "file": "templates/g.json", "fixed": fixed}
    set_platform(
        root, clusters={"north": NORTH, "south": SOUTH, "west": NORTH}, templates={"g": template}
    )
    for job in jobs:
        own = {name: value for name, value in job.items() if name not in given}
        write_job(root, {**own, "template": "g"})


@pytest.mark.parametrize(
    ("fixed", "mode", "clusters", "change"),
    [
        ([], "one-of", BOTH, '"targetClusters": ["south", "north"] and "mode": "ordered"'),
        ([], "ordered", BOTH, '"targetClusters": ["north", "south"]'),
        (["scheduling.mode"], "ordered", BOTH, '"targetClusters": ["north", "south"]'),
        (
            ["scheduling"],
            "one-of",
            ["south", "north", "west"],
            '"targetClusters": ["south", "west"]',
        ),
        (["targetClusters"], "one-of", BOTH, '"mode": "ordered"'),
        (["targetClusters"], "ordered", BOTH, '"mode": "one-of"'),
        # It may choose one with room that is not the first.
        (["targetClusters"], "one-of", ["west", "south", "north"], '"mode": "ordered"'),
    ],
)
def test_the_hint_is_for_the_job_alone_and_what_its_template_allows(
    repository: Path, fixed: list[str], mode: str, clusters: list[str], change: str
) -> None:
    given = {"targetClusters": clusters, "scheduling": {"mode": mode}}
    templated(repository, given, fixed, *(gpu_job(name, 4) for name in "abc"))
    (one,) = crowded(repository)
    assert (one.file, one.pointer) == ("jobs/team/c/params.json", "/template")
    assert f"{change};" in one.hint or f"{change} in scheduling;" in one.hint
    follow(repository, one)
    assert rules_of(repository).isdisjoint({"fleet/crowded", "template/fixed-field"})


def test_only_the_owner_of_a_template_moves_a_job_whose_clusters_it_fixes(repository: Path) -> None:
    given = {"targetClusters": ["north", "south"], "scheduling": {"mode": "one-of"}}
    fixed = ["targetClusters", "scheduling.mode"]
    jobs = [gpu_job(name, 4) for name in "abc"]
    templated(repository, given, fixed, *jobs[:2])
    # A job that may go does, though it is more urgent.
    (free,) = crowded(repository, gpu_job("free", 4, priority=900))
    assert free.file == "jobs/team/free/params.json"
    follow(repository, free)
    assert crowded(repository) == []
    templated(repository, given, fixed, *jobs)
    (one,) = crowded(repository)
    assert (one.file, one.pointer) == ("jobs/team/c/params.json", "/template")
    assert 'the template "g" fixes targetClusters: ask its owner' in one.hint
    templated(repository, given, ["scheduling.mode"], *jobs)
    (one,) = crowded(repository)
    follow(repository, one)
    assert rules_of(repository).isdisjoint({"fleet/crowded", "template/fixed-field"})


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


def test_a_job_larger_than_its_namespaces_share_runs_where_it_is_not(repository: Path) -> None:
    share = {"north": {"gpus": 2}, "south": {"gpus": 8}}
    set_platform(
        repository,
        clusters={"north": NORTH, "south": SOUTH},
        namespaces=["ns"],
        quotas={"ns": {"gpus": 10, "clusters": share}},
    )
    # The small one fits beside it, which takes nothing of a share that never admits it.
    small = gpu_job("small", 2, namespace="ns", priority=1)
    (one,) = crowded(repository, gpu_job("large", 4, namespace="ns"), small)
    assert (one.file, one.pointer) == ("jobs/team/large/params.json", "/targetClusters")
    assert one.message == (
        "Karmada places the job on north, where the job alone takes 4 of 2 GPUs of the quota of "
        'the namespace "ns"; south has room for it'
    )
    follow(repository, one)
    assert crowded(repository) == []


def test_the_description_of_the_mode_holds_with_estimation_too() -> None:
    words = " ".join(rayjobs("explain", "scheduling.mode").stdout.split())
    assert "one that is full only with the platform's scheduling.estimation: components" in words


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
    names, amounts = ("c1", "c2", "c3"), st.integers(0, 9)
    gpus = {name: {"gpus": data.draw(amounts)} for name in names}
    shares = {
        name: {"gpus": data.draw(amounts)} for name in data.draw(st.sets(st.sampled_from(names)))
    }
    platform = Platform.model_validate({"clusters": gpus, "quotas": {"ns": {"clusters": shares}}})

    def found(documents: list[dict[str, Any]]) -> list[Diagnostic]:
        submissions = tuple(
            Submission(f"jobs/team/{one['jobName']}/params.json", Job.model_validate(one))
            for one in documents
        )
        return list(check_crowding(Fleet(submissions, platform)))

    documents = [
        gpu_job(
            f"job-{number}",
            size,
            mode,
            targetClusters=clusters,
            priority=priority,
            namespace=data.draw(st.sampled_from(["default", "ns"])),
        )
        for number, ((size, mode), clusters, priority) in enumerate(jobs)
    ]
    for one in found(documents):
        (number,) = re.findall(r"job-(\d+)", one.file or "")
        followed(documents[int(number)], one)
    assert found(documents) == []
