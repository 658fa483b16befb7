"""What is said of jobs that do not run or have failed, and what to do."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from generator.karmada.job_state import JobState, Run, state_of
from generator.karmada.status.diagnosis import Evidence, MemberEvidence, problems_of
from generator.karmada.status.pod_problems import pod_problems
from generator.karmada.status.problem import Problem

CREATED = datetime(2026, 11, 1, 10, tzinfo=UTC)
SOON, LATE = CREATED + timedelta(seconds=30), CREATED + timedelta(minutes=5)


def ray_job(**changes: Any) -> dict[str, Any]:
    metadata = {"name": "train-1", "namespace": "team", "creationTimestamp": CREATED.isoformat()}
    return {"metadata": metadata, "spec": {}, **changes}


def state(*runs: Run, **changes: Any) -> JobState:
    known: dict[str, Any] = {"resource": ray_job(), "scheduled": True, "reason": "Success"}
    return JobState("team", "train-1", runs=runs, **{**known, **changes})


def only(found: list[Problem]) -> Problem:
    (problem,) = found
    return problem


def cluster(name: str, **changes: Any) -> dict[str, Any]:
    """A member that takes every job."""
    return {
        "metadata": {"name": name, "labels": {"gpu": "a100"}, **changes.get("metadata", {})},
        "spec": changes.get("spec", {}),
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "apiEnablements": [{"groupVersion": "ray.io/v1", "resources": [{"kind": "RayJob"}]}],
            **changes.get("status", {}),
        },
    }


def not_placed(placement: dict[str, Any], *clusters: dict[str, Any]) -> Problem:
    members = {one["metadata"]["name"]: one for one in clusters}
    refused = state(
        scheduled=False, reason="NoClusterFit", message="0/2 clusters", placement=placement
    )
    return only(problems_of(refused, LATE, Evidence(clusters=members)))


def named(*names: str, **labels: str) -> dict[str, Any]:
    selector = {"labelSelector": {"matchLabels": labels}} if labels else {}
    return {"clusterAffinity": {"clusterNames": list(names), **selector}}


TAINT = {"key": "gpu", "value": "only", "effect": "NoSchedule"}
NOT_READY = {"conditions": [{"type": "Ready", "status": "False", "message": "no answer"}]}


@pytest.mark.parametrize(
    ("placement", "member", "words"),
    [
        (named("cluster-gpu-9"), cluster("a"), "cluster-gpu-9 is not a member"),
        (named("a"), cluster("a", status=NOT_READY), "a is not ready: no answer"),
        (named("a"), cluster("a", status={"conditions": []}), "a is not ready: Karmada has not"),
        (named("a"), cluster("a", spec={"taints": [TAINT]}), "a has the taint gpu=only:NoSchedule"),
        (named("a"), cluster("a", status={"apiEnablements": []}), "a does not serve RayJobs"),
        (named("a", gpu="h100"), cluster("a"), "a has not the labels gpu=h100"),
        (named(gpu="h100"), cluster("a"), "no member has the labels gpu=h100"),
        (named("a"), cluster("a", metadata={"deletionTimestamp": "now"}), "a is leaving Karmada"),
    ],
)
def test_why_no_cluster_fits(placement: dict[str, Any], member: dict[str, Any], words: str) -> None:
    problem = not_placed(placement, member)
    assert problem.id == "no-cluster-fits"
    assert problem.advice.message.startswith(f"no cluster fits: {words}")
    assert problem.advice.hint


def test_what_karmada_says_of_components_without_room_is_said_as_such() -> None:
    message = "failed to select clusters: no enough resource when selecting 1 clusters"
    waiting = state(scheduled=False, reason="SchedulerError", message=message)
    problem = only(problems_of(waiting, LATE, Evidence(clusters={})))
    assert problem.id == "not-scheduled-unschedulable"
    assert problem.advice.message == f"no cluster has room: {message}"


def test_every_cluster_of_every_group_is_said_once() -> None:
    groups = {"clusterAffinities": [{"clusterNames": ["x", "y"]}, {"clusterNames": ["y", "z"]}]}
    problem = not_placed(groups, cluster("a"))
    names = "x is not a member; y is not a member; z is not a member"
    assert problem.advice.message == f"no cluster fits: {names}"
    assert problem.advice.hint.count("targetClusters") == 1


@pytest.mark.parametrize(
    ("toleration", "is_tolerated"),
    [
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "value": "only", "effect": "NoSchedule"}, True),
        ({"key": "gpu", "value": "other"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "cpu", "operator": "Exists"}, False),
    ],
)
def test_a_taint_that_is_tolerated_keeps_nobody_out(
    toleration: dict[str, str], is_tolerated: bool
) -> None:
    placement = {**named("a"), "clusterTolerations": [toleration]}
    message = not_placed(placement, cluster("a", spec={"taints": [TAINT]})).advice.message
    # Where nothing else is wrong with it, what the scheduler said is all there is.
    assert ("taint" not in message) == is_tolerated
    assert ("0/2 clusters" in message) == is_tolerated


def test_the_schedulers_words_where_the_clusters_are_not_known() -> None:
    refused = state(scheduled=False, reason="NoClusterFit", message="0/2 clusters are available")
    assert "0/2 clusters are available" in only(problems_of(refused, LATE)).advice.message


@pytest.mark.parametrize("reason", ["Unschedulable", "QuotaExceeded", "SchedulerError"])
def test_other_reasons_of_the_scheduler(reason: str) -> None:
    problem = only(problems_of(state(scheduled=False, reason=reason, message="x y"), LATE))
    assert problem.id == f"not-scheduled-{reason.lower()}"
    assert problem.advice.message.endswith(": x y")


REFUSALS = [
    (
        "Failed to apply all manifests (0/1): resource(kind=RayJob, team/train-1) already exists "
        "in the cluster c1 and the abort strategy value is empty, Karmada will not manage this "
        "resource",
        "conflict",
    ),
    ('Failed to apply all manifests (0/1): namespaces "team" not found', "no-namespace"),
    ('no matches for kind "RayJob" in version "ray.io/v1"', "no-crd"),
    ("the server could not find the requested resource", "no-crd"),
    ('admission webhook "w.example" denied the request: no GPUs here', "refused-by-webhook"),
    ("dial tcp 10.0.0.1:443: connect: connection refused", "member-unreachable"),
    ("tls: failed to verify certificate: x509: expired", "unknown-authority"),
    ('rayjobs.ray.io "train-1" is forbidden: exceeded quota: q, requested: 1', "quota"),
    ('rayjobs.ray.io is forbidden: User "karmada" cannot create resource', "not-allowed"),
    ('RayJob.ray.io "train-1" is invalid: spec.x: Invalid value', "refused"),
    ("something nobody has seen", "not-applied"),
]


@pytest.mark.parametrize(("words", "kind"), REFUSALS)
def test_why_a_member_does_not_get_it(words: str, kind: str) -> None:
    problem = only(problems_of(state(Run("c1", problem=words)), LATE))
    assert (problem.id, problem.cluster) == (kind, "c1")
    assert "{" not in problem.advice.message + problem.advice.hint


@pytest.mark.parametrize(
    ("run", "kind", "words"),
    [
        (Run("c1", True, "", "ValidationFailed", "", "ValidationFailed", "name too long"),
         "validation-failed", "KubeRay refuses the RayJob: name too long"),
        (Run("c1", True, "", "Failed", "", "SubmissionFailed", "BackoffLimitExceeded"),
         "submitter-failed", "the submitter failed: BackoffLimitExceeded"),
        (Run("c1", True, "", "Failed", "RUNNING", "DeadlineExceeded"),
         "deadline-exceeded", "maxRuntimeSeconds"),
        (Run("c1", True, "", "Failed", "", "PreRunningDeadlineExceeded"),
         "deadline-exceeded-before-running", "did not all run within"),
        (Run("c1", True, "", "Failed", "FAILED", "AppFailed", "exit code 1"),
         "training-failed", "the training failed: exit code 1"),
        (Run("c1", True, "", "Complete", "STOPPED"), "stopped", "it was stopped"),
        (Run("c1", True, "", "Failed", "FAILED", "of another version"), "failed", "it failed"),
    ],
)  # fmt: skip
def test_why_it_failed(run: Run, kind: str, words: str) -> None:
    problem = only(problems_of(state(run), LATE))
    assert problem.id == kind
    assert words in problem.advice.message
    assert "{" not in problem.advice.hint


def test_a_job_that_is_well_has_no_problems() -> None:
    for deployment, job in (("Running", "RUNNING"), ("Complete", "SUCCEEDED")):
        assert problems_of(state(Run("c1", True, "", deployment, job)), LATE) == []


@pytest.mark.parametrize(
    ("waiting", "kind"),
    [
        (state(scheduled=None), "not-placed"),
        (state(Run("c1")), "not-yet-applied"),
        (state(Run("c1", applied=True)), "no-operator"),
    ],
)
def test_silence_is_worth_a_word_only_after_a_minute(waiting: JobState, kind: str) -> None:
    assert problems_of(waiting, SOON) == []
    assert only(problems_of(waiting, LATE)).id == kind


def test_a_job_of_a_policy_that_came_before_the_webhook_is_passed_over() -> None:
    created = "2026-01-01T00:00:00Z"
    ray_job = {"metadata": {"name": "a", "namespace": "n", "creationTimestamp": created}}
    of_policy = {
        "propagationpolicy.karmada.io/name": "a-propagation",
        "propagationpolicy.karmada.io/namespace": "n",
    }
    labels = {"propagationpolicy.karmada.io/permanent-id": ""}
    binding = {
        "metadata": {"name": "a-rayjob", "annotations": of_policy, "labels": labels},
        "spec": {"resource": {"kind": "RayJob", "namespace": "n", "name": "a"}},
    }
    problem = only(problems_of(state_of(ray_job, binding), SOON))
    assert problem.id == "policy-without-id"
    assert "delete the PropagationPolicy n/a-propagation on Karmada" in problem.advice.hint
    labels["propagationpolicy.karmada.io/permanent-id"] = "an-id"
    assert only(problems_of(state_of(ray_job, binding), LATE)).id == "not-placed"


def test_a_job_without_its_policy_is_placed_nowhere() -> None:
    found = problems_of(state(scheduled=None), SOON, Evidence(has_policy=False))
    assert only(found).id == "no-policy"


LABELS = {"labels": {"kueue.x-k8s.io/queue-name": "training"}}
WORKLOAD = {
    "status": {
        "conditions": [
            {"type": "QuotaReserved", "status": "False", "message": "insufficient unused quota"}
        ]
    }
}


def test_who_has_suspended_it() -> None:
    suspended = Run("c1", True, "", "Suspended")
    by_git = state(suspended, resource=ray_job(spec={"suspend": True}))
    assert '"suspended": false' in only(problems_of(by_git, LATE)).advice.hint
    by_hand = only(problems_of(state(suspended), LATE))
    assert "though Git does not say so" in by_hand.advice.message
    queued = ray_job()
    queued["metadata"] |= LABELS
    seen = Evidence(members={"c1": MemberEvidence(workload=WORKLOAD)})
    problem = only(problems_of(state(suspended, resource=queued), LATE, seen))
    assert problem.id == "queued"
    assert problem.advice.message == "it waits in Kueue's queue training: insufficient unused quota"


def pod(name: str = "head", **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {}, "status": {"phase": "Pending", **status}}


def unscheduled(message: str, name: str = "head") -> dict[str, Any]:
    return pod(name, conditions=[{"type": "PodScheduled", "status": "False", "message": message}])


def container(state_of: str, reason: str, message: str = "") -> dict[str, Any]:
    status = {"image": "registry.example/x:v1", "state": {state_of: {"reason": reason}}}
    status["state"][state_of]["message"] = message  # type: ignore[index]
    return pod(conditions=[{"type": "PodScheduled", "status": "True"}], containerStatuses=[status])


PODS = [
    (unscheduled("0/3 nodes are available: 3 Insufficient nvidia.com/gpu."), "pending-gpus",
     "no node has nvidia.com/gpu free"),
    (unscheduled("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.shared."), "pending-gpus",
     "no node has nvidia.com/gpu.shared free"),
    (unscheduled("3 Insufficient nvidia.com/mig-1g.10gb.me. preemption: none"), "pending-gpus",
     "no node has nvidia.com/mig-1g.10gb.me free"),
    (unscheduled("1 Insufficient gpu.intel.com/i915, 2 Insufficient cpu"), "pending-gpus",
     "no node has gpu.intel.com/i915 free"),
    (unscheduled("0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory."),
     "pending-resources", "no node has cpu free"),
    (unscheduled("0/3 nodes are available: 3 node(s) had untolerated taint {gpu: true}."),
     "no-node", "may run on"),
    (unscheduled('persistentvolumeclaim "results" not found'), "no-claim", "claim results is not"),
    (unscheduled("pod has unbound immediate PersistentVolumeClaims"), "claim-not-bound", "volume"),
    (unscheduled("0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with "
                 "ReadWriteOncePod access mode already in-use by another pod."),
     "claim-in-use", "another pod has it"),
    (unscheduled("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match "
                 "PersistentVolume's node affinity."), "claim-on-another-node", "another node"),
    (unscheduled("0/3 nodes are available: 3 node(s) had volume node affinity conflict."),
     "claim-on-another-node", "another node"),
    (container("waiting", "CreateContainerConfigError",
               "container has runAsNonRoot and image will run as root"),
     "runs-as-root", "must not run as root"),
    (container("waiting", "ImagePullBackOff", "Back-off pulling image"), "image-pull",
     "registry.example/x:v1"),
    (container("waiting", "CreateContainerConfigError", 'secret "s3-credentials" not found'),
     "no-secret", "s3-credentials"),
    (container("waiting", "CreateContainerError", "no such device"), "container", "no such device"),
    (container("terminated", "OOMKilled"), "out-of-memory", "memory"),
    (pod("late"), "unscheduled", "no scheduler has looked at its pods: late"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "kind", "words"), PODS, ids=[kind for _, kind, _ in PODS])
def test_why_its_pods_do_not_run(found: dict[str, Any], kind: str, words: str) -> None:
    seen = Evidence(members={"c1": MemberEvidence(pods=(found,))})
    problem = only(problems_of(state(Run("c1", True, "", "Initializing")), LATE, seen))
    assert (problem.id, problem.cluster) == (kind, "c1")
    assert words in problem.advice.message


def test_pods_with_the_same_problem_are_told_once() -> None:
    message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
    pods = tuple(unscheduled(message, f"worker-{number}") for number in range(9))
    seen = Evidence(members={"c1": MemberEvidence(pods=pods)})
    problem = only(problems_of(state(Run("c1", True, "", "Initializing")), LATE, seen))
    assert "worker-0" in problem.advice.message


@pytest.mark.parametrize(
    ("reason", "message", "kind"),
    [
        ("FailedToCreateHeadPod", 'pods "h" is forbidden: exceeded quota: q, used: 1', "quota"),
        ("FailedToCreateWorkerPod", "no PriorityClass with name urgent was found",
         "no-priority-class"),
        ("FailedToCreateHeadPod", 'pods "h" is forbidden: violates PodSecurity "baseline:v1.3": a',
         "pod-security"),
        ("FailedMount", 'MountVolume.SetUp failed for volume "x"', "volume"),
        ("Failed", "Failed to pull image", "image-pull"),
        ("FailedAttachVolume", 'Multi-Attach error for volume "x" Volume is already used by pod(s)',
         "claim-on-another-node"),
    ],
)  # fmt: skip
def test_warnings_tell_what_no_pod_does(reason: str, message: str, kind: str) -> None:
    event = {"type": "Warning", "reason": reason, "message": message}
    initializing = state(Run("c1", True, "", "Initializing"))
    seen = Evidence(members={"c1": MemberEvidence(events=(event,))})
    assert only(problems_of(initializing, LATE, seen)).id == kind
    with_pod = MemberEvidence(pods=(unscheduled("3 Insufficient cpu."),), events=(event,))
    found = problems_of(initializing, LATE, Evidence(members={"c1": with_pod}))
    assert only(found).id == "pending-resources"


@pytest.mark.parametrize(
    ("pods", "message"),
    [
        ((pod(phase="Running"),), "exceeded quota: q"),
        ((), 'rayclusters.ray.io "x" already exists'),
    ],
)
def test_warnings_that_are_over_are_not_told(
    pods: tuple[dict[str, Any], ...], message: str
) -> None:
    event = {"type": "Warning", "reason": "FailedToCreateRayCluster", "message": message}
    seen = Evidence(members={"c1": MemberEvidence(pods=pods, events=(event,))})
    assert problems_of(state(Run("c1", True, "", "Initializing")), LATE, seen) == []


def test_a_member_that_cannot_be_read_is_said_and_no_more() -> None:
    seen = Evidence(members={"c1": MemberEvidence(unreadable="c1 refuses pods (403)")})
    problem = only(problems_of(state(Run("c1", True, "", "Initializing")), LATE, seen))
    assert problem.id == "member-unreadable"
    assert "c1 refuses pods (403)" in problem.advice.message


def test_a_long_message_takes_no_long_time() -> None:
    """Of what a member says: some patterns take the square of a text's length."""
    event = {"type": "Warning", "reason": "x", "message": "Failed" * 200_000}
    started = time.process_time()
    assert list(pod_problems([], [event], "c1")) == []
    assert time.process_time() - started < 2


def test_a_submitter_that_is_refused_is_told_though_all_other_pods_run() -> None:
    refused = 'Error creating: pods "train-1-abcde" is forbidden: exceeded quota: q'
    event = {
        "type": "Warning",
        "reason": "FailedCreate",
        "message": refused,
        "involvedObject": {"kind": "Job", "name": "train-1"},
    }
    waiting = state(Run("c1", True, "", "Running"))

    def told(*pods: dict[str, Any]) -> list[str]:
        seen = MemberEvidence(pods=pods, events=(event,))
        found = problems_of(waiting, LATE, Evidence(members={"c1": seen}))
        return [problem.id for problem in found]

    assert told(pod(phase="Running")) == ["quota"]
    submitter = pod("train-1-abcde", phase="Running")
    submitter["metadata"]["labels"] = {"job-name": "train-1"}
    assert told(pod(phase="Running"), submitter) == []
