"""What is read besides the two lists of a job that is not well."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from generator.karmada.client.control_plane import connect
from generator.karmada.job_state import JobState, Run
from generator.karmada.status.diagnosis import problems_of
from generator.karmada.status.problem import Problem
from generator.karmada.status.selection import read_evidence
from tests.live.recorded import PROXY, Recorded

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
POLICIES = "/apis/policy.karmada.io/v1alpha1/namespaces/team/propagationpolicies"
PODS, EVENTS = "/api/v1/namespaces/team/pods", "/api/v1/namespaces/team/events"
MEMBER_RAYJOBS = "/apis/ray.io/v1/namespaces/team/rayjobs"
QUEUE = {"kueue.x-k8s.io/queue-name": "training"}


def state(*runs: Run, **labels: str) -> JobState:
    metadata = {"name": "train-1", "namespace": "team", "labels": labels}
    scheduled = True if runs else None
    return JobState("team", "train-1", {"metadata": metadata}, scheduled=scheduled, runs=runs)


def told(kubeconfig: str, job: JobState) -> list[Problem]:
    return problems_of(job, NOW, read_evidence(connect(kubeconfig), job, None))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_job_without_binding_is_looked_up_its_policy(
    is_there: bool, karmada: Recorded, kubeconfig: str
) -> None:
    names = ("train-1-propagation",) if is_there else ("other",)
    karmada.hold(POLICIES, *({"metadata": {"name": name}} for name in names))
    found = told(kubeconfig, state())
    assert [one.id for one in found] == ([] if is_there else ["no-policy"])
    assert karmada.asked == [f"{POLICIES}/train-1-propagation"]


def test_what_karmada_refuses_besides_is_left_out(karmada: Recorded, kubeconfig: str) -> None:
    karmada.statuses[f"{POLICIES}/train-1-propagation"] = [403]
    assert told(kubeconfig, state()) == []


@pytest.mark.parametrize("version", ["v1beta2", "v1beta1", None])
def test_what_kueue_says_of_a_job_that_waits(
    version: str | None, karmada: Recorded, kubeconfig: str
) -> None:
    ray_job = {"metadata": {"name": "train-1", "namespace": "team", "uid": "7"}}
    karmada.hold(MEMBER_RAYJOBS, ray_job, member="c1")
    labels = {"kueue.x-k8s.io/job-uid": "7"}
    refused = {"type": "QuotaReserved", "status": "False", "message": "insufficient unused quota"}
    workload = {
        "metadata": {"name": "w", "labels": labels},
        "status": {"conditions": [refused]},
    }
    other = {"metadata": {"name": "a", "labels": {"kueue.x-k8s.io/job-uid": "8"}}}
    if version:
        path = f"/apis/kueue.x-k8s.io/{version}/namespaces/team/workloads"
        karmada.hold(path, other, workload, member="c1")
    (problem,) = told(kubeconfig, state(Run("c1", True, "", "Suspended"), **QUEUE))
    assert problem.id == "queued"
    assert ("insufficient unused quota" in problem.advice.message) == (version is not None)


def pod(name: str, labels: dict[str, str], reason: str) -> dict[str, Any]:
    waiting = {"name": "c", "image": "x:v1", "state": {"waiting": {"reason": reason}}}
    status = {"phase": "Pending", "conditions": [{}], "containerStatuses": [waiting]}
    return {"metadata": {"name": name, "labels": labels}, "spec": {}, "status": status}


def test_pods_are_those_of_the_ray_cluster_and_the_submitter(
    karmada: Recorded, kubeconfig: str
) -> None:
    karmada.hold(
        PODS,
        pod("other", {"ray.io/cluster": "other"}, "OOMKilled"),
        pod("submitter", {"job-name": "train-1"}, "ImagePullBackOff"),
        pod("head", {"ray.io/cluster": "train-1-abc"}, "CrashLoopBackOff"),
        member="c1",
    )
    karmada.hold(EVENTS, member="c1")
    run = Run("c1", True, "", "Running", ray_cluster="train-1-abc")
    assert [one.id for one in told(kubeconfig, state(run))] == ["crash-loop", "image-pull"]


def test_events_are_those_about_the_job(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(PODS, member="c1")
    karmada.hold(
        EVENTS,
        event("elsewhere", "FailedMount", "10"),
        event("train-1-abc", "OOMKilled", "08"),
        event("train-1", "exceeded quota: q", "09"),
        member="c1",
    )
    run = Run("c1", True, "", "Initializing", ray_cluster="train-1-abc")
    # The latest first.
    assert [one.id for one in told(kubeconfig, state(run))] == ["quota", "out-of-memory"]


def event(name: str, message: str, hour: str) -> dict[str, Any]:
    return {
        "metadata": {"name": f"{name}.1"},
        "type": "Warning",
        "message": message,
        "involvedObject": {"name": name},
        "lastTimestamp": f"2026-11-01T{hour}:00:00Z",
    }


@pytest.mark.parametrize(
    "run",
    [
        Run("c1", True, "", "Running", "RUNNING"),
        Run("c1", True, "", "Complete", "SUCCEEDED"),
        Run("c1", problem="no namespace"),
        Run("c1", True, "", "ValidationFailed"),
    ],
)
def test_nothing_is_asked_where_nothing_more_is_to_be_told(
    run: Run, karmada: Recorded, kubeconfig: str
) -> None:
    told(kubeconfig, state(run))
    assert karmada.asked == []


def test_a_member_that_does_not_answer_is_said(karmada: Recorded, kubeconfig: str) -> None:
    karmada.statuses[PROXY.format("c1") + PODS] = [503] * 9
    (problem,) = told(kubeconfig, state(Run("c1", True, "", "Initializing")))
    assert (problem.id, problem.cluster) == ("member-unreadable", "c1")
