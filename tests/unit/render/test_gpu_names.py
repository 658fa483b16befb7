"""GPUs under any name of a resource: Ray is told their number, and asks nobody for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from tests.helpers.bounds import platform
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.overrides import patched
from tests.helpers.trees import errors

NAMES = [
    "nvidia.com/gpu",
    "amd.com/gpu",
    # KubeRay 1.6 knows none of these: its utils/resources.go.
    "nvidia.com/gpu.shared",
    "nvidia.com/mig-1g.10gb.me",
    "gpu.intel.com/i915",
]


def job(**changes: Any) -> dict[str, Any]:
    made = minimal_job(**changes)
    made["resources"] |= {
        "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": 1},
        "instanceCount": 2,
    }
    return made


def rendered(root: Path) -> dict[str, Any]:
    """What is rendered of the job, by kind."""
    assert not pipeline.render(root).failed
    text = (root / "rendered/default/train-1.yaml").read_text(encoding="utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def worker(ray_job: Any) -> tuple[dict[str, str], dict[str, str]]:
    """What a worker's `ray start` is told, and the limits of its container."""
    (group,) = ray_job["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    (container,) = group["template"]["spec"]["containers"]
    assert container["resources"]["limits"] == container["resources"]["requests"]
    return group["rayStartParams"], container["resources"]["limits"]


@pytest.mark.parametrize("name", NAMES)
def test_ray_is_told_of_gpus_under_any_name(repository: Path, report: Report, name: str) -> None:
    platform(repository, json.dumps({"ray": {"gpuResourceName": name}}))
    write_job(repository, job())
    started, limits = worker(rendered(repository)["RayJob"])
    assert started["num-gpus"] == "1"
    assert limits == {"cpu": "4", "memory": "16Gi", name: "1"}
    assert errors(report("check", "--conformance", "embedded")) == []


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("further", [{}, {"object-store-memory": 2_000_000_000}])
def test_a_cluster_that_counts_them_otherwise_tells_ray_too(
    repository: Path, report: Report, name: str, further: dict[str, int]
) -> None:
    ray = {"worker": {"rayStartParams": further}}
    clusters = {"c1": {}, "c2": {"gpuResourceName": name}}
    platform(repository, json.dumps({"ray": ray, "clusters": clusters}))
    write_job(repository, job(targetClusters=["c1", "c2"]))
    objects = rendered(repository)
    for cluster, resource in (("c1", "nvidia.com/gpu"), ("c2", name)):
        copy = patched(objects["RayJob"], objects["OverridePolicy"], cluster)
        started, limits = worker(copy)
        assert started == {"num-gpus": "1", **{key: str(v) for key, v in further.items()}}
        assert limits == {"cpu": "4", "memory": "16Gi", resource: "1"}
    assert errors(report("check", "--conformance", "embedded")) == []


def test_without_gpus_there_is_nothing_to_tell(repository: Path) -> None:
    platform(repository, "ray: {gpuResourceName: gpu.intel.com/i915}\n")
    write_job(repository, minimal_job())
    started, limits = worker(rendered(repository)["RayJob"])
    assert started == {}
    assert set(limits) == {"cpu", "memory"}


def test_the_head_has_none_of_the_hosts(repository: Path) -> None:
    write_job(repository, job())
    cluster = rendered(repository)["RayJob"]["spec"]["rayClusterSpec"]
    assert cluster["headGroupSpec"]["rayStartParams"] == {"num-cpus": "0", "num-gpus": "0"}
