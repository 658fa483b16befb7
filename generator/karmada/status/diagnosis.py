"""What keeps a job from running, or has ended it, in plain words, and what to do about it.

Everything is a pure function of what Karmada says of the job and, where a job was looked at more
closely, of :class:`Evidence` from its members. Reasons are those of KubeRay 1.6
(ray-operator/apis/ray/v1/rayjob_types.go), words of a refusal those of Karmada 1.18
(pkg/util/objectwatcher) and of Kubernetes' API server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from generator.diagnostics.diagnostic import Advice
from generator.karmada.client.control_plane import Object
from generator.karmada.job_state import Held, JobState, Run, time_of
from generator.karmada.rendered import ObjectKey
from generator.karmada.status.departures import leaving_problems
from generator.karmada.status.pod_problems import pod_problems
from generator.karmada.status.problem import (
    Problem,
    Silence,
    first_problem,
    silence_problem,
    silences,
    symptom,
)
from generator.karmada.status.scheduling import scheduling_problems

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"

_SOON = timedelta(minutes=1)
"""How long a control plane may take before its silence is worth a word."""


@dataclass(frozen=True, slots=True)
class MemberEvidence:
    """What a member has of one job; ``unreadable`` says why it has nothing to say."""

    unreadable: str = ""
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    workload: Object | None = None
    """Kueue's, where the job waits in a queue."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read besides the two lists that say it all of a job that is well."""

    clusters: Mapping[str, Object] | None = None
    """Members by name; None where they were not or could not be read."""
    has_policy: bool | None = None
    """Whether its PropagationPolicy is on Karmada."""
    members: Mapping[str, MemberEvidence] = field(default_factory=dict)
    shared: Mapping[ObjectKey, Held] = field(default_factory=dict)
    """Of claims and Secrets, which policy holds them."""


NOTHING = Evidence()


def is_well(run: Run) -> bool:
    """Return whether a copy trains, or has ended well."""
    trains = run.deployment == "Running" and run.job == "RUNNING"
    return trains or (run.has_ended and not run.has_failed)


def problems_of(state: JobState, now: datetime, evidence: Evidence = NOTHING) -> list[Problem]:
    """Return what is wrong with a job; nothing where it runs, has ended well or just began."""
    found = list(scheduling_problems(state, evidence.clusters))
    if state.scheduled is None and not state.runs:
        found += _without_binding(state, now, evidence.has_policy)
    found += leaving_problems(state, evidence.clusters)
    silent = silences(state, evidence.clusters)
    for run in state.runs:
        seen = evidence.members.get(run.cluster)
        if run.cluster in silent:
            found += _of_silent_run(state, run, silent[run.cluster])
        else:
            found += _of_run(state, run, now, seen)
    return found


def _without_binding(state: JobState, now: datetime, has_policy: bool | None) -> Iterator[Problem]:
    if has_policy is False:
        message = "its PropagationPolicy is not on Karmada, so that it is placed nowhere"
        yield Problem("no-policy", Advice(message, _SYNC))
    elif not state.held.has_id:
        message = "its policy came before Karmada's webhook, so that the scheduler passes it over"
        hint = f"delete the {state.held.policy} on Karmada: the sync engine makes it anew"
        yield Problem("policy-without-id", Advice(message, hint))
    elif _age(state, now) > _SOON:
        hint = "see that Karmada's controllers and scheduler run"
        yield Problem("not-placed", Advice("Karmada has not placed it yet", hint))


_SYNC = "see whether the sync engine has applied all of rendered/"


def _age(state: JobState, now: datetime) -> timedelta:
    created = time_of(state.resource["metadata"].get("creationTimestamp"))
    return now - created if created else timedelta()


def _of_run(
    state: JobState, run: Run, now: datetime, seen: MemberEvidence | None
) -> Iterator[Problem]:
    cluster = run.cluster
    if run.problem:
        # It may be gone, and what it last said with it.
        yield _not_applied(state, run)
    elif run.has_failed:
        yield _failure(state, run)
    elif run.deployment in ("Suspended", "Suspending"):
        yield _suspension(state, run, seen)
    else:
        yield from _silence(state, run, now)
    if seen is None:
        return
    if seen.unreadable:
        advice = Advice(f"pods are not known: {seen.unreadable}", _READY)
        yield Problem("member-unreadable", advice, cluster)
    for problem in pod_problems(seen.pods, seen.events, cluster):
        # Where Ray has had the job its pods ran: one that waits is no reason any more.
        if not (run.job and problem.id == "unscheduled"):
            yield problem


def _of_silent_run(state: JobState, run: Run, silence: Silence) -> Iterator[Problem]:
    """Of a copy of which nothing is heard: that, and what would be wrong all the same."""
    yield silence_problem(run, silence)
    if run.problem and (known := _not_applied(state, run)).id != "member-unreachable":
        yield known
    elif run.deployment in ("Suspended", "Suspending"):
        yield _suspension(state, run, None)


def _silence(state: JobState, run: Run, now: datetime) -> Iterator[Problem]:
    """Of a copy of which nothing is heard that can be understood."""
    cluster = run.cluster
    if run.unclear:
        message = f"what the cluster says of it cannot be understood: {run.unclear}"
        yield Problem("not-understood", Advice(message, _STRANGE), cluster)
    elif not run.applied and _age(state, now) > _SOON:
        message = "Karmada has not written it into the cluster yet"
        yield Problem("not-yet-applied", Advice(message, _READY), cluster)
    elif run.applied and not run.deployment and _age(state, now) > _SOON:
        advice = Advice(
            "KubeRay has not looked at it yet", "see that the KubeRay operator runs there"
        )
        yield Problem("no-operator", advice, cluster)


