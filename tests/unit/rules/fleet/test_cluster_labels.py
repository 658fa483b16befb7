"""Of a job's target clusters only those count that may have the labels which it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.bounds import platform
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job

CLUSTERS = """\
clusters:
  small: {cpuCores: 7, gpus: 8, labels: {gpu: t4}}
  large: {cpuCores: 64, gpus: 8, labels: {gpu: a100, site: north}}
  other: {cpuCores: 64, gpus: 8, labels: {gpu: a100}}
  unknown: {cpuCores: 7, gpus: 8}
"""
A100 = {"clusterLabels": {"gpu": "a100"}}
T4 = {"clusterLabels": {"gpu": "t4"}}


def asking(
    clusters: list[str], scheduling: dict[str, Any], gpus: int = 0, name: str = "train-1"
) -> dict[str, Any]:
    """A copy takes 8 CPU cores: a head and one worker of 4, which has the GPUs."""
    job = minimal_job(name, targetClusters=clusters, scheduling=scheduling)
    job["resources"]["instanceResources"]["gpuCount"] = gpus
    return job


def validated(root: Path) -> tuple[int, list[str]]:
    """The exit code, and the findings about clusters and quotas without their file."""
    ran = rayjobs("validate", "--root", root)
    rules = ("fleet/does-not-fit", "fleet/never-chosen", "-quota]", "limit/")
    lines = [line for line in ran.stdout.splitlines() if any(rule in line for rule in rules)]
    return ran.returncode, [line.split(":", 1)[1] for line in lines]


def line_of(root: Path, text: str, after: str = "targetClusters") -> int:
    lines = (root / "jobs/team/train-1/params.json").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if after in line)
    return next(n for n, line in enumerate(lines, 1) if n > start and text in line)


@pytest.mark.parametrize("mode", [None, "all", "one-of", "ordered"])
def test_a_cluster_without_the_labels_need_not_hold_a_copy(
    repository: Path, mode: str | None
) -> None:
    platform(repository, CLUSTERS)
    chosen = {"mode": mode} if mode else {}
    write_job(repository, asking(["small", "large"], {**A100, **chosen}))
    assert validated(repository) == (0, [])
    write_job(repository, asking(["large", "small"], {**T4, **chosen}))
    assert validated(repository) == (
        1,
        [f"{line_of(repository, 'small')}:5: error[fleet/does-not-fit]: "
         "a copy is too large for small: 8 of 7 CPU cores"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scheduling", "finding"),
    [
        (A100, "error[fleet/does-not-fit]: a copy is too large for unknown: 8 of 7 CPU cores"),
        (
            {**A100, "mode": "one-of"},
            "warning[fleet/never-chosen]: a copy never runs here, it is too large for unknown: "
            "8 of 7 CPU cores",
        ),
    ],
)
def test_a_cluster_of_unknown_labels_may_have_them(
    repository: Path, scheduling: dict[str, Any], finding: str
) -> None:
    platform(repository, CLUSTERS)
    write_job(repository, asking(["small", "large", "unknown"], scheduling))
    at = f"{line_of(repository, 'unknown')}:5: "
    assert validated(repository) == (int("error" in finding), [at + finding])


def test_all_of_several_labels_have_to_be_there(repository: Path) -> None:
    platform(repository, CLUSTERS + "limits: {copies: 1}\n")
    both = {"clusterLabels": {"gpu": "a100", "site": "north"}}
    write_job(repository, asking(["large", "other"], both))
    assert validated(repository) == (0, [])
    write_job(repository, asking(["large", "other"], A100))
    at = line_of(repository, '"targetClusters"', "prefix")
    code, (found,) = validated(repository)
    assert code == 1
    assert found == (
        f"{at}:21: error[limit/maximum]: 2 full copies are more than the 1 that a job may have"
    )


def test_a_quota_counts_only_copies_on_clusters_with_the_labels(repository: Path) -> None:
    quotas = "quotas: {default: {gpus: 4}}\ntenants: {team: {quota: {gpus: 4}}}\n"
    platform(repository, CLUSTERS + quotas)
    write_job(repository, asking(["small", "large"], A100, gpus=4))
    assert validated(repository) == (0, [])
    write_job(repository, asking(["other", "large"], A100, gpus=4))
    code, found = validated(repository)
    assert code == 1
    assert found == [
        '6:26: error[fleet/namespace-quota]: the jobs in the namespace "default" take more than '
        "the quota: 8 of 4 GPUs",
        '7:32: error[fleet/tenant-quota]: the jobs of the tenant "team" take more than the quota: '
        "8 of 4 GPUs",
    ]


@pytest.mark.parametrize("mode", ["all", "one-of"])
def test_a_clusters_share_counts_a_job_that_its_labels_leave_there(
    repository: Path, mode: str
) -> None:
    """With one candidate left, also a job that runs once runs there for certain."""
    shares = "quotas: {default: {clusters: {small: {gpus: 0}, large: {gpus: 2}}}}\n"
    at = f"{CLUSTERS.count(chr(10)) + 1}:{shares.index('2') + 1}"
    platform(repository, CLUSTERS + shares)
    write_job(repository, asking(["small", "large"], {**A100, "mode": mode}, gpus=2))
    assert validated(repository) == (0, [])
    write_job(repository, asking(["small", "large"], {**A100, "mode": mode}, gpus=3))
    code, (found,) = validated(repository)
    assert code == 1
    assert found == (
        f'{at}: error[fleet/namespace-quota]: the jobs in the namespace "default" on large take '
        "more than the quota: 3 of 2 GPUs"
    )


def test_a_job_that_no_cluster_has_the_labels_for_takes_nothing(repository: Path) -> None:
    platform(repository, CLUSTERS + "quotas: {default: {cpuCores: 1}}\n")
    write_job(repository, asking(["small", "large"], {"clusterLabels": {"gpu": "h100"}}))
    ran = rayjobs("validate", "--root", repository)
    assert ran.returncode == 1
    assert "fleet/namespace-quota" not in ran.stdout
    assert (
        f"{line_of(repository, 'clusterLabels', 'targetClusters')}:22: error[fleet/cluster-labels]"
        in ran.stdout
    )
