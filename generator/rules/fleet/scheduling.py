"""Rules about where and when jobs run, between them and what platform.yaml says of clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, pointer_of
from generator.diagnostics.wording import SHOWN, listed
from generator.fields import kubernetes
from generator.model.job.resources import FAILURE_EFFECT, tolerates_failure
from generator.model.platform.clusters import Clusters
from generator.repository.fleet import Fleet, Submission
from generator.repository.usage import beyond, in_words, labels_in_words, of_one_copy
from generator.rules.fleet import error, warning

CLUSTER_LABELS = error(
    "fleet/cluster-labels", "No target cluster has the labels that a job asks for."
)
UNKNOWN_LABELS = warning(
    "fleet/unknown-labels", "A job chooses by labels among clusters whose labels are not known."
)
NOWHERE_TO_MOVE = warning(
    "fleet/nowhere-to-move", "A job is to move when its cluster fails and has no other cluster."
)
TOLERATED_FAILURE = warning(
    "fleet/tolerated-failure", "A job is to move when its cluster fails and tolerates the failure."
)
NEVER_ESTIMATED = warning(
    "fleet/never-estimated", "Karmada never finds room for a job on one of its clusters."
)
SUSPENDED = warning("fleet/suspended", "A job is suspended: it runs nothing.")
# Not adjustable: a job could go past its queue.
SUSPENDED_IN_QUEUE = error(
    "fleet/suspended-in-queue", "A job is suspended, or not, in a queue of Kueue, which decides it."
)
UNUSED_QUEUE = warning("fleet/unused-queue", "A job names a queue and nothing queues jobs.")
UNQUEUED = warning("fleet/unqueued", "Jobs are queued and a job is in no queue.")
PRIORITY = warning("fleet/priority", "A priority is given and nothing maps it to a class.")
TENANT_LABEL = error("fleet/tenant-label", "A job's directory cannot be the value of a label.")
UNLISTED_CLUSTER = error(
    "fleet/unlisted-cluster", "A job targets a cluster that platform.yaml does not list."
)
DOES_NOT_FIT = error("fleet/does-not-fit", "A job can never run on the clusters that it needs.")
NEVER_CHOSEN = warning(
    "fleet/never-chosen", "A job can never run on one of the clusters to choose from."
)

_ON_FAILURE = "/scheduling/onClusterFailure"
_LABEL_VALUE = re.compile(kubernetes.LABEL_VALUE)
_HINT = "ask for less, or target a cluster that has more; platform.yaml says what each has"


def check_scheduling(fleet: Fleet) -> Iterator[Diagnostic]:
    """What is wrong, or worth knowing, about where and when each job runs."""
    for submission in fleet.submissions:
        for rule in (_labels, _failure, _estimated, _suspended, _queued, _priority, _tenant):
            yield from rule(submission, fleet)


def check_clusters(fleet: Fleet) -> Iterator[Diagnostic]:
    """What is wrong with the target clusters of jobs, where platform.yaml lists any."""
    if not fleet.platform.clusters:
        return
    hint = f"there is: {listed(fleet.platform.clusters)}"
    for submission in fleet.submissions:
        yield from _unlisted(submission, fleet.platform.clusters, hint)
        yield from _too_small(submission, fleet)


def _labels(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, described = submission.job, fleet.platform.clusters
    if not job.scheduling.cluster_labels:
        return
    if not fleet.resolved(submission).placement.candidates:
        yield CLUSTER_LABELS.found(
            f"none of {', '.join(job.target_clusters)} has {labels_in_words(job)}: Karmada finds "
            "no cluster, and nothing runs",
            hint="ask for labels that one of them has in platform.yaml's clusters",
            at=submission.at("/scheduling/clusterLabels"),
        )
    known = {name for name, cluster in described.items() if cluster.labels is not None}
    unknown = [name for name in job.target_clusters if name not in known]
    if unknown:
        yield UNKNOWN_LABELS.found(
            f"platform.yaml does not say the labels of {', '.join(unknown)}: they are counted as "
            "if the job could run there",
            hint="have the platform team write clusters.<name>.labels",
            at=submission.at("/scheduling/clusterLabels"),
        )


def _failure(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, placement = submission.job, fleet.resolved(submission).placement
    candidates = placement.candidates
    if placement.moves:
        for index, one in enumerate(job.scheduling.cluster_tolerations):
            if tolerates_failure(one):
                yield TOLERATED_FAILURE.found(
                    f"the job tolerates {one.key} with {FAILURE_EFFECT}: it stays on a cluster "
                    "that fails, though it is to move",
                    hint='take the toleration out, or write "onClusterFailure": "stay"',
                    at=submission.at(pointer_of("scheduling", "clusterTolerations", index)),
                )
    elif job.scheduling.on_cluster_failure == "move" and candidates:
        if submission.merged and submission.merged.is_from_template(_ON_FAILURE):
            return
        where = "only on" if len(candidates) == 1 else "on each of"
        words = f"the job runs {where} {', '.join(candidates)}"
        others = "name several target clusters"
        if len(candidates) == 1 < len(job.target_clusters):
            words = f"of its target clusters only {candidates[0]} has {labels_in_words(job)}"
            others = f"name another that has {labels_in_words(job)}, or ask for other labels"
        mode = "" if placement.runs_once else ', and the mode "one-of" or "ordered"'
        yield NOWHERE_TO_MOVE.found(
            f"{words}: when a cluster fails the job stays there",
            hint=f'{others}{mode}; or write "stay"',
            at=submission.at(_ON_FAILURE),
        )


def _estimated(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, placement = submission.job, fleet.resolved(submission).placement
    asked = fleet.platform.ray.gpu_resource_name
    for index, cluster in enumerate(job.target_clusters):
        if cluster in placement.candidates and cluster not in placement.with_room:
            own = fleet.platform.gpu_resource_of(cluster)
            yield NEVER_ESTIMATED.found(
                f"{cluster} counts GPUs as {own}, and Karmada looks for {asked} there: it always "
                "looks full, and the job never runs there",
                hint="target only clusters with the same gpuResourceName",
                at=submission.at(pointer_of("targetClusters", index)),
            )


def _suspended(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, queue = submission.job, fleet.resolved(submission).queue
    suspended = job.scheduling.suspended
    if suspended is None:
        return
    if queue and fleet.platform.scheduling.queueing == "kueue":
        yield SUSPENDED_IN_QUEUE.found(
            f"the job waits in Kueue's queue {queue}, which suspends and resumes it",
            hint="leave suspended out: Kueue starts the job when it is its turn",
            at=submission.at("/scheduling/suspended"),
        )
    elif suspended:
        yield SUSPENDED.found(
            f"{job.job_name} is suspended: the RayJob is placed, and no Ray cluster is made",
            hint='"suspended": false starts it; without the field a suspended copy stays as it is',
            at=submission.at("/scheduling/suspended"),
        )


def _queued(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, queueing = submission.job, fleet.platform.scheduling.queueing
    if job.scheduling.queue and not queueing:
        yield UNUSED_QUEUE.found(
            f"the queue {job.scheduling.queue} has no effect: platform.yaml says nothing of queues",
            hint="leave it out, or have the platform team set scheduling.queueing",
            at=submission.at("/scheduling/queue"),
        )
    elif queueing and not fleet.resolved(submission).queue:
        yield UNQUEUED.found(
            f"{job.job_name} is in no queue: it starts at once, whatever waits",
            hint="name one: scheduling.queue, here or in platform.yaml for all jobs",
            at=submission.at("/jobName"),
        )


def _priority(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    job, scheduling = submission.job, fleet.platform.scheduling
    if "priority" in job.model_fields_set and fleet.resolved(submission).priority_range is None:
        ranges = ", ".join(f"{r.least} to {r.most}" for r in scheduling.priorities[:SHOWN])
        yield PRIORITY.found(
            "the priority has no effect: platform.yaml maps it to no class",
            hint=f"choose one of {ranges}, or leave it out" if ranges else "leave it out",
            at=submission.at("/priority"),
        )


def _tenant(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    label, tenant = fleet.platform.metadata.tenant_label, submission.tenant
    if label is None:
        return
    if tenant is None:
        words = f"the job is in no directory of a tenant, which {label} would name"
    elif len(tenant) > kubernetes.MAX_LABEL or not _LABEL_VALUE.fullmatch(tenant):
        words = f"the directory jobs/{tenant} cannot be the value of the label {label}"
    else:
        return
    yield TENANT_LABEL.found(
        words,
        hint="put it below jobs/<tenant>/<job>/: letters, digits, -, _ and ., at most 63",
        at=submission.at("/jobName"),
    )


def _unlisted(submission: Submission, known: Clusters, hint: str) -> Iterator[Diagnostic]:
    for index, cluster in enumerate(submission.job.target_clusters):
        if cluster not in known:
            yield UNLISTED_CLUSTER.found(
                f'platform.yaml does not list the cluster "{cluster}"',
                hint=hint,
                at=submission.at(pointer_of("targetClusters", index)),
            )


def _too_small(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    """Where a copy runs on each cluster each has to be large enough, else one of them."""
    job, known = submission.job, fleet.platform.clusters
    resolved = fleet.resolved(submission)
    placement, taken = resolved.placement, of_one_copy(resolved)
    candidates = set(placement.candidates)
    lacking = {
        index: f"{cluster}: {in_words(excess)}"
        for index, cluster in enumerate(job.target_clusters)
        if cluster in candidates and cluster in known and (excess := beyond(taken, known[cluster]))
    }
    if not lacking:
        return
    on_each = placement.mode in ("divided", "all") or len(candidates) == 1
    if not on_each and len(lacking) == len(candidates):
        yield DOES_NOT_FIT.found(
            f"a copy is too large for every target cluster: {'; '.join(lacking.values())}",
            hint=_HINT,
            at=submission.at("/targetClusters"),
        )
        return
    rule = DOES_NOT_FIT if on_each else NEVER_CHOSEN
    placed_on = placement.expected
    for index, place in lacking.items():
        words = "a copy never runs here, it is too large for"
        if job.target_clusters[index] in placed_on:
            words = "a copy is too large for"
            if not on_each:
                words = f"Karmada places the job here, and {words}"
        yield rule.found(
            f"{words} {place}",
            hint=_HINT,
            at=submission.at(pointer_of("targetClusters", index)),
        )
