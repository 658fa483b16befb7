"""Placement: the exact policy of each scheduling mode, and what the reports say of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.placements import CLUSTERS, PLACEMENTS, gpu_job, policy

AGGREGATED = {
    "replicaScheduling": {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Aggregated",
    }
}

ON_ALL = "train-1 runs a full copy on each of 3 clusters (gpu-b, gpu-a, gpu-c): 6 workers, 24 GPUs"
WORDS = {
    None: f"{ON_ALL} in all",
    "all": f"{ON_ALL} in all",
    "one-of": "train-1 runs once, on gpu-a, the first by name of gpu-a, gpu-b, gpu-c: "
    "2 workers, 8 GPUs",
    "ordered": "train-1 runs once, on gpu-b, the first in the order gpu-b, gpu-a, gpu-c: "
    "2 workers, 8 GPUs",
}
COPIES = {None: 3, "all": 3, "one-of": 1, "ordered": 1}


def set_default(root: Path, mode: str) -> None:
    (root / "platform.yaml").write_text(f"scheduling:\n  mode: {mode}\n", encoding="utf-8")


def holds(root: Path, report: Report, mode: str | None) -> None:
    """Render, then compare the policy, the json report and the text of ``mode``."""
    document = report("render")
    (job,) = document["jobs"]
    assert job == {
        "file": "jobs/team/train-1/params.json",
        "name": "train-1",
        "namespace": "default",
        "clusters": CLUSTERS,
        "copies": COPIES[mode],
        "gpus": COPIES[mode] * 8,
        # Two workers and a head of 4 CPUs and 16 GiB.
        "cpuCores": COPIES[mode] * 12,
        "memoryGiB": COPIES[mode] * 48,
        "placement": WORDS[mode].removeprefix("train-1 "),
    }
    assert policy(root) == {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {
            "name": "train-1-propagation",
            "namespace": "default",
            "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        },
        "spec": {
            "resourceSelectors": [{"apiVersion": "ray.io/v1", "kind": "RayJob", "name": "train-1"}],
            "placement": PLACEMENTS[mode],
        },
    }
    # Only a job for which nobody chose is warned about.
    rules = [(d["rule"], d["severity"]) for d in document["diagnostics"]]
    assert rules == ([] if mode else [("fleet/full-copies", "warning")])
    text = rayjobs("validate", "--root", root)
    assert text.returncode == 0
    assert WORDS[mode] in text.stdout.splitlines()


@pytest.mark.parametrize("mode", PLACEMENTS)
def test_a_mode_of_the_job(repository: Path, report: Report, mode: str | None) -> None:
    write_job(repository, gpu_job(mode))
    holds(repository, report, mode)


@pytest.mark.parametrize("mode", ["all", "one-of", "ordered"])
def test_the_platforms_default(repository: Path, report: Report, mode: str) -> None:
    set_default(repository, mode)
    write_job(repository, gpu_job(None))
    holds(repository, report, mode)


@pytest.mark.parametrize(("default", "mode"), [("all", "one-of"), ("ordered", "all")])
def test_the_jobs_own_mode_wins(repository: Path, report: Report, default: str, mode: str) -> None:
    set_default(repository, default)
    write_job(repository, gpu_job(mode))
    holds(repository, report, mode)


ESTIMATED: dict[str | None, tuple[dict[str, Any], str]] = {
    None: (PLACEMENTS[None], WORDS[None]),
    "all": (PLACEMENTS["all"], WORDS["all"]),
    "one-of": (
        {**PLACEMENTS["one-of"], **AGGREGATED},
        "train-1 runs once, on the one with the most room of gpu-a, gpu-b, gpu-c: "
        "2 workers, 8 GPUs",
    ),
    "ordered": (
        {
            **PLACEMENTS["ordered"],
            "spreadConstraints": PLACEMENTS["one-of"]["spreadConstraints"],
            **AGGREGATED,
        },
        "train-1 runs once, on the first with room of gpu-b, gpu-a, gpu-c: 2 workers, 8 GPUs",
    ),
}


@pytest.mark.parametrize("mode", ESTIMATED)
def test_karmada_looks_for_room_with_components(
    repository: Path, report: Report, mode: str | None
) -> None:
    text = "scheduling: {estimation: components}\n"
    (repository / "platform.yaml").write_text(text, encoding="utf-8")
    write_job(repository, gpu_job(mode))
    placement, words = ESTIMATED[mode]
    (job,) = report("render")["jobs"]
    assert policy(repository)["spec"]["placement"] == placement
    assert job["placement"] == words.removeprefix("train-1 ")
    checked = rayjobs("check", "--conformance", "embedded", "--root", repository)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("clusters", "gpus", "words", "never"),
    [
        (["amd", "c1"], 1, "once, on c1:", [0]),
        (["c2", "amd", "c1"], 1, "once, on the one with the most room of c1, c2:", [1]),
        (["amd", "intel"], 1, "nowhere: each of amd, intel always looks full", [0, 1]),
        (["amd"], 1, "once, on amd:", []),
        (["amd", "c1"], 0, "once, on the one with the most room of amd, c1:", []),
    ],
)
def test_a_cluster_with_other_gpus_looks_full(
    repository: Path, report: Report, clusters: list[str], gpus: int, words: str, never: list[int]
) -> None:
    names = {"amd": "amd.com/gpu", "intel": "gpu.intel.com/i915"}
    described = {name: {"gpuResourceName": gpu} for name, gpu in names.items()}
    settings = {
        "clusters": {**described, "c1": {}, "c2": {}},
        "scheduling": {"estimation": "components"},
    }
    (repository / "platform.yaml").write_text(json.dumps(settings), encoding="utf-8")
    write_job(repository, gpu_job("one-of", clusters, gpus))
    document = report("validate")
    assert document["jobs"][0]["placement"].startswith(f"runs {words}")
    found = [(one["rule"], one["pointer"]) for one in document["diagnostics"]]
    assert found == [("fleet/never-estimated", f"/targetClusters/{index}") for index in never]


def test_one_cluster_is_one_copy(repository: Path, report: Report) -> None:
    for number, mode in enumerate(PLACEMENTS):
        write_job(repository, {**gpu_job(mode, ["gpu-a"], gpus=0), "jobName": f"train-{number}"})
    document = report("validate")
    assert document["diagnostics"] == []
    assert [(job["copies"], job["gpus"]) for job in document["jobs"]] == [(1, 0)] * 4
    lines = rayjobs("validate", "--root", repository).stdout.splitlines()
    for number in range(4):
        assert f"train-{number} runs once, on gpu-a: 2 workers, no GPUs" in lines


def test_full_copies_are_warned_about_with_the_way_out(repository: Path, report: Report) -> None:
    file = write_job(repository, gpu_job(None))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["file"], found["pointer"]) == (
        "fleet/full-copies",
        file,
        "/targetClusters",
    )
    assert WORDS[None] in found["message"]
    assert json.dumps({"scheduling": {"mode": "one-of"}})[1:-1] in found["hint"]


@pytest.mark.parametrize("mode", [None, "ordered"])
def test_what_jobs_share_is_on_every_cluster(repository: Path, mode: str | None) -> None:
    job = gpu_job(mode)
    job["resources"]["volumeSizeGB"] = 5
    write_job(repository, job)
    other = minimal_job("train-2", targetClusters=["gpu-d", "gpu-a"])
    write_job(repository, {**other, "scheduling": {"mode": "one-of"}})
    assert rayjobs("render", "--root", repository).returncode == 0
    for file in ("storage/kham-pv-for-xgboost.yaml", "credentials/s3-credentials.yaml"):
        spec = policy(repository, f"rendered/default/{file}")["spec"]
        assert spec["placement"] == {
            "clusterAffinity": {"clusterNames": ["gpu-a", "gpu-b", "gpu-c", "gpu-d"]}
        }
        assert spec["preserveResourcesOnDeletion"] is True
        assert spec["conflictResolution"] == "Overwrite"