_STRANGE = "see which version of KubeRay runs there, and whether the cluster can be trusted"
_READY = "`rayjobs clusters` says whether it is ready, and `rayjobs doctor` what you may read"


def _not_applied(state: JobState, run: Run) -> Problem:
    where = {"name": state.name, "namespace": state.namespace}
    known = first_problem(_REFUSALS, run.problem, run.cluster, **where)
    hint = f"`kubectl get work -n karmada-es-{run.cluster} -o yaml` on Karmada says more"
    unknown = Advice(f"Karmada cannot write it there: {run.problem}", hint)
    return known or Problem("not-applied", unknown, run.cluster)


_REFUSALS = (
    symptom(
        "conflict",
        r"already exists in the cluster",
        "the cluster has a RayJob of that name which Karmada did not make and leaves alone",
        "delete that one there (`kubectl delete rayjob {name} -n {namespace}` in the member), or "
        "give this job another name",
    ),
    symptom(
        "no-namespace",
        r'namespaces "(?P<missing>[^"]+)" not found',
        "the namespace {missing} is not there",
        "Karmada makes it in every member once it is on Karmada, but never one called kube-* or "
        "karmada-*: see namespaces in platform.yaml",
    ),
    symptom(
        "no-crd",
        r"no matches for kind|could not find the requested resource|have a resource type",
        "the cluster does not serve RayJobs of ray.io/v1",
        "install the KubeRay operator there, with its CRDs",
    ),
    symptom(
        "refused-by-webhook",
        r'admission webhook "(?P<webhook>[^"]+)" denied the request: (?P<words>.*)',
        "a webhook of the cluster, {webhook}, refuses it: {words}",
        "ask who runs that cluster, or name another one in a new job",
    ),
    symptom(
        "unknown-authority",
        r"x509|certificate",
        "Karmada does not trust the cluster's API server: {text}",
        "have the member joined again: its certificate is another",
    ),
    symptom(
        "member-unreachable",
        r"connection refused|no such host|i/o timeout|deadline exceeded|no route to host|"
        r"TLS handshake|connection reset|service unavailable",
        "Karmada does not reach the cluster: {text}",
        "it is written there once the cluster answers; `rayjobs clusters` says whether it is ready",
    ),
    symptom(
        "quota",
        r"exceeded quota",
        "the quota of the namespace there does not let it in: {text}",
        "it is tried again once others are gone",
    ),
    symptom(
        "not-allowed",
        r"forbidden|unauthorized",
        "Karmada's account may not write it there: {text}",
        "have the member joined again, or its RBAC corrected",
    ),
    symptom(
        "refused",
        r"is invalid: |strict decoding|unknown field",
        "the cluster's API server refuses it: {text}",
        "see that the CRDs of KubeRay there are of version 1.6 or newer",
    ),
)

_AGAIN = "a failed RayJob stays failed: `rayjobs new NEW --from {name}` runs it under a new name"
_LOGS = "`rayjobs logs {name} --cluster {cluster}` shows what it printed; " + _AGAIN
_FAILURES = {
    "ValidationFailed": (
        "validation-failed",
        "KubeRay refuses the RayJob",
        "it stays refused, so correct it under a new name; `rayjobs check` should have said it",
    ),
    "SubmissionFailed": ("submitter-failed", "the submitter failed", _LOGS),
    "DeadlineExceeded": (
        "deadline-exceeded",
        "it took longer than stoppingCondition.maxRuntimeSeconds allows, waiting for pods included",
        "run it under a new name with more seconds, or where it need not wait",
    ),
    "PreRunningDeadlineExceeded": (
        "deadline-exceeded-before-running",
        "its pods did not all run within stoppingCondition.maxWaitSeconds",
        "see below why they did not; " + _AGAIN,
    ),
    "AppFailed": ("training-failed", "the training failed", _LOGS),
    "JobDeploymentStatusTransitionGracePeriodExceeded": (
        "lost",
        "KubeRay lost sight of it: submitter and Ray cluster disagree on whether it has ended",
        _LOGS,
    ),
}
_STOPPED = ("stopped", "it was stopped on its Ray cluster", _AGAIN)
_UNKNOWN = ("failed", "it failed", _LOGS)


def _failure(state: JobState, run: Run) -> Problem:
    reason = "ValidationFailed" if run.deployment == "ValidationFailed" else run.reason
    unknown = _STOPPED if run.job == "STOPPED" else _UNKNOWN
    kind, words, hint = _FAILURES.get(reason, unknown)
    message = f"{words}: {run.message}" if run.message else words
    filled = hint.format(name=state.name, cluster=run.cluster)
    return Problem(kind, Advice(message, filled), run.cluster)


def _suspension(state: JobState, run: Run, seen: MemberEvidence | None) -> Problem:
    if state.resource.get("spec", {}).get("suspend"):
        hint = 'to start it, write "suspended": false into its scheduling and push'
        return Problem("suspended", Advice("it is suspended", hint), run.cluster)
    queue = (state.resource["metadata"].get("labels") or {}).get(QUEUE_LABEL)
    if queue is None:
        message = "it is suspended in the cluster, though Git does not say so"
        hint = f"`kubectl get rayjob {state.name} -o yaml` in the member says who did it"
        return Problem("suspended", Advice(message, hint), run.cluster)
    waits = _why_queued(seen.workload) if seen and seen.workload else ""
    message = f"it waits in Kueue's queue {queue}" + (f": {waits}" if waits else "")
    hint = "it starts when the queue has room for it, those of a higher priority first"
    return Problem("queued", Advice(message, hint), run.cluster)


def _why_queued(workload: Object) -> str:
    for one in (workload.get("status") or {}).get("conditions") or ():
        if one.get("type") in ("QuotaReserved", "Admitted") and one.get("status") == "False":
            return str(one.get("message", ""))
    return ""
