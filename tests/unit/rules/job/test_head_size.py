"""The head's own size: a job's, else platform.yaml's, else a worker's, wherever sizes are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from generator.reports.footprint import footprint, footprint_in
from tests.helpers.bounds import found, places, platform
from tests.helpers.command import rayjobs
from tests.helpers.commits import changes, commit
from tests.helpers.jobs import USES_GPUS, Report, minimal_job, write_job
from tests.helpers.shown import shown, where


def job(head: dict[str, int] | None = None, **changes: Any) -> dict[str, Any]:
    """Two workers of 4 CPUs, 16 GiB and 1 GPU."""
    made = minimal_job(**{**USES_GPUS, **changes})
    made["resources"] |= {
        "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": 1},
        "instanceCount": 2,
    }
    if head is not None:
        made["resources"]["headResources"] = head
    return made


SIZES: list[tuple[dict[str, int] | None, str, tuple[int, int]]] = [
    (None, "", (4, 16)),
    ({}, "", (4, 16)),
    ({"cpuCores": 1, "memoryGiB": 6}, "", (1, 6)),
    ({"memoryGiB": 32}, "", (4, 32)),
    (None, "{cpuCores: 2, memoryGiB: 8}", (2, 8)),
    (None, "{memoryGiB: 8}", (4, 8)),
    ({"cpuCores": 1}, "{cpuCores: 2, memoryGiB: 8}", (1, 8)),
    ({"cpuCores": 1, "memoryGiB": 6}, "{cpuCores: 2, memoryGiB: 8}", (1, 6)),
]


@pytest.mark.parametrize(("own", "general", "size"), SIZES)
def test_everything_counts_the_same_head(
    repository: Path,
    report: Report,
    own: dict[str, int] | None,
    general: str,
    size: tuple[int, int],
) -> None:
    cores, memory = size
    platform(repository, f"ray: {{head: {general}}}\n" if general else "")
    write_job(repository, job(own, targetClusters=["c1", "c2"]))

    outcome = pipeline.render(repository)
    content = (repository / "rendered/default/train-1.yaml").read_bytes()
    cluster = next(yaml.safe_load_all(content))["spec"]["rayClusterSpec"]
    (head,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    amounts = {"cpu": str(cores), "memory": f"{memory}Gi"}
    assert head["resources"] == {"requests": amounts, "limits": amounts}
    (worker,) = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"]
    assert worker["resources"]["limits"] == {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}

    taken = ((cores + 8) * 2, (memory + 32) * 2, 4)
    (summary,) = outcome.jobs
    assert (summary.cpu_cores, summary.memory_gib, summary.gpus) == taken
    assert footprint_in(content) == footprint(summary)
    (told,) = report("validate")["jobs"]
    assert (told["cpuCores"], told["memoryGiB"], told["gpus"]) == taken
    ran = rayjobs("list", "--root", repository, "--format", "json")
    (listed,) = json.loads(ran.stdout)["jobs"]
    assert (listed["cpuCores"], listed["memoryGiB"], listed["gpus"]) == taken


@pytest.mark.parametrize(
    ("bound", "rule"),
    [
        ("tenants: {team: {quota: {cpuCores: CORES}}}", "fleet/tenant-quota"),
        ("quotas: {default: {cpuCores: CORES}}", "fleet/namespace-quota"),
        ("clusters: {c1: {cpuCores: CORES}}", "fleet/does-not-fit"),
        ("limits: {total: {cpuCores: CORES}}", "limit/maximum"),
    ],
)
def test_bounds_count_the_head_as_it_is(repository: Path, bound: str, rule: str) -> None:
    write_job(repository, job({"cpuCores": 2}))
    platform(repository, bound.replace("CORES", "10"))
    assert places(repository) == []
    platform(repository, bound.replace("CORES", "9"))
    (one,) = found(repository)
    assert one.rule.id == rule
    assert "10 of 9 CPU cores" in one.message


def test_an_instance_is_a_head_too(repository: Path) -> None:
    platform(repository, "limits: {instance: {cpuCores: 8, memoryGiB: 32}}\n")
    write_job(repository, job({"cpuCores": 9, "memoryGiB": 33}))
    assert places(repository) == [
        ("limit/maximum", "/resources/headResources/cpuCores"),
        ("limit/maximum", "/resources/headResources/memoryGiB"),
    ]
    assert all(one.line is not None for one in found(repository))
    write_job(repository, job({"cpuCores": 8, "memoryGiB": 32}))
    assert places(repository) == []


def test_the_platforms_own_head_is_no_larger_than_an_instance_may_be(repository: Path) -> None:
    limits = "limits: {instance: {cpuCores: 8, memoryGiB: 32}}"
    write_job(repository, job())
    platform(repository, f"ray: {{head: {{cpuCores: 9, memoryGiB: 33}}}}\n{limits}\n")
    assert [(one.rule.id, one.file, one.pointer) for one in found(repository)] == [
        ("platform/range", "platform.yaml", "/ray/head/cpuCores"),
        ("platform/range", "platform.yaml", "/ray/head/memoryGiB"),
    ]
    platform(repository, f"ray: {{head: {{cpuCores: 8, memoryGiB: 32}}}}\n{limits}\n")
    assert places(repository) == []


def test_each_amount_says_where_it_comes_from(repository: Path) -> None:
    platform(repository, "ray:\n  head:\n    memoryGiB: 8\n")
    file = write_job(repository, job({}))
    values = shown(repository, "train-1")
    workers = values["resources.instanceResources.cpuCores"]
    assert where(values["resources.headResources.cpuCores"]) == where(workers)
    assert workers["file"] == file
    memory = values["resources.headResources.memoryGiB"]
    assert where(memory) == (8, "platform", "platform.yaml", 3, 16)
    write_job(repository, job({"cpuCores": 2}))
    values = shown(repository, "train-1")
    assert values["resources.headResources.cpuCores"]["value"] == 2
    assert values["resources.headResources.cpuCores"]["from"] == "job"


def test_a_template_may_fix_the_head(repository: Path) -> None:
    given = {"resources": {"headResources": {"cpuCores": 2, "memoryGiB": 8}}}
    (repository / "templates").mkdir()
    (repository / "templates/small.json").write_text(json.dumps(given))
    fixed = "fixed: [resources.headResources]"
    platform(repository, f"templates: {{small: {{file: templates/small.json, {fixed}}}}}\n")
    write_job(repository, job(template="small"))
    (summary,) = pipeline.validate(repository, []).jobs
    assert (summary.cpu_cores, summary.memory_gib) == (10, 40)
    cores = shown(repository, "train-1")["resources.headResources.cpuCores"]
    assert (cores["value"], cores["from"], cores["fixed"]) == (2, "template", True)
    write_job(repository, job({"memoryGiB": 9}, template="small"))
    assert places(repository) == [("template/fixed-field", "/resources/headResources")]


def test_a_fixed_worker_does_not_fix_the_head(repository: Path) -> None:
    given = {"resources": {"instanceResources": {"cpuCores": 4, "memoryGiB": 16}}}
    (repository / "templates").mkdir()
    (repository / "templates/small.json").write_text(json.dumps(given))
    fixed = "fixed: [resources.instanceResources]"
    platform(repository, f"templates: {{small: {{file: templates/small.json, {fixed}}}}}\n")
    own = minimal_job(template="small")
    del own["resources"]["instanceResources"]
    write_job(repository, own)
    cores = shown(repository, "train-1")["resources.headResources.cpuCores"]
    assert (cores["value"], cores["from"], cores["fixed"]) == (4, "template", False)


def test_a_head_that_changes_is_said_once_at_its_line(repository: Path) -> None:
    for name in ("a", "b"):
        write_job(repository, job(jobName=name))
    write_job(repository, job({"cpuCores": 1, "memoryGiB": 4}, jobName="own"))
    commit(repository)
    platform(repository, "limits: {maxWaitSeconds: {maximum: 600, default: 600}}\n")
    waits = changes(repository)
    assert [one.pointer for one in waits] == ["/limits/maxWaitSeconds/default"]
    platform(repository, "ray: {head: {cpuCores: 2}}\n")
    (one,) = changes(repository)
    assert (one.rule.id, one.pointer) == ("base/rerendered", "/ray/head/cpuCores")
    assert "of 2 jobs that did not change: default/a, default/b" in one.message
