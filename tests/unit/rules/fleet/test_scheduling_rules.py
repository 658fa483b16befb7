"""Findings about labels, queues, priorities and marks, at their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.model.platform.model import platform_from
from tests.helpers.findings import found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.scheduling import set_platform

QUEUED = {"scheduling": {"queueing": "kueue", "queue": "training"}}
FILE = "jobs/team/train-1/params.json"
RANGE = {"from": 400, "to": 600, "priorityClassName": "urgent"}

JOBS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("fleet/priority", {"priority": 601}, {"scheduling": {"priorities": [RANGE]}}, "/priority"),
    ("fleet/priority", {"priority": 7}, QUEUED, "/priority"),
    ("fleet/unused-queue", {"scheduling": {"queue": "night"}}, {}, "/scheduling/queue"),
    ("fleet/unqueued", {}, {"scheduling": {"queueing": "volcano"}}, "/jobName"),
    (
        "fleet/suspended-in-queue",
        {"scheduling": {"suspended": True}},
        QUEUED,
        "/scheduling/suspended",
    ),
    (
        "fleet/suspended-in-queue",
        {"scheduling": {"suspended": False}},
        QUEUED,
        "/scheduling/suspended",
    ),
    (
        "fleet/unknown-labels",
        {"scheduling": {"clusterLabels": {"a": "b"}}},
        {"clusters": {"c1": {"gpuResourceName": "amd.com/gpu"}}},
        "/scheduling/clusterLabels",
    ),
]


@pytest.mark.parametrize(("rule", "job", "platform", "pointer"), JOBS)
def test_a_job_that_platform_yaml_does_not_serve(
    repository: Path,
    report: Report,
    rule: str,
    job: dict[str, Any],
    platform: dict[str, Any],
    pointer: str,
) -> None:
    set_platform(repository, **platform)
    file = write_job(repository, minimal_job(**job))
    document = report("validate")
    assert found(document, rule) == [(file, pointer)]
    assert len(document["diagnostics"]) == 1


@pytest.mark.parametrize(
    ("job", "platform"),
    [
        ({"priority": 400}, {"scheduling": {"priorities": [RANGE]}}),
        ({"scheduling": {"queue": "night"}}, QUEUED),
        ({}, QUEUED),
        # Volcano leaves suspend alone.
        (
            {"scheduling": {"suspended": False}},
            {"scheduling": {"queueing": "volcano", "queue": "x"}},
        ),
        (
            {"scheduling": {"clusterLabels": {"a": "b"}}},
            {"clusters": {"c1": {"labels": {"a": "b", "c": "d"}}}},
        ),
    ],
)
def test_a_job_that_it_serves(
    repository: Path, report: Report, job: dict[str, Any], platform: dict[str, Any]
) -> None:
    set_platform(repository, **platform)
    write_job(repository, minimal_job(**job))
    assert report("validate")["diagnostics"] == []


LOW, HIGH = {"from": 1, "to": 500, "priorityClassName": "low"}, {"from": 500, "to": 1000}

PLATFORMS: list[tuple[str, dict[str, Any], str]] = [
    (
        "platform/priorities",
        {"scheduling": {"priorities": [LOW, {**HIGH, "priorityClassName": "high"}]}},
        "/scheduling/priorities/1/from",
    ),
    (
        "platform/priorities",
        {"scheduling": {"priorities": [{"from": 2, "to": 1, "priorityClassName": "x"}]}},
        "/scheduling/priorities/0/from",
    ),
    (
        "platform/priority-class",
        {"scheduling": {"priorities": [HIGH]}},
        "/scheduling/priorities/0/from",
    ),
    (
        "platform/priority-class",
        {
            "scheduling": {
                "queueing": "volcano",
                "priorities": [{**LOW, "workloadPriorityClass": "x"}],
            }
        },
        "/scheduling/priorities/0/workloadPriorityClass",
    ),
    ("platform/queueing", {"scheduling": {"queue": "training"}}, "/scheduling/queue"),
    ("platform/queueing", {"tenants": {"team": {"queues": ["a"]}}}, "/tenants/team/queues"),
    (
        "platform/kueue-group",
        {"ray": {"workerGroupName": "submitter"}, **QUEUED},
        "/ray/workerGroupName",
    ),
    *(
        ("platform/reserved-key", {"metadata": {"labels": {key: "x"}}}, pointer)
        for key, pointer in (
            ("algorithm", "/metadata/labels/algorithm"),
            ("ray.io/cluster", "/metadata/labels/ray.io~1cluster"),
            ("policy.karmada.io/x", "/metadata/labels/policy.karmada.io~1x"),
            ("kueue.x-k8s.io/queue-name", "/metadata/labels/kueue.x-k8s.io~1queue-name"),
            ("app.kubernetes.io/name", "/metadata/labels/app.kubernetes.io~1name"),
            # Each of them takes a job from a sync engine (kustomize, Helm).
            ("config.kubernetes.io/a", "/metadata/labels/config.kubernetes.io~1a"),
            ("kustomize.config.k8s.io/a", "/metadata/labels/kustomize.config.k8s.io~1a"),
            ("helm.sh/hook", "/metadata/labels/helm.sh~1hook"),
            # A Job of the submitter whose template says another value is refused.
            ("job-name", "/metadata/labels/job-name"),
            ("controller-uid", "/metadata/labels/controller-uid"),
            ("batch.kubernetes.io/job-name", "/metadata/labels/batch.kubernetes.io~1job-name"),
        )
    ),
    (
        "platform/reserved-key",
        {"metadata": {"annotations": {"argocd.argoproj.io/sync-wave": "1"}}},
        "/metadata/annotations/argocd.argoproj.io~1sync-wave",
    ),
    (
        "platform/reserved-key",
        {"metadata": {"tenants": {"team": {"labels": {"ray.io/x": "y"}}}}},
        "/metadata/tenants/team/labels/ray.io~1x",
    ),
    (
        "platform/reserved-key",
        {"metadata": {"tenantLabel": "tenant", "tenants": {"team": {"labels": {"tenant": "y"}}}}},
        "/metadata/tenants/team/labels/tenant",
    ),
    (
        "platform/reserved-key",
        {"metadata": {"tenantLabel": "ray.io/tenant"}},
        "/metadata/tenantLabel",
    ),
]


@pytest.mark.parametrize(("rule", "platform", "pointer"), PLATFORMS)
def test_a_platform_that_contradicts_itself(
    repository: Path, report: Report, rule: str, platform: dict[str, Any], pointer: str
) -> None:
    set_platform(repository, **platform)
    write_job(repository, minimal_job())
    document = report("validate")
    assert found(document, rule) == [("platform.yaml", pointer)]
    assert all(d["line"] == 1 for d in document["diagnostics"] if d["rule"] == rule)


@pytest.mark.parametrize("key", ["xray.io/a", "cost-centre", "ray.example.com/a", "algorithm.x"])
def test_keys_that_are_free(repository: Path, report: Report, key: str) -> None:
    set_platform(repository, metadata={"labels": {key: "x"}, "annotations": {key: "x"}})
    write_job(repository, minimal_job())
    assert report("validate")["diagnostics"] == []


@pytest.mark.parametrize("directory", ["team x/job", "t" * 64 + "/job", "job"])
def test_a_directory_that_is_no_label(repository: Path, report: Report, directory: str) -> None:
    set_platform(repository, metadata={"tenantLabel": "tenant"})
    file = write_job(repository, minimal_job(), directory)
    assert found(report("validate"), "fleet/tenant-label") == [(file, "/jobName")]


@pytest.mark.parametrize("queue", ["Night", "a_b", "a..b", "q" * 64])
@pytest.mark.parametrize("queueing", ["kueue", "volcano"])
def test_a_queue_that_could_be_no_object(
    repository: Path, report: Report, queue: str, queueing: str
) -> None:
    set_platform(repository, scheduling={"queueing": queueing, "queue": queue})
    write_job(repository, minimal_job(scheduling={"queue": queue}))
    document = report("validate")
    wrong = [(d["pointer"], d["line"] is not None) for d in document["diagnostics"]]
    assert wrong == [("/scheduling/queue", True)] * 2
    assert {d["file"] for d in document["diagnostics"]} == {FILE, "platform.yaml"}


@pytest.mark.parametrize("name", ["gpu", "cpu", "memory", "/gpu", "Nvidia.com/gpu"])
@pytest.mark.parametrize("setting", ["clusters: {c1: {%s}}", "ray: {%s}"])
def test_gpus_are_counted_by_an_extended_resource(name: str, setting: str) -> None:
    """Any other would stand twice among what a worker asks for, or be refused by Kubernetes."""
    platform, problems = platform_from(setting % f"gpuResourceName: {name}")
    assert platform is None
    assert [problem.pointer.rpartition("/")[2] for problem in problems if problem.pointer] == [
        "gpuResourceName"
    ]
