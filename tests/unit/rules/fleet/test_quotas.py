"""Quotas of tenants and namespaces: who takes what, and the object that holds it in members."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.check import pipeline
from generator.check.outcome import summarise
from generator.diagnostics import Located
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet, Submission
from generator.rules.fleet.quotas import check_quotas
from tests.helpers.bounds import platform
from tests.helpers.command import rayjobs
from tests.helpers.jobs import USES_GPUS, Report, minimal_job, write_job

QUOTA_RULES = ("fleet/tenant-quota", "fleet/namespace-quota")


def gpu_job(name: str, gpus: int, clusters: list[str], mode: str = "all") -> dict[str, Any]:
    """One worker with ``gpus`` GPUs; head and worker have 4 CPUs and 16 GiB each."""
    job = minimal_job(name, targetClusters=clusters, scheduling={"mode": mode}, **USES_GPUS)
    job["resources"]["instanceResources"]["gpuCount"] = gpus
    return job


def exceeded(root: Path) -> list[Located]:
    outcome = pipeline.validate(root, [])
    return [found for found in outcome.diagnostics if found.rule.id in QUOTA_RULES]


def test_a_tenants_jobs_together(repository: Path) -> None:
    platform(repository, "tenants:\n  team:\n    quota:\n      cpuCores: 99\n      gpus: 8\n")
    write_job(repository, gpu_job("a", 3, ["c1"]))
    write_job(repository, gpu_job("b", 2, ["c1", "c2"]))
    assert exceeded(repository) == []
    write_job(repository, gpu_job("c", 2, ["c1", "c2", "c3"], mode="one-of"))
    (one,) = exceeded(repository)
    assert (one.rule.id, one.file, one.line) == ("fleet/tenant-quota", "platform.yaml", 5)
    assert one.is_error
    assert '"team"' in one.message
    assert "9 of 8 GPUs" in one.message
    assert "CPU" not in one.message


def test_the_table_is_readable_in_the_text_report(repository: Path) -> None:
    platform(repository, "tenants: {team: {quota: {cpuCores: 20}}, other: {}}\n")
    write_job(repository, gpu_job("a", 0, ["c1"]))
    write_job(repository, gpu_job("b", 3, ["c1", "c2"]))
    write_job(repository, gpu_job("c", 100, ["c1"]), "other/c")
    ran = rayjobs("validate", "--root", repository)
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "[fleet/tenant-quota]" in line)
    assert lines[at + 3 : at + 8] == [
        "    CPU cores  GiB  GPUs  copies  job",
        "           16   64     6       2  jobs/team/b/params.json",
        "            8   32     0       1  jobs/team/a/params.json",
        "           24   96     6       3  together",
        "           20    -     -          quota",
    ]


def test_the_table_is_in_the_other_reports_too(repository: Path, report: Report) -> None:
    platform(repository, "quotas: {default: {gpus: 1}}\n")
    write_job(repository, gpu_job("a", 2, ["c1"]))
    (found,) = report("validate")["diagnostics"]
    assert [line.split()[-1] for line in found["details"]] == [
        "job",
        "jobs/team/a/params.json",
        "together",
        "quota",
    ]
    for name in ("github", "sarif", "junit", "markdown"):
        ran = rayjobs("validate", "--root", repository, "--format", name)
        assert all(line.strip() in ran.stdout for line in found["details"]), name


def test_a_long_table_ends_with_how_many_more(repository: Path) -> None:
    platform(repository, "tenants: {team: {quota: {gpus: 100}}}\n")
    for number in range(23):
        write_job(repository, gpu_job(f"job-{number:02}", number + 1, ["c1"]))
    (one,) = exceeded(repository)
    assert len(one.details) == 1 + 20 + 3
    assert one.details[1].endswith("jobs/team/job-22/params.json")
    # The three smallest: 1, 2 and 3 GPUs.
    assert one.details[21].split() == ["24", "96", "6", "3", "3", "more", "jobs"]
    assert one.details[22].split() == ["184", "736", "276", "23", "together"]


def test_a_namespaces_jobs_and_those_of_a_cluster(repository: Path) -> None:
    shares = "{c1: {gpus: 4}, c2: {gpus: 4}}"
    platform(repository, f"namespaces: [ns]\nquotas: {{ns: {{gpus: 10, clusters: {shares}}}}}\n")
    for job in (
        gpu_job("a", 3, ["c1", "c2"]),
        gpu_job("b", 2, ["c1"], mode="one-of"),
        # It may run on either, so that neither share has it for certain.
        gpu_job("c", 2, ["c1", "c2"], mode="one-of"),
        gpu_job("elsewhere", 90, ["c1"]),
    ):
        other = job["jobName"] == "elsewhere"
        write_job(repository, {**job, "namespace": "default" if other else "ns"})
    (one,) = exceeded(repository)
    assert (one.rule.id, one.pointer) == ("fleet/namespace-quota", "/quotas/ns/clusters/c1/gpus")
    assert 'in the namespace "ns" on c1' in one.message
    assert "5 of 4 GPUs" in one.message
    write_job(repository, {**gpu_job("d", 1, ["c2", "c3"], mode="one-of"), "namespace": "ns"})
    pointers = [found.pointer for found in exceeded(repository)]
    assert pointers == ["/quotas/ns/gpus", "/quotas/ns/clusters/c1/gpus"]


# Submitters, which only a ResourceQuota counts


def shares(root: Path, **of_clusters: str) -> None:
    """A quota of the namespace default with these shares, large enough for all of them."""
    given = ", ".join(f"{name}: {{{share}}}" for name, share in of_clusters.items())
    whole = "cpuCores: 1000, memoryGiB: 4000, gpus: 100"
    platform(root, f"quotas:\n  default: {{{whole}, clusters: {{{given}}}}}\n")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("cpuCores: 8, memoryGiB: 32", "c1: 8.5 of 8 CPU cores, 32.2 of 32 GiB of memory"),
        ("cpuCores: 8", "c1: 8.5 of 8 CPU cores"),
        ("cpuCores: 9, memoryGiB: 32", "c1: 32.2 of 32 GiB of memory"),
    ],
)
def test_a_job_that_leaves_its_submitter_no_room(repository: Path, share: str, words: str) -> None:
    shares(repository, c1=share)
    file = write_job(repository, gpu_job("a", 0, ["c1"]))
    (one,) = exceeded(repository)
    assert (one.rule.id, one.file, one.pointer) == ("fleet/namespace-quota", file, "/resources")
    assert one.is_error
    assert one.line is not None
    assert one.message.endswith(words)
    assert "half a core and 200 MiB" in one.hint
    assert [line.split() for line in one.details[1:4]] == [
        ["8", "32", "0", "1", file],
        ["0.5", "0.2", "0", "submitters"],
        ["8.5", "32.2", "0", "1", "together"],
    ]


@pytest.mark.parametrize(
    "share", ["cpuCores: 9, memoryGiB: 33", "cpuCores: 9", "memoryGiB: 33", "gpus: 2", ""]
)
def test_a_job_that_leaves_its_submitter_room(repository: Path, share: str) -> None:
    shares(repository, c1=share)
    write_job(repository, gpu_job("a", 2, ["c1"]))
    assert exceeded(repository) == []


@pytest.mark.parametrize(
    "settings",
    [
        "quotas: {default: {cpuCores: 8, memoryGiB: 32}}",
        "quotas: {default: {cpuCores: 8, memoryGiB: 32, clusters: {c2: {cpuCores: 8}}}}",
        "quotas: {default: {cpuCores: 8, memoryGiB: 32, clusters: {c1: {gpus: 1}}}}",
        "tenants: {team: {quota: {cpuCores: 8, memoryGiB: 32}}}",
    ],
)
def test_what_no_cluster_holds_needs_no_room_for_it(repository: Path, settings: str) -> None:
    platform(repository, settings + "\n")
    write_job(repository, gpu_job("a", 0, ["c1"]))
    assert exceeded(repository) == []


def test_a_job_with_shares_to_itself_is_told_once(repository: Path) -> None:
    shares(repository, c1="cpuCores: 8", c2="cpuCores: 64", c3="memoryGiB: 32")
    file = write_job(repository, gpu_job("a", 0, ["c1", "c2", "c3"]))
    (one,) = exceeded(repository)
    assert one.file == file
    assert one.message.endswith("c1: 8.5 of 8 CPU cores; c3: 32.2 of 32 GiB of memory")


def test_jobs_that_leave_their_submitters_no_room(repository: Path) -> None:
    shares(repository, c1="cpuCores: 24")
    for name in "abc":
        write_job(repository, gpu_job(name, 0, ["c1"]))
    (one,) = exceeded(repository)
    assert (one.file, one.line) == ("platform.yaml", 2)
    assert one.pointer == "/quotas/default/clusters/c1/cpuCores"
    assert "on c1 leave no room for their submitters: 25.5 of 24 CPU cores" in one.message
    assert [line.split() for line in one.details[4:7]] == [
        ["1.5", "0.6", "0", "submitters"],
        ["25.5", "96.6", "0", "3", "together"],
        ["24", "-", "-", "quota"],
    ]
    shares(repository, c1="cpuCores: 26")
    assert exceeded(repository) == []


def test_jobs_that_are_too_many_without_submitters(repository: Path) -> None:
    shares(repository, c1="cpuCores: 12")
    for name in "ab":
        write_job(repository, gpu_job(name, 0, ["c1"]))
    (one,) = exceeded(repository)
    assert one.file == "platform.yaml"
    assert "on c1 take more than the quota: 17 of 12 CPU cores" in one.message


def test_a_job_that_may_run_elsewhere_needs_no_room(repository: Path) -> None:
    shares(repository, c1="cpuCores: 8", c2="cpuCores: 8")
    write_job(repository, gpu_job("a", 0, ["c1", "c2"], mode="one-of"))
    assert exceeded(repository) == []


@pytest.mark.parametrize("severity", ["warning", "off"])
def test_the_platform_weighs_quotas_and_jobs_do_not(repository: Path, severity: str) -> None:
    rules = f"rules: {{fleet/tenant-quota: '{severity}'}}\n"
    platform(repository, f"tenants: {{team: {{quota: {{gpus: 0}}}}}}\n{rules}")
    write_job(repository, gpu_job("a", 1, ["c1"]))
    found = exceeded(repository)
    assert [str(one.severity) for one in found] == ([] if severity == "off" else [severity])
    platform(repository, "tenants: {team: {quota: {gpus: 0}}}\n")
    ignore = {"ignore": [{"rule": "fleet/tenant-quota", "reason": "meant"}]}
    write_job(repository, {**gpu_job("a", 1, ["c1"]), "rayjobs": ignore})
    assert [one.is_error for one in exceeded(repository)] == [True]


def fleet_of(shapes: list[tuple[int, int, int, int, str]], most: int | None) -> Fleet:
    submissions = []
    for number, (cpu, memory, gpus, clusters, mode) in enumerate(shapes):
        job = gpu_job(f"job-{number}", gpus, [f"c{n}" for n in range(clusters)], mode)
        job["resources"]["instanceResources"] |= {"cpuCores": cpu, "memoryGiB": memory}
        submissions.append(Submission(f"jobs/t/{number}/params.json", Job.model_validate(job)))
    quota = {} if most is None else {"cpuCores": most, "memoryGiB": most, "gpus": most}
    platform = Platform.model_validate({"tenants": {"t": {"quota": quota}}})
    return Fleet(tuple(submissions), platform)


small = st.integers(1, 9)
shapes = st.tuples(small, small, small, st.integers(1, 3), st.sampled_from(["all", "one-of"]))


@given(st.lists(shapes, max_size=25), st.integers(1, 300))
def test_what_counts_is_what_the_report_says_of_each_job(
    given_shapes: list[tuple[int, int, int, int, str]], most: int
) -> None:
    fleet = fleet_of(given_shapes, most)
    jobs = [summarise(fleet.resolved(submission)) for submission in fleet.submissions]
    sums = [sum(j.cpu_cores for j in jobs), sum(j.memory_gib for j in jobs)]
    sums.append(sum(j.gpus for j in jobs))
    found = list(check_quotas(fleet))
    assert bool(found) == any(amount > most for amount in sums)
    for one in found:
        *_, together, quota = one.details
        assert [int(word.replace(",", "")) for word in together.split()[:3]] == sums
        assert quota.split()[:3] == [str(most)] * 3
    assert list(check_quotas(fleet_of(given_shapes, None))) == []


# The rendered object


def quota_of(root: Path, namespace: str) -> Any:
    text = (root / f"rendered/{namespace}/quota.yaml").read_text(encoding="utf-8")
    (found,) = yaml.safe_load_all(text)
    return found


CLUSTERS = "clusters: {c1: {}, c2: {gpuResourceName: amd.com/gpu}}\n"


def test_shares_are_rendered(repository: Path, report: Report) -> None:
    shares = "{c2: {gpus: 4}, c1: {cpuCores: 32, memoryGiB: 64, gpus: 8}}"
    quota = f"quotas: {{team: {{cpuCores: 64, gpus: 12, clusters: {shares}}}, other: {{gpus: 1}}}}"
    platform(repository, f"{CLUSTERS}{quota}\n")
    write_job(repository, minimal_job())
    document = report("render")
    assert "rendered/team/quota.yaml" in document["plan"]["create"]
    assert not (repository / "rendered/other").exists()
    assert quota_of(repository, "team") == {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "FederatedResourceQuota",
        "metadata": {
            "name": "rayjobs",
            "namespace": "team",
            "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        },
        "spec": {
            "overall": {
                "requests.amd.com/gpu": "12",
                "requests.cpu": "64",
                # The quota does not say: all shares together.
                "requests.memory": "64Gi",
                "requests.nvidia.com/gpu": "12",
            },
            "staticAssignments": [
                {
                    "clusterName": "c1",
                    "hard": {
                        "requests.cpu": "32",
                        "requests.memory": "64Gi",
                        "requests.nvidia.com/gpu": "8",
                    },
                },
                {"clusterName": "c2", "hard": {"requests.amd.com/gpu": "4"}},
            ],
        },
    }
    assert report("check", "--conformance", "embedded")["diagnostics"] == []
    assert rayjobs("sync", "flux", "--root", repository).returncode == 0
    assert (repository / "sync/flux/namespaces/team.yaml").is_file()


amounts = st.fixed_dictionaries(
    {}, optional={"cpuCores": small, "memoryGiB": small, "gpus": st.integers(0, 9)}
)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.dictionaries(st.sampled_from(["c1", "c2", "c3"]), amounts, min_size=1), amounts)
def test_karmadas_webhook_would_take_it(shares: dict[str, Any], whole: dict[str, int]) -> None:
    """Each resource of a share is in the whole, with no less than the shares together."""
    from generator.render.namespace import federated_quota
    from generator.rules.platform.platform import check_bounds

    document = {
        "clusters": {"c1": {}, "c2": {"gpuResourceName": "amd.com/gpu"}, "c3": {}},
        "quotas": {"team": {**whole, "clusters": shares}},
    }
    platform = Platform.model_validate(document)
    fleet = Fleet((), platform)
    assert bool(fleet.quota_namespaces) == any(shares.values())
    if list(check_bounds(platform)):
        return
    spec: Any = json.loads(json.dumps(federated_quota("team", fleet)["spec"]))
    summed: dict[str, int] = {}
    for assignment in spec["staticAssignments"]:
        assert assignment["hard"]
        for resource, amount in assignment["hard"].items():
            summed[resource] = summed.get(resource, 0) + int(amount.removesuffix("Gi"))
    for resource, amount in summed.items():
        assert int(spec["overall"][resource].removesuffix("Gi")) >= amount


def test_a_job_called_like_the_quotas_file(repository: Path) -> None:
    write_job(repository, minimal_job("quota"))
    assert pipeline.validate(repository, []).diagnostics == []
    platform(repository, "quotas: {default: {gpus: 1}}\n")
    assert pipeline.validate(repository, []).diagnostics == []
    platform(repository, "quotas: {default: {clusters: {c1: {gpus: 1}}}}\n")
    (one,) = pipeline.validate(repository, []).diagnostics
    assert (one.rule.id, one.pointer) == ("job/reserved-name", "/jobName")
    assert one.is_error


def test_a_quota_that_goes_takes_its_file_with_it(repository: Path, report: Report) -> None:
    platform(repository, "quotas: {default: {clusters: {c1: {gpus: 1}}}}\n")
    write_job(repository, minimal_job())
    report("render")
    platform(repository, "quotas: {default: {gpus: 1}}\n")
    assert report("render")["plan"]["delete"] == ["rendered/default/quota.yaml"]
