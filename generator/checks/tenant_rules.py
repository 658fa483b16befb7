"""Rules about what the jobs of a tenant may use.

They make a review rule for jobs/<tenant>/ a boundary, so neither a job nor ``rules`` in
platform.yaml changes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of
from generator.fleet import Fleet, Submission
from generator.params.job import Job
from generator.platform.tenants import Tenant

UNLISTED = error("tenant/unlisted", "A job is in a directory of no tenant.")
NAMESPACE = error("tenant/namespace", "A job is in a namespace that its tenant may not use.")
CLUSTER = error("tenant/cluster", "A job targets a cluster that its tenant may not use.")
IMAGE = error("tenant/image", "A job names an image that its tenant may not use.")
DIGEST = error("tenant/digest", "A job names an image without the digest that its tenant needs.")
CLAIM = error("tenant/claim", "A job writes to a claim that its tenant may not use.")
SECRET = error("tenant/secret", "A job gets keys from a Secret that its tenant may not use.")
QUEUE = error("tenant/queue", "A job waits in a queue that its tenant may not use, or in none.")
PRIORITY = error("tenant/priority", "A job has a priority that its tenant may not use.")


def check_tenants(fleet: Fleet) -> Iterator[Diagnostic]:
    """Each job outside its tenant's bounds, where platform.yaml lists tenants."""
    tenants = fleet.platform.tenants
    for submission in fleet.submissions if tenants else ():
        tenant = tenants.get(submission.tenant or "")
        found = _unlisted(submission, fleet) if tenant is None else _outside(submission, fleet)
        for one in found:
            yield one.in_file(submission.file)


def is_within(image: str, prefix: str) -> bool:
    """Whether an image starts with whole parts of a prefix.

    ``registry.example/vision`` is a prefix of ``registry.example/vision:v1`` and of
    ``registry.example/vision/train:v1``, not of ``registry.example/visionary``; ``registry`` is
    none of ``registry:5000/train``, where it is the name of a host.
    """
    if not image.startswith(prefix):
        return False
    rest = image[len(prefix) :]
    return prefix.endswith("/") or rest[:1] in ("", "/") or (rest[0] in ":@" and "/" not in rest)


def _unlisted(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    known = ", ".join(sorted(fleet.platform.tenants))
    if submission.tenant is None:
        message = f"{submission.file} is in no tenant's directory"
        hint = f"move it to jobs/<tenant>/<job>/; there is: {known}"
    else:
        message = f'platform.yaml does not list the tenant "{submission.tenant}"'
        hint = f"move the job below jobs/<tenant>/, or list the tenant; there is: {known}"
    yield UNLISTED.found(message, hint=hint, pointer="/jobName")


def _outside(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    assert submission.tenant is not None
    name, tenant = submission.tenant, fleet.platform.tenants[submission.tenant]
    job = submission.job
    if tenant.namespaces is not None and job.namespace not in tenant.namespaces:
        yield NAMESPACE.found(
            f'the tenant "{name}" may not use the namespace "{job.namespace}"',
            hint=f'set "namespace" to {_one_of(tenant.namespaces)}',
            pointer="/namespace",
        )
    for index, cluster in enumerate(job.target_clusters):
        if tenant.clusters is not None and cluster not in tenant.clusters:
            yield CLUSTER.found(
                f'the tenant "{name}" may not use the cluster "{cluster}"',
                hint=f"target {_one_of(tenant.clusters)}",
                pointer=pointer_of("targetClusters", index),
            )
    yield from _images(submission, fleet, name, tenant)
    yield from _claim(submission, fleet, name, tenant)
    yield from _secret(job, fleet, name, tenant)
    yield from _queue(job, fleet, name, tenant)
    yield from _priority(submission, name, tenant)


def _images(
    submission: Submission, fleet: Fleet, name: str, tenant: Tenant
) -> Iterator[Diagnostic]:
    job = submission.job
    prefixes = tenant.images.prefixes
    algorithm = job.algorithm
    by_platform = fleet.platform.image_of(algorithm.algorithm_name, algorithm.source)
    for pointer, image in (("/headImage", job.head_image), ("/workerImage", job.worker_image)):
        if image in (None, by_platform):
            continue
        if prefixes is not None and not any(is_within(image, prefix) for prefix in prefixes):
            yield IMAGE.found(
                f'the tenant "{name}" may not use the image "{image}"',
                hint=f"name one that starts with {_one_of(prefixes)}",
                pointer=pointer,
            )
        if tenant.images.digest and "@" not in image:
            yield DIGEST.found(
                f'"{image}" has no digest: what it is can change after the review',
                hint="name it by its digest: IMAGE@sha256:…",
                pointer=pointer,
            )


def _claim(submission: Submission, fleet: Fleet, name: str, tenant: Tenant) -> Iterator[Diagnostic]:
    claim = fleet.claim_name(submission.job)
    if tenant.claims is not None and claim is not None and claim not in tenant.claims:
        whose = "" if submission.job.pvc_name else ", which is that of a job that names none"
        yield CLAIM.found(
            f'the tenant "{name}" may not use the claim "{claim}"{whose}',
            hint=f'set "pvcName" to {_one_of(tenant.claims)}',
            pointer="/pvcName",
        )


def _secret(job: Job, fleet: Fleet, name: str, tenant: Tenant) -> Iterator[Diagnostic]:
    secret = fleet.credentials(job).secret_name
    if tenant.secrets is not None and secret not in tenant.secrets:
        yield SECRET.found(
            f'the tenant "{name}" may not use the Secret "{secret}", which has the keys of this '
            "endpoint",
            hint=f"read from where the keys are in {_one_of(tenant.secrets)}",
            pointer="/inputDataConfig/0/endpoint",
        )


def _queue(job: Job, fleet: Fleet, name: str, tenant: Tenant) -> Iterator[Diagnostic]:
    if tenant.queues is None or not fleet.platform.scheduling.queueing:
        return
    queue = fleet.queue(job)
    if queue in tenant.queues:
        return
    if queue is None:
        message = f'a job of the tenant "{name}" has to wait in a queue, and this one names none'
    else:
        whose = "" if job.scheduling.queue else ", which is that of a job that names none"
        message = f'the tenant "{name}" may not use the queue "{queue}"{whose}'
    yield QUEUE.found(
        message,
        hint=f'set "queue" in "scheduling" to {_one_of(tenant.queues)}',
        pointer="/scheduling/queue",
    )


def _priority(submission: Submission, name: str, tenant: Tenant) -> Iterator[Diagnostic]:
    allowed, priority = tenant.priorities, submission.job.priority
    if not allowed.minimum <= priority <= allowed.maximum:
        yield PRIORITY.found(
            f'the tenant "{name}" may not use the priority {priority}',
            hint=f'set "priority" to {allowed.minimum} to {allowed.maximum}',
            pointer="/priority",
        )


def _one_of(names: list[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)
