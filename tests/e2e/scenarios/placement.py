"""Scenario 1: every sample and every scheduling mode runs where the summary says, as rendered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.node.quantities import quantity
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import (
    PLATFORM,
    SAMPLE,
    assert_as_rendered,
    assert_as_said,
    assert_holds,
    copies_of,
    job,
    platform,
    rendered,
    said,
    samples,
    wait_for_copies,
    wait_for_suspended,
)
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import ApiError, Object
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

MODES = ["all", "one-of", "ordered"]
NODES: dict[str, Any] = {
    "member1": {
        "pods": {"nodeSelector": {"pool": "training"}, "tolerations": [{"key": "training"}]},
    },
    "member2": {
        "gpuPods": {"tolerations": [{"key": "amd.com/gpu", "effect": "NoSchedule"}]},
    },
}
"""What platform.yaml says here of nodes, besides what it says of the clusters of the samples."""
SETTINGS: dict[str, Any] = {
    "clusters": {
        name: {
            **SAMPLE["clusters"][name],
            **nodes,
            "labels": {**SAMPLE["clusters"][name]["labels"], "site": name},
        }
        for name, nodes in NODES.items()
    },
    "tenants": {**SAMPLE["tenants"], "team": {}},
    "quotas": SAMPLE["quotas"],
    "metadata": {"tenantLabel": "example.com/tenant"},
}
"""What platform.yaml says here besides: what bounds the samples is that of this repository."""
AUDIO = "team-audio"
CLAIM = "persistentVolumeClaim"
URGENT = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "urgent"},
    "value": 1000,
}
"""Without it a member refuses the pods."""


def jobs_of_every_mode() -> list[dict[str, Any]]:
    """A job for each way of placing it, on one cluster and on both, with GPUs."""
    resources = {
        "instanceResources": {"cpuCores": 2, "memoryGiB": 3, "gpuCount": 1},
        "instanceCount": 2,
        "volumeSizeGB": 1,
    }
    found = [job("mode-absent", list(MEMBERS), resources=resources)]
    for mode in MODES:
        scheduling = {"mode": mode}
        found += [
            job(f"mode-{mode}", list(MEMBERS), resources=resources, scheduling=scheduling),
            job(f"mode-{mode}-single", ["member2"], resources=resources, scheduling=scheduling),
        ]
    # The order of preference, not the alphabet, decides.
    turned = list(reversed(MEMBERS))
    found.append(job("mode-ordered-turned", turned, scheduling={"mode": "ordered"}))
    # The label decides, though all would be preferred or on both.
    labels = {"clusterLabels": {"site": "member2"}}
    for mode in MODES:
        chosen = {**labels, "mode": mode}
        found.append(job(f"labels-{mode}", list(MEMBERS), resources=resources, scheduling=chosen))
    tolerant = {"mode": "all", "clusterTolerations": [{"key": "x"}], "backoffLimit": 1}
    found.append(job("tolerant", list(MEMBERS), scheduling=tolerant, priority=950))
    return found


@pytest.fixture(scope="module")
def pushed(repository: Repository, planes: ControlPlanes) -> Iterator[str]:
    """A push of all of them, to clusters with the labels that platform.yaml says they have."""
    for member in MEMBERS:
        planes[member].apply(URGENT)
        labels = {"metadata": {"labels": SETTINGS["clusters"][member]["labels"]}}
        planes["karmada"].patch("Cluster", member, labels)
    repository.write_platform(platform(**SETTINGS))
    repository.delete_jobs()
    for tenant, found in samples().items():
        for sample in found:
            repository.write_job(sample, tenant)
    for one in jobs_of_every_mode():
        repository.write_job(one)
    yield repository.push()
    repository.delete_jobs()
    repository.write_platform(PLATFORM)


def test_every_job_runs_where_the_summary_says(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    for namespace in ("default", "team-text"):
        create_credentials(planes, namespace)
    engine.applied(pushed)
    everything = said(repository)
    assert len(everything) == len(jobs_of_every_mode()) + sum(map(len, samples().values()))
    for one in everything.values():
        objects = rendered(repository, f"{one.namespace}/{one.name}.yaml")
        if objects["RayJob"]["spec"].get("suspend"):
            copies = wait_for_suspended(planes, one)
            assert not [copy.pods for copy in copies if copy.pods]
        else:
            copies = wait_for_copies(planes, one)
            assert_as_said(one, copies)
        for copy in copies:
            assert_as_rendered(copy, objects)
        places = ", ".join(copy.member for copy in copies)
        pods = sum(len(copy.pods) for copy in copies)
        observed(f"{one.name}: said {one.words!r}; held on {places}, {pods} pods, {one.gpus} GPUs")
    for name, member in (
        ("mode-ordered", "member1"),
        ("mode-ordered-turned", "member2"),
        *((f"labels-{mode}", "member2") for mode in MODES),
        ("train-words-1", "member2"),
    ):
        (copy,) = copies_of(planes, name, everything[name].namespace)
        assert copy.member == member


def test_claims_and_credentials_are_on_every_cluster_of_their_jobs(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    for file in sorted((repository.directory / "rendered").glob("*/storage/*.yaml")):
        namespace = file.parts[-3]
        objects = rendered(repository, f"{namespace}/storage/{file.name}")
        claim, policy = objects["PersistentVolumeClaim"], objects["PropagationPolicy"]
        clusters = policy["spec"]["placement"]["clusterAffinity"]["clusterNames"]
        name = claim["metadata"]["name"]
        for cluster in clusters:
            held = held_on(planes, cluster, "PersistentVolumeClaim", name, namespace)
            assert held["spec"]["resources"] == claim["spec"]["resources"]
            assert held["spec"]["accessModes"] == claim["spec"]["accessModes"]
        observed(f"claim {namespace}/{name} on {', '.join(clusters)}")
    for namespace in ("default", "team-text"):
        for cluster in MEMBERS:
            held_on(planes, cluster, "Secret", "s3-credentials", namespace)
        observed(f"Secret {namespace}/s3-credentials on {', '.join(MEMBERS)}")


def test_the_members_have_the_external_secret_and_no_claim_of_a_job_that_needs_none(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    name = "archive-credentials"
    wanted = rendered(repository, f"{AUDIO}/credentials/{name}.yaml")["ExternalSecret"]
    for member in MEMBERS:
        held = held_on(planes, member, "ExternalSecret", name, AUDIO)
        assert_holds(held["spec"], wanted["spec"], f"{member} ExternalSecret")
        # External Secrets would make it there; neither Git nor Karmada does.
        assert planes[member].get("Secret", name, AUDIO) is None
        assert planes[member].get("Secret", "s3-credentials", AUDIO) is None
    observed(f"ExternalSecret {AUDIO}/{name} on {', '.join(MEMBERS)}")
    (copy,) = copies_of(planes, "train-words-1", AUDIO)
    assert not [pod for pod in copy.pods if claims_of(pod)]
    copies = copies_of(planes, "train-speakers-1", AUDIO)
    assert {claim for copy in copies for pod in copy.pods for claim in claims_of(pod)} == {
        "recordings"
    }
    for plane in ("karmada", *MEMBERS):
        assert planes[plane].get("PersistentVolumeClaim", "recordings", AUDIO) is None
    observed("train-words-1 has no claim; the one that train-speakers-1 takes for granted is named")


def claims_of(pod: Object) -> list[str]:
    """The names of the claims that a pod mounts."""
    volumes = pod["spec"].get("volumes", [])
    return [one["persistentVolumeClaim"]["claimName"] for one in volumes if CLAIM in one]


def test_each_member_holds_its_share_of_a_quota(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    quota = rendered(repository, f"{AUDIO}/quota.yaml")["FederatedResourceQuota"]
    shares = {one["clusterName"]: one["hard"] for one in quota["spec"]["staticAssignments"]}
    assert set(shares) == set(MEMBERS)
    for member, hard in shares.items():
        held = held_on(planes, member, "ResourceQuota", "rayjobs", AUDIO)
        assert held["spec"] == {"hard": hard}
        used = wait_for_usage(planes, member, hard)
        assert all(quantity(text) for text in used.values())
        observed(f"ResourceQuota of {member}: {hard}, of which pods take {used}")
        one_more = {name.removeprefix("requests."): count for name, count in hard.items()}
        assert "exceeded quota: rayjobs" in refused_pod(planes, member, one_more)
    # Cores are a part of the first share only.
    assert "must specify requests.cpu" in refused_pod(planes, "member1", {})
    assert refused_pod(planes, "member2", {}) == ""
    observed("a pod beyond it is refused, and with a share of cores one that requests none")


def wait_for_usage(planes: ControlPlanes, member: str, hard: dict[str, str]) -> dict[str, str]:
    """What the member counts of each resource, once it is what its pods request."""

    def look() -> dict[str, str]:
        held = planes[member].get("ResourceQuota", "rayjobs", AUDIO) or {}
        used: dict[str, str] = held.get("status", {}).get("used", {})
        wanted = {name: requested(planes, member, name) for name in hard}
        if {name: quantity(text) for name, text in used.items()} != wanted:
            raise NotYetError(f"{used} is not {wanted}")
        return used

    return wait_for(f"{member}: usage of the quota", look, 120)


def requested(planes: ControlPlanes, member: str, name: str) -> Decimal:
    """How much of ``requests.cpu``, or another resource, the pods in the member request."""
    resources = [
        container["resources"]["requests"]
        for pod in planes[member].all_of("Pod", AUDIO)
        for container in pod["spec"]["containers"]
    ]
    return sum(
        (quantity(one.get(name.removeprefix("requests."), "0")) for one in resources), Decimal()
    )


def refused_pod(planes: ControlPlanes, member: str, requests: dict[str, str]) -> str:
    """Why a member would not make a pod with these requests; nothing where it would."""
    container = {
        "name": "main",
        "image": "registry.example/audio/none:v1",
        "resources": {"requests": requests, "limits": requests},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one-more", "namespace": AUDIO},
        "spec": {"containers": [container]},
    }
    try:
        planes[member].create(pod, dry_run=True)
    except ApiError as refused:
        return refused.reason
    return ""


def held_on(
    planes: ControlPlanes, cluster: str, kind: str, name: str, namespace: str
) -> dict[str, Any]:
    """An object in a member, once Karmada has brought it."""

    def look() -> dict[str, Any]:
        found = planes[cluster].get(kind, name, namespace)
        if found is None:
            raise NotYetError("it is not there")
        return found

    return wait_for(f"Karmada: {kind} {namespace}/{name} in {cluster}", look, 120)


def test_a_suspended_job_runs_nothing_until_git_resumes_it(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    engine.applied(pushed)
    repository.write_job(job("suspended", ["member1"], scheduling={"suspended": True}))
    engine.applied(repository.push())
    wait_status(planes, "member1", "suspended", "Suspended")
    names = [one["metadata"]["name"] for one in planes["member1"].all_of("RayCluster", "default")]
    assert not [name for name in names if name.startswith("suspended-")]
    repository.write_job(job("suspended", ["member1"], scheduling={"suspended": False}))
    engine.applied(repository.push())
    (copy,) = wait_for_copies(planes, said(repository)["suspended"])
    observed(f"suspended: no Ray cluster; resumed by Git: {len(copy.pods)} pods")


def test_a_quota_that_is_taken_out_goes_from_the_members(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    pushed: str,
    observed: Observed,
) -> None:
    del pushed  # another commit may have come since: what it brought is looked for
    for member in MEMBERS:
        held_on(planes, member, "ResourceQuota", "rayjobs", AUDIO)
    repository.write_platform(platform(**{**SETTINGS, "quotas": {}}))
    engine.applied(repository.push())
    for member in MEMBERS:
        wait_for_none(planes, member, "ResourceQuota", "rayjobs", AUDIO)
    observed(f"ResourceQuota {AUDIO}/rayjobs is gone in {', '.join(MEMBERS)}")


def wait_for_none(planes: ControlPlanes, member: str, kind: str, name: str, namespace: str) -> None:
    """Until a member does not have an object any more."""

    def look() -> None:
        if planes[member].get(kind, name, namespace) is not None:
            raise NotYetError("it is still there")

    wait_for(f"Karmada: no {kind} {namespace}/{name} in {member}", look, 120)
