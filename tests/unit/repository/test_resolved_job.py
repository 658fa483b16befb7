"""What a job leaves out, as its platform gives it."""

from __future__ import annotations

from typing import Any

from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet, Submission
from generator.repository.resolved_job import ResolvedJob, resolve
from tests.helpers.jobs import minimal_job


def fleet_of(*jobs: dict[str, Any], platform: dict[str, Any] | None = None) -> Fleet:
    submissions = (
        Submission(f"jobs/team/{number}/params.json", Job.model_validate(job))
        for number, job in enumerate(jobs)
    )
    return Fleet(tuple(submissions), Platform.model_validate(platform or {}))


def resolved_of(fleet: Fleet) -> list[ResolvedJob]:
    return [fleet.resolved(submission) for submission in fleet.submissions]


def test_a_job_of_a_fleet_is_resolved_once() -> None:
    fleet = fleet_of(minimal_job())
    assert resolved_of(fleet)[0] is resolved_of(fleet)[0]


def test_jobs_that_ask_the_same_of_the_same_clusters_share_where_they_run() -> None:
    first, same, labelled, elsewhere = resolved_of(
        fleet_of(
            minimal_job(jobName="a"),
            minimal_job(jobName="b"),
            minimal_job(jobName="c", scheduling={"clusterLabels": {"gpu": "a100"}}),
            minimal_job(jobName="d", targetClusters=["another"]),
        )
    )
    assert first.placement is same.placement
    assert labelled.placement is not first.placement
    assert elsewhere.placement.candidates == ("another",)


def test_gpus_count_where_karmada_looks_for_room() -> None:
    clusters = {"amd": {"gpuResourceName": "amd.com/gpu"}, "nvidia": {}}
    with_gpus, without = (
        minimal_job(targetClusters=["amd", "nvidia"], scheduling={"mode": "one-of"})
        for _ in range(2)
    )
    with_gpus["resources"]["instanceResources"]["gpuCount"] = 1
    without["resources"]["instanceResources"]["gpuCount"] = 0
    platform = {"clusters": clusters, "scheduling": {"estimation": "components"}}
    first, second = resolved_of(fleet_of(with_gpus, without, platform=platform))
    assert first.placement.with_room == ("nvidia",)
    assert second.placement.with_room == ("amd", "nvidia")


def test_what_nothing_gives_is_missing() -> None:
    job = Job.model_validate(minimal_job(algorithm={"source": "container", "algorithmName": "a"}))
    one = resolve(job, Platform())
    assert one.missing == [
        ("headImage", "image"),
        ("workerImage", "image"),
        ("entrypoint", "entrypoint"),
    ]
    listed = {"containers": {"a": {"image": "registry.example/a:v1", "entrypoint": "python a.py"}}}
    given = resolve(job, Platform.model_validate({"algorithms": listed}))
    assert (given.missing, given.head_image, given.entrypoint) == (
        [],
        "registry.example/a:v1",
        "python a.py",
    )


def test_an_own_ray_version_counts_beside_an_own_image() -> None:
    platform = Platform.model_validate({"ray": {"version": "2.46.0"}})
    without_image = minimal_job(rayVersion="2.50.0")
    with_image = {**without_image, "headImage": "registry.example/a:v1"}
    assert resolve(Job.model_validate(without_image), platform).ray_version == "2.46.0"
    assert resolve(Job.model_validate(with_image), platform).ray_version == "2.50.0"
