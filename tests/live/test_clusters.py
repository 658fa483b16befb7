"""``rayjobs clusters`` against what the scenario ``live_doctor`` recorded on the real engines."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.karmada.amounts import quantity
from generator.karmada.clusters.as_json import ClustersDocument
from generator.karmada.clusters.members import is_gpu, members_of
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.live import doctor_jobs
from tests.live.recorded import TOKEN, Recorded
from tests.live.recordings import RECORDED

CLUSTERS = "/apis/cluster.karmada.io/v1alpha1/clusters"
RAYJOBS = "/apis/ray.io/v1/rayjobs"
BINDINGS = "/apis/work.karmada.io/v1alpha2/resourcebindings"
CHECKER = Draft202012Validator(ClustersDocument.json_schema())


def run(root: Path, kubeconfig: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    ran = rayjobs("clusters", "--kubeconfig", kubeconfig, *arguments, cwd=root)
    assert TOKEN not in ran.stdout + ran.stderr
    return ran


def document(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.stdout, ran.stderr
    printed: dict[str, Any] = json.loads(ran.stdout)
    assert list(CHECKER.iter_errors(printed)) == []
    return printed


@pytest.fixture
def recording(karmada: Recorded) -> Recorded:
    karmada.load(RECORDED / "doctor.json")
    return karmada


@pytest.fixture
def described(repository: Path) -> Path:
    (repository / "platform.yaml").write_text(doctor_jobs.PLATFORM, encoding="utf-8")
    for one in (*doctor_jobs.PUSHED, doctor_jobs.NOT_PUSHED):
        write_job(repository, one)
    return repository


def test_the_table(described: Path, recording: Recorded, kubeconfig: str) -> None:
    ran = run(described, kubeconfig)
    assert ran.returncode == 1, ran.stderr
    table, _, below = ran.stdout.partition("\n\n")
    title, member1, member2 = table.splitlines()
    assert title.split() == [
        "CLUSTER", "READY", "RAYJOBS", "KUBERNETES",
        "FREE", "CPU", "FREE", "GIB", "FREE", "GPUS", "JOBS",
    ]  # fmt: skip
    assert member1.split()[:3] == ["member1", "yes", "yes"]
    assert member1.split()[4:] == ["59/63", "512/512", "nvidia.com/gpu", "6/8", "1/2"]
    assert member2.split()[4:7] == ["16/16", "64/64", "amd.com/gpu"]
    assert "cluster-gpu-9: it is no member of Karmada, and default/away-1 targets it" in (below)
    assert "member1: platform.yaml: cpuCores is 32, and there are 63" in below
    assert "member1: platform.yaml: the label site is north, and there it is member1" in below
    assert "its GPUs are called amd.com/gpu" in below


def test_as_json(described: Path, recording: Recorded, kubeconfig: str) -> None:
    ran = run(described, kubeconfig, "--format", "json")
    assert ran.returncode == 1
    printed = document(ran)
    assert [one["name"] for one in printed["clusters"]] == ["member1", "member2"]
    stopping = [one["id"] for one in printed["concerns"] if one["stopsJobs"]]
    assert stopping == ["not-a-member"]
    member1 = printed["clusters"][0]
    assert member1["cpuCores"]["free"] == 59.5
    assert member1["jobs"]["notEnded"] == [{"namespace": "default", "name": "gpus-1"}]


def test_the_change_of_platform_yaml(described: Path, recording: Recorded, kubeconfig: str) -> None:
    ran = run(described, kubeconfig)
    sentence, *lines = ran.stdout.rpartition("\n\n")[2].splitlines(keepends=True)
    assert sentence == (
        "To bring clusters in platform.yaml up to date, remove cluster-gpu-9 and set:\n"
    )
    assert "".join(lines) == (
        "clusters:\n"
        "  member1:\n"
        "    cpuCores: 63\n"
        "    memoryGiB: 512\n"
        "    gpus: 8\n"
        "    labels:\n"
        "      site: member1\n"
        "  member2:\n"
        "    gpus: 2\n"
        "    gpuResourceName: amd.com/gpu\n"
    )
    platform = yaml.safe_load(doctor_jobs.PLATFORM)
    platform["clusters"] |= yaml.safe_load("".join(lines))["clusters"]
    del platform["clusters"]["cluster-gpu-9"]
    (described / "platform.yaml").write_text(yaml.safe_dump(platform), encoding="utf-8")
    concerns = document(run(described, kubeconfig, "--format", "json"))["concerns"]
    assert [one["id"] for one in concerns] == ["not-a-member"]
    assert "To bring" not in run(described, kubeconfig).stdout


def cluster(name: str, **changes: Any) -> dict[str, Any]:
    status = {
        "kubernetesVersion": "v1.35.0",
        "conditions": [
            {"type": "Ready", "status": "True", "reason": "ClusterReady"},
            {"type": "CompleteAPIEnablements", "status": "True"},
        ],
        "apiEnablements": [{"groupVersion": "ray.io/v1", "resources": [{"kind": "RayJob"}]}],
        **changes.pop("status", {}),
    }
    return {"metadata": {"name": name, "labels": {}}, "spec": {}, "status": status, **changes}


def only_concern(repository: Path, kubeconfig: str) -> tuple[dict[str, Any], int]:
    ran = run(repository, kubeconfig, "--format", "json")
    (found,) = document(ran)["concerns"]
    return found, ran.returncode


@pytest.mark.parametrize(
    ("changes", "concern", "words"),
    [
        (
            {
                "status": {
                    "conditions": [
                        {
                            "type": "Ready",
                            "status": "False",
                            "reason": "ClusterNotReachable",
                            "message": "cluster is not reachable",
                        }
                    ]
                },
                "spec": {"taints": [{"key": "cluster.karmada.io/not-ready", "effect": "x"}]},
            },
            "not-ready",
            "ClusterNotReachable (cluster is not reachable), and default/train-1 targets it",
        ),
        ({"status": {"apiEnablements": []}}, "no-rayjob", "does not serve RayJobs"),
        (
            {"spec": {"taints": [{"key": "kept", "value": "for\x1b[2J", "effect": "NoSchedule"}]}},
            "taint",
            "its taint kept=for\x1b[2J:NoSchedule keeps jobs out",
        ),
    ],
)
def test_what_stops_a_job(
    changes: dict[str, Any],
    concern: str,
    words: str,
    repository: Path,
    karmada: Recorded,
    kubeconfig: str,
) -> None:
    write_job(repository, minimal_job())
    karmada.hold(RAYJOBS)
    karmada.hold(BINDINGS)
    karmada.hold(CLUSTERS, cluster("c1", **changes))
    found, code = only_concern(repository, kubeconfig)
    assert (found["id"], code) == (concern, 1)
    assert words in found["message"]
    text = run(repository, kubeconfig).stdout
    assert "\x1b" not in text
    # A cluster that no job targets fails nothing.
    write_job(repository, minimal_job(targetClusters=["c2"]))
    karmada.lists[CLUSTERS].append(cluster("c2"))
    assert run(repository, kubeconfig).returncode == 0


def test_a_taint_that_is_tolerated_and_a_job_that_has_ended(
    repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    tolerated = {"clusterTolerations": [{"key": "kept", "effect": "NoSchedule"}]}
    write_job(repository, minimal_job("tolerates", scheduling=tolerated))
    write_job(repository, minimal_job("ended"))
    write_job(repository, minimal_job("left", targetClusters=["gone"]))
    taints = {"taints": [{"key": "kept", "effect": "NoSchedule"}]}
    karmada.hold(CLUSTERS, cluster("c1", spec=taints))
    for name, where in (("ended", "c1"), ("left", "gone")):
        metadata = {"name": name, "namespace": "default"}
        karmada.hold(RAYJOBS, {"metadata": metadata, "spec": {}})
        karmada.hold(
            BINDINGS,
            {
                "metadata": {"name": f"{name}-rayjob", "namespace": "default"},
                "spec": {
                    "resource": {"kind": "RayJob", **metadata},
                    "clusters": [{"name": where}],
                },
                "status": {
                    "aggregatedStatus": [
                        {
                            "clusterName": where,
                            "applied": True,
                            "status": {"jobDeploymentStatus": "Complete"},
                        }
                    ]
                },
            },
        )
    ran = run(repository, kubeconfig, "--format", "json")
    assert (document(ran)["concerns"], ran.returncode) == ([], 0)


def test_karmada_without_members(repository: Path, karmada: Recorded, kubeconfig: str) -> None:
    for path in (CLUSTERS, RAYJOBS, BINDINGS):
        karmada.hold(path)
    assert run(repository, kubeconfig).stdout == "Karmada has no members\n"


def test_who_may_not_read_them(repository: Path, karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS)
    karmada.hold(BINDINGS)
    karmada.statuses[CLUSTERS] = [403]
    ran = run(repository, kubeconfig)
    assert ran.returncode == 3
    assert "sync/karmada/reader-role.yaml" in ran.stderr


def test_what_karmada_does_not_know_is_not_said_to_be_missing() -> None:
    (found,) = members_of([{"metadata": {"name": "new"}}], (), ()).values()
    assert (found.is_ready, found.serves_ray_jobs, found.cpu, found.memory) == (
        False, None, None, None,
    )  # fmt: skip
    partial = cluster("a", status={"conditions": [], "apiEnablements": []})
    assert members_of([partial], (), ())["a"].serves_ray_jobs is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500m", Fraction(1, 2)), ("16Gi", 2**34), ("1e3", 1000), ("1E", 10**18), ("0.5", "1/2"),
        ("5.", 5), (".5", "1/2"), ("-1k", -1000), (3, 3), ("100n", "1/10000000"),
    ],
)  # fmt: skip
def test_quantities(text: object, value: Any) -> None:
    assert quantity(text) == Fraction(value)


@pytest.mark.parametrize("text", ["1e999", 10**400, "9" * 90, "9E+18Ei", "1e99"])
def test_a_quantity_is_no_more_than_an_int64(text: object) -> None:
    """As in Kubernetes, and so that it can be printed."""
    assert quantity(text) in (2**63 - 1, None)
    assert quantity("9" * 5000) is None


@pytest.mark.parametrize("text", ["", ".", "Gi", "1gi", "1 Gi", "x", None, True, [], "1Gi\n", "١"])
def test_what_is_no_quantity(text: object) -> None:
    assert quantity(text) is None


@given(st.integers(0, 2**60), st.sampled_from(["Ki", "Mi", "Gi", "Ti"]))
def test_a_larger_unit_is_the_same_quantity(number: int, unit: str) -> None:
    smaller = {"Ki": "", "Mi": "Ki", "Gi": "Mi", "Ti": "Gi"}[unit]
    assert quantity(f"{number}{unit}") == quantity(f"{number * 1024}{smaller}")


def test_what_counts_gpus() -> None:
    for name in ("nvidia.com/gpu", "amd.com/gpu", "nvidia.com/mig-1g.5gb", "example.com/chip"):
        assert is_gpu(name, ["example.com/chip"])
    assert not is_gpu("cpu")
    assert not is_gpu("example.com/chip")
