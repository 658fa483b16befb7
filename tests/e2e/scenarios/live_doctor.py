"""``rayjobs clusters`` and ``rayjobs doctor``, as an administrator and as a bound reader."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.members import PLATFORM
from tests.e2e.scenarios.reader import Reader
from tests.e2e.scenarios.recording import record
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import PATHS, Object
from tests.e2e.session.control_planes import MEMBERS, READER, READERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for
from tests.live import doctor_jobs
from tests.live.recorded import PROXY

MERGE = "application/merge-patch+json"
COMPLETE = {
    "jobDeploymentStatus": "Complete",
    "jobStatus": "SUCCEEDED",
    "startTime": "2026-11-01T10:00:00Z",
    "endTime": "2026-11-01T10:30:00Z",
}
TAKEN: Object = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "taken", "namespace": "default"},
    "spec": {
        "nodeName": "node",
        "containers": [
            {
                "name": "taken",
                "image": "none",
                "resources": {"requests": {"cpu": "4", "nvidia.com/gpu": "2"},
                              "limits": {"nvidia.com/gpu": "2"}},
            }
        ],
    },
}  # fmt: skip
"""A pod that is on the node of member1."""
OPERATOR: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "kuberay-operator", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": {"app.kubernetes.io/name": "kuberay-operator"}},
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "kuberay-operator"}},
            "spec": {
                "containers": [
                    {
                        "name": "kuberay-operator",
                        "image": "none",
                        "env": [{"name": "DELETE_RAYJOB_CR_AFTER_JOB_FINISHES", "value": "true"}],
                    }
                ]
            },
        },
    },
}
"""What a Helm chart makes of the operator; nothing runs it here."""
BY_HAND: Object = {
    "apiVersion": "ray.io/v1",
    "kind": "RayJob",
    "metadata": {"name": "by-hand", "namespace": "default"},
    "spec": {
        "entrypoint": "true",
        "rayClusterSpec": {
            "headGroupSpec": {
                "rayStartParams": {},
                "template": {"spec": {"containers": [{"name": "ray-head", "image": "none"}]}},
            }
        },
    },
}


@pytest.fixture(scope="module")
def pushed(repository: Repository, planes: ControlPlanes, engine: SyncEngine) -> Iterator[None]:
    """Nodes in the members and jobs on Karmada, one of which has ended."""
    for member, allocatable in doctor_jobs.NODES.items():
        node: Object = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}}
        planes[member].apply(node)
        status = {"status": {"allocatable": allocatable, "capacity": allocatable}}
        planes[member].request("PATCH", f"{PATHS['Node']}/node/status", status, MERGE)
    planes["member1"].apply(TAKEN, OPERATOR)
    # Another scenario may have applied it.
    planes["karmada"].delete("ResourceInterpreterCustomization", "rayjob-suspend")
    create_credentials(planes, "default")
    repository.delete_jobs()
    repository.write_platform(doctor_jobs.PLATFORM)
    for one in doctor_jobs.PUSHED:
        repository.write_job(one)
    engine.applied(repository.push())
    planes["karmada"].apply(BY_HAND)
    complete(planes, "done-1", "member1")
    wait_summed(planes)
    yield
    planes["karmada"].delete("RayJob", "by-hand")
    planes["member1"].delete("Deployment", "kuberay-operator")
    now = {"gracePeriodSeconds": 0}
    planes["member1"].request("DELETE", f"{PATHS['Pod'].format('default')}/taken", now)
    for member in MEMBERS:
        planes[member].delete("Node", "node")
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())


def complete(planes: ControlPlanes, name: str, member: str) -> None:
    """Write what KubeRay would, once its operator has begun, until Karmada has taken it."""
    path = f"{PATHS['RayJob'].format('default')}/{name}"

    def write() -> None:
        found = planes[member].get("RayJob", name) or {}
        if not found.get("status", {}).get("jobDeploymentStatus"):
            raise NotYetError("KubeRay has not looked at it")
        planes[member].request("PATCH", f"{path}/status", {"status": COMPLETE}, MERGE)
        there = planes["karmada"].get("RayJob", name) or {}
        if there.get("status", {}).get("jobDeploymentStatus") != "Complete":
            raise NotYetError(str(there.get("status")))

    wait_for(f"karmada: {name} complete", write, 120)


def wait_summed(planes: ControlPlanes) -> None:
    """Until Karmada has summed the nodes, and the pod on one of them."""

    def look() -> None:
        for member in MEMBERS:
            cluster = planes["karmada"].get("Cluster", member) or {}
            summary = cluster.get("status", {}).get("resourceSummary") or {}
            taken = summary.get("allocated", {}).get("cpu")
            if not summary.get("allocatable") or (member == "member1" and taken != "4"):
                raise NotYetError(f"{member}: {summary}")

    wait_for("karmada: resources of the members", look, 60)


def run(
    repository: Repository, kubeconfig: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return repository.rayjobs(*arguments, "--kubeconfig", str(kubeconfig))


def document(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert ran.stdout, ran.stderr
    printed: dict[str, Any] = json.loads(ran.stdout)
    return printed


def outcomes(ran: subprocess.CompletedProcess[str]) -> dict[str, set[str]]:
    """By check, what came out of it."""
    found: dict[str, set[str]] = {}
    for one in document(ran)["findings"]:
        found.setdefault(one["check"], set()).add(one["outcome"])
    return found


def test_clusters_and_the_change_of_the_platform(
    pushed: None, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    kubeconfig = planes.kubeconfig("karmada")
    ran = run(repository, kubeconfig, "clusters")
    for line in ran.stdout.splitlines():
        observed(line)
    assert ran.returncode == 1, ran.stderr
    printed = document(run(repository, kubeconfig, "clusters", "--format", "json"))
    member1, member2 = printed["clusters"]
    assert member1["cpuCores"] | {"waiting": 0} == {
        "total": 63.5, "free": 59.5, "taken": 4, "waiting": 0,
    }  # fmt: skip
    assert member1["gpus"]["nvidia.com/gpu"]["free"] == 6
    assert member2["gpus"]["amd.com/gpu"]["total"] == 2
    placed = {one["name"] for one in member1["jobs"]["placed"]}
    assert placed == {"done-1", "gpus-1"}
    assert [one["name"] for one in member1["jobs"]["notEnded"]] == ["gpus-1"]
    found = {(one["cluster"], one["id"]) for one in printed["concerns"]}
    assert found == {
        ("cluster-gpu-9", "not-a-member"),
        ("cluster-gpu-9", "platform-missing"),
        ("member1", "platform-cpuCores"),
        ("member1", "platform-labels"),
        ("member2", "platform-gpuResourceName"),
    }
    sentence, _, block = ran.stdout.rpartition("\n\n")[2].partition("\n")
    assert sentence.endswith("remove cluster-gpu-9 and set:")
    assert yaml.safe_load(block)["clusters"] == {
        "member1": {"cpuCores": 63, "memoryGiB": 512, "gpus": 8, "labels": {"site": "member1"}},
        "member2": {"gpus": 2, "gpuResourceName": "amd.com/gpu"},
    }


def test_doctor_as_an_administrator(
    pushed: None,
    repository: Repository,
    planes: ControlPlanes,
    engine: SyncEngine,
    observed: Observed,
) -> None:
    repository.write_job(doctor_jobs.NOT_PUSHED)
    repository.render()
    if engine.name == "Flux":
        record_answers(planes)
    ran = run(repository, planes.kubeconfig("karmada"), "doctor")
    assert ran.returncode == 1, ran.stderr
    for line in ran.stdout.splitlines():
        observed(line)
    assert f"applied by {engine.name}: " in ran.stdout
    found = outcomes(run(repository, planes.kubeconfig("karmada"), "doctor", "--format", "json"))
    # In which members claims are, those say too that scenarios before have left.
    assert "warning" in found.pop("members/namespaces")
    assert found == {
        "repository/jobs": {"ok", "warning"},
        "repository/rendered": {"ok"},
        "repository/sync": {"warning"},
        "repository/namespaces": {"ok"},
        "karmada/version": {"ok"},
        "karmada/permissions": {"ok"},
        "karmada/kinds": {"ok"},
        "karmada/interpreter": {"warning"},
        "karmada/namespaces": {"ok"},
        "karmada/secrets": {"ok", "problem"},
        "karmada/sync-engine": {"ok"},
        "karmada/drift": {"problem"},
        "karmada/holders": {"ok"},
        "karmada/not-in-git": {"warning"},
        "karmada/finished": {"warning"},
        "members/ready": {"problem", "warning"},
        "members/proxy": {"ok"},
        "members/kinds": {"ok"},
        "members/operator": {"problem", "warning"},
        "members/storage": {"warning"},
        "members/gpus": {"ok", "problem"},
        "members/priority-classes": {"problem"},
    }


def record_answers(planes: ControlPlanes) -> None:
    """What the commands ask for, as the API servers answer it now."""
    policies = "/apis/policy.karmada.io/v1alpha1"
    paths = [
        "/api/v1/namespaces",
        "/api/v1/persistentvolumeclaims",
        "/apis/cluster.karmada.io/v1alpha1/clusters",
        "/apis/ray.io/v1/rayjobs",
        "/apis/work.karmada.io/v1alpha2/resourcebindings",
        f"{policies}/overridepolicies",
        f"{policies}/propagationpolicies",
        *(
            PROXY.format(member) + path
            for member in MEMBERS
            for path in (
                "/apis/storage.k8s.io/v1/storageclasses",
                "/apis/scheduling.k8s.io/v1/priorityclasses",
                "/apis/apps/v1/deployments",
                "/api/v1/namespaces",
            )
        ),
    ]
    record("doctor", {path: planes["karmada"].request("GET", path)["items"] for path in paths})


def test_a_bound_reader(
    pushed: None,
    repository: Repository,
    planes: ControlPlanes,
    reader: Reader,
    observed: Observed,
) -> None:
    own = planes.kubeconfig_of_reader("karmada")
    nothing = run(repository, own, "clusters")
    assert nothing.returncode == 3, nothing.stdout
    assert "reader-role.yaml" in nothing.stderr
    observed(f"not bound, clusters: {nothing.stderr.splitlines()}")
    refused = outcomes(run(repository, own, "doctor", "--format", "json"))
    assert "problem" in refused["karmada/permissions"]

    reader.bind_on_karmada()
    ran = wait_for("the reader may", lambda: _may(repository, own), 30)
    assert ran.returncode == 1, ran.stderr
    found = outcomes(run(repository, own, "doctor", "--format", "json"))
    assert found["karmada/permissions"] == {"ok"}
    # The Secret of default is placed; that of team-doctor is not there, which a reader cannot know.
    assert found["karmada/secrets"] == {"ok", "warning"}
    assert found["members/proxy"] == {"ok"}
    assert found["members/storage"] == {"warning"}
    told = run(repository, own, "doctor").stdout
    assert 'storageclasses.storage.k8s.io is forbidden: User "reader"' in told
    for line in told.splitlines():
        if "not looked at" in line or "karmada/secrets" in line:
            observed(f"bound on Karmada: {line}")

    status = run(repository, own, "status")
    assert status.returncode == 0, status.stderr
    observed(f"bound on Karmada, status: {status.stdout.splitlines()[:3]}")

    reader.bind_in(*MEMBERS)
    named = run(repository, own, "status", "default/gpus-1")
    assert named.returncode == 0, named.stderr
    assert "forbidden" not in named.stdout
    told = run(repository, own, "doctor").stdout
    assert "not looked at: member" not in told
    assert "there is no PriorityClass urgent" in told
    assert_reads_no_secret(planes, observed)
    assert_may_be_impersonated(planes, observed)


def _may(repository: Repository, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    ran = run(repository, kubeconfig, "clusters")
    if ran.returncode == 3:
        raise NotYetError(ran.stderr)
    return ran


def assert_reads_no_secret(planes: ControlPlanes, observed: Observed) -> None:
    kubectl = str(planes.engines.binary("kubectl"))
    for what, arguments in {
        "Karmada": ("get", "--raw", "/api/v1/secrets"),
        "member1": ("get", "--raw", f"{PROXY.format('member1')}/api/v1/secrets"),
        "writes": ("create", "--raw", f"{PROXY.format('member1')}/api/v1/namespaces", "-f", "-"),
    }.items():
        ran = subprocess.run(
            [kubectl, "--kubeconfig", str(planes.kubeconfig_of_reader("karmada")), *arguments],
            input='{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}',
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Forbidden" in ran.stderr, ran.stdout + ran.stderr
        observed(f"reader, {what}: {ran.stderr.strip()}")


def assert_may_be_impersonated(planes: ControlPlanes, observed: Observed) -> None:
    """Karmada gives its account in each member the right to act as the subjects, by name."""

    def look() -> list[Any]:
        role = planes["member1"].get("ClusterRole", "karmada-impersonator") or {}
        rules: list[Any] = role.get("rules") or []
        named = {name for rule in rules for name in rule.get("resourceNames", ())}
        if not {READER, READERS} <= named:
            raise NotYetError(str(rules))
        return rules

    observed(f"member1: karmada-impersonator {wait_for('impersonation', look, 60)}")
