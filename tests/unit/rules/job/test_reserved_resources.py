"""What a job reserves and what its processes need: CPUs, memory, and somebody who ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.rules.job.job import check_job
from tests.helpers.jobs import Report, minimal_job, write_job

BUILT_IN = {
    name: {"image": f"registry.example/team/{name}:1", "entrypoint": "python t.py"}
    for name in ("jax", "lightgbm", "pytorch", "tensorflow")
}
OWN: dict[str, Any] = {
    "headImage": "registry.example/t/x:1",
    "workerImage": "registry.example/t/x:1",
}
DEFAULT = "kiepdoden123/iris-training-ray:v1.2"
CONTAINER: dict[str, Any] = {
    "algorithm": {"source": "container", "algorithmName": "resnet"},
    "entrypoint": "python t.py",
    **OWN,
}
CPUS = "/resources/instanceResources/cpuCores"
MEMORY = "/resources/instanceResources/memoryGiB"


def asking(
    name: str = "xgboost",
    /,
    *,
    cpus: int = 4,
    memory: int = 16,
    gpus: int = 0,
    workers: int = 1,
    **changes: Any,
) -> dict[str, Any]:
    job = minimal_job(**{"algorithm": {"algorithmName": name}, **changes})
    instance = {"cpuCores": cpus, "memoryGiB": memory, "gpuCount": gpus}
    job["resources"] |= {"instanceResources": instance, "instanceCount": workers}
    return job


def found(job: dict[str, Any], rule: str, **platform: Any) -> list[Diagnostic]:
    settings = Platform.model_validate({"algorithms": BUILT_IN, **platform})
    return [one for one in check_job(Job.model_validate(job), settings) if one.rule.id == rule]


# CPUs


@pytest.mark.parametrize("algorithm", ["pytorch", "tensorflow", "jax", "lightgbm", "xgboost"])
def test_a_process_a_gpu_needs_a_cpu_each(algorithm: str) -> None:
    own = OWN if algorithm == "xgboost" else {}
    job = asking(algorithm, cpus=2, gpus=4, workers=2, **own)
    (one,) = found(job, "job/few-cpus")
    assert (one.pointer, one.is_error) == (CPUS, True)
    assert one.message.startswith("each worker starts 4 training processes, one a GPU, and has 2")
    assert "8 processes, which take a CPU each, on 4 CPUs" in one.message
    assert one.hint == 'write "cpuCores": 4 or more, or "gpuCount": 2 or less'


@pytest.mark.parametrize(
    "job",
    [
        asking("pytorch", cpus=4, gpus=4, workers=2),
        asking("pytorch", cpus=1, gpus=1),
        asking("pytorch", cpus=1),
        # Ray Train asks for no CPU beside a GPU, and of a container's script nothing is known.
        asking(cpus=2, gpus=4, workers=2),
        asking(cpus=2, gpus=4, headImage=DEFAULT, workerImage=DEFAULT),
        asking(cpus=2, gpus=4, **CONTAINER),
    ],
)
def test_where_each_process_has_a_cpu_nothing_is_said(job: dict[str, Any]) -> None:
    assert found(job, "job/few-cpus") == []


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("images", [{}, {"headImage": DEFAULT, "workerImage": DEFAULT}])
def test_one_cpu_has_no_room_for_the_coordinator(workers: int, images: dict[str, Any]) -> None:
    (one,) = found(asking(cpus=1, workers=workers, **images), "job/one-cpu")
    assert (one.pointer, one.is_error) == (CPUS, False)
    assert f"the {workers + 1} CPUs" in one.message


@pytest.mark.parametrize(
    "job",
    [
        asking(cpus=1, gpus=1),
        asking(cpus=2),
        asking(cpus=1, **OWN),
        asking(cpus=1, entrypoint="python /opt/own.py"),
        asking("lightgbm", cpus=1),
        asking("pytorch", cpus=1, workers=3),
        asking(cpus=1, **CONTAINER),
    ],
)
def test_one_cpu_is_enough_elsewhere(job: dict[str, Any]) -> None:
    assert found(job, "job/one-cpu") == []


def test_one_cpu_is_enough_for_an_image_of_platform_yaml() -> None:
    image = {**BUILT_IN, "xgboost": {"image": "registry.example/team/xgb:1"}}
    assert found(asking(cpus=1), "job/one-cpu", algorithms=image) == []


# Memory


@pytest.mark.parametrize(
    ("memory", "head", "platform", "pointers"),
    [
        (1, None, None, [MEMORY]),
        (2, None, None, []),
        (1, 4, None, [MEMORY]),
        (1, None, 4, [MEMORY]),
        (16, 1, None, ["/resources/headResources/memoryGiB"]),
        (1, 1, None, ["/resources/headResources/memoryGiB", MEMORY]),
        (16, None, 1, []),
        (16, 2, 1, []),
    ],
)
def test_little_memory_is_said_where_it_is_written(
    memory: int, head: int | None, platform: int | None, pointers: list[str]
) -> None:
    job = asking(memory=memory)
    if head is not None:
        job["resources"]["headResources"] = {"memoryGiB": head}
    ray = {"head": {"memoryGiB": platform}} if platform is not None else {}
    said = found(job, "job/little-memory", ray=ray)
    assert [one.pointer for one in said] == pointers
    assert not any(one.is_error for one in said)


def test_whose_memory_it_is_is_said() -> None:
    (head,) = found(asking(memory=1), "job/little-memory")
    (worker,) = found(asking(memory=1), "job/little-memory", ray={"head": {"memoryGiB": 4}})
    assert "on the head" in head.message
    assert "on a worker" in worker.message


def test_a_little_head_of_platform_yaml_is_said_there_once(
    repository: Path, report: Report
) -> None:
    (repository / "platform.yaml").write_text("ray:\n  head: {memoryGiB: 1}\n")
    for name in ("a", "b"):
        write_job(repository, minimal_job(name))
    said = [(d["rule"], d["file"], d["line"]) for d in report("validate")["diagnostics"]]
    assert said == [("job/little-memory", "platform.yaml", 2)]


def test_a_container_has_a_head_too() -> None:
    assert found(asking(memory=1, **CONTAINER), "job/little-memory")


@pytest.mark.parametrize(
    ("cpus", "gpus", "idle", "hint"),
    [(11, 4, 3, '"cpuCores": 8 or 12'), (3, 2, 1, '"cpuCores": 2 or 4'), (5, 4, 1, "4 or 8")],
)
def test_cpus_that_no_gpu_gets(cpus: int, gpus: int, idle: int, hint: str) -> None:
    (one,) = found(asking("pytorch", cpus=cpus, gpus=gpus), "job/idle-cpus")
    assert (one.pointer, one.is_error) == (CPUS, False)
    assert f"{idle} of the {cpus} that it reserves" in one.message
    assert hint in one.hint


@pytest.mark.parametrize(("cpus", "gpus"), [(8, 4), (7, 1), (7, 0), (2, 4)])
def test_cpus_that_are_shared_out(cpus: int, gpus: int) -> None:
    assert found(asking("pytorch", cpus=cpus, gpus=gpus), "job/idle-cpus") == []


def test_of_a_script_that_is_not_ours_no_share_is_known() -> None:
    assert found(asking(cpus=11, gpus=4), "job/idle-cpus") == []
    assert found(asking(cpus=11, gpus=4, **CONTAINER), "job/idle-cpus") == []


# An end


@pytest.mark.parametrize("kind", [{}, {"algorithm": {"algorithmName": "pytorch"}}, CONTAINER])
def test_a_job_with_gpus_that_nothing_ends(kind: dict[str, Any]) -> None:
    (one,) = found(asking(cpus=8, gpus=8, workers=4, **kind), "job/no-deadline")
    assert (one.pointer, one.location.on_key, one.is_error) == ("/resources", True, False)
    assert (
        one.message
        == "nothing ends the job: it may wait for its GPUs, or keep its GPUs (32) for ever"
    )
    assert one.hint.startswith('add "stoppingCondition": {"maxRuntimeSeconds": 14400}')


@pytest.mark.parametrize(
    ("changes", "limits", "added"),
    [
        ({"stoppingCondition": {"maxWaitSeconds": 7200}}, {}, '"maxRuntimeSeconds": 14400'),
        ({}, {"maxWaitSeconds": {"default": 3600}}, '"stoppingCondition": {'),
        ({}, {"maxWaitSeconds": {"default": 60, "maximum": 3600}}, '"stoppingCondition": {'),
    ],
)
def test_an_end_of_waiting_does_not_end_what_runs(
    changes: dict[str, Any], limits: dict[str, Any], added: str
) -> None:
    (one,) = found(asking(gpus=1, **changes), "job/no-deadline", limits=limits)
    assert one.message == "nothing ends the job: it may keep its GPUs (1) for ever"
    assert added in one.hint
    assert ("to stoppingCondition" in one.hint) == bool(changes)


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({"stoppingCondition": {"maxRuntimeSeconds": 7200}}, {}),
        ({}, {"maxRuntimeSeconds": {"default": 3600}}),
        ({}, {"maxRuntimeSeconds": {"maximum": 3600}}),
    ],
)
def test_a_job_that_something_ends(changes: dict[str, Any], limits: dict[str, Any]) -> None:
    assert found(asking(gpus=1, **changes), "job/no-deadline", limits=limits) == []


def test_a_job_without_gpus_may_run_for_ever() -> None:
    assert found(asking(workers=4), "job/no-deadline") == []


def test_an_unbounded_run_is_one_mistake(repository: Path, report: Report) -> None:
    limits = "limits: {maxRuntimeSeconds: {maximum: 3600}}\n"
    (repository / "platform.yaml").write_text(limits)
    write_job(repository, asking(gpus=1, hyperparameters={"xgboost": {"tree_method": "gpu_hist"}}))
    rules = {d["rule"] for d in report("validate")["diagnostics"]}
    assert rules == {"limit/unbounded-run"}


# Variables


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("device", "cuda where gpuCount is above 0"),
        ("DEVICE", "cuda where gpuCount is above 0"),
        ("cpus_per_worker", "cpuCores"),
        ("GPUS_PER_WORKER", "gpuCount"),
        ("num_worker", "instanceCount"),
        ("eta", "choose another name"),
    ],
)
def test_what_the_resources_say_is_no_hyperparameter(name: str, instead: str) -> None:
    (one,) = found(asking(customHyperparameters={name: "cuda"}), "job/custom-name")
    assert (one.pointer, one.is_error) == (f"/customHyperparameters/{name}", True)
    assert instead in one.hint
