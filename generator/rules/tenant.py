"""The rules ``tenant/…``: whether a job stays within the bounds of its tenant."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, pointer_of
from generator.diagnostics.wording import listed, one_of
from generator.model.platform.tenants import Tenant
from generator.repository.fleet import Fleet, Submission
from generator.repository.resolved_job import ResolvedJob
from generator.rules import bound

UNLISTED = bound("tenant/unlisted", "A job is in a directory of no tenant.")
NAMESPACE = bound("tenant/namespace", "A job is in a namespace that its tenant may not use.")
CLUSTER = bound("tenant/cluster", "A job targets a cluster that its tenant may not use.")
IMAGE = bound("tenant/image", "A job names an image that its tenant may not use.")
DIGEST = bound("tenant/digest", "A job names an image without the digest that its tenant needs.")
CLAIM = bound("tenant/claim", "A job writes to a claim that its tenant may not use.")
SECRET = bound("tenant/secret", "A job gets keys from a Secret that its tenant may not use.")
QUEUE = bound("tenant/queue", "A job waits in a queue that its tenant may not use, or in none.")
PRIORITY = bound("tenant/priority", "A job has a priority that its tenant may not use.")


class _Allowed:
    """Names that a tenant may use, and the words for them: made once for all its jobs."""

    def __init__(self, names: list[str]) -> None:
        self._names = frozenset(names)
        self.words = one_of(names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class _Bounds:
    """What the jobs of a tenant may use; None where anything."""

    def __init__(self, name: str, tenant: Tenant) -> None:
        self.name, self.tenant = name, tenant
        self.namespaces = _allowed(tenant.namespaces)
        self.clusters = _allowed(tenant.clusters)
        self.prefixes = _allowed(tenant.images.prefixes)
        self.claims = _allowed(tenant.claims)
        self.secrets = _allowed(tenant.secrets)
        self.queues = _allowed(tenant.queues)


def check_tenants(fleet: Fleet) -> Iterator[Diagnostic]:
    """Each job outside its tenant's bounds, where platform.yaml lists tenants."""
    tenants = {name: _Bounds(name, tenant) for name, tenant in fleet.platform.tenants.items()}
    known = listed(tenants)
    for submission in fleet.submissions if tenants else ():
        bounds = tenants.get(submission.tenant or "")
        yield from _outside(submission, fleet, bounds) if bounds else _unlisted(submission, known)


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


def _allowed(names: list[str] | None) -> _Allowed | None:
    return None if names is None else _Allowed(names)


def _unlisted(submission: Submission, known: str) -> Iterator[Diagnostic]:
    if submission.tenant is None:
        message = f"{submission.file} is in no tenant's directory"
        hint = f"move it to jobs/<tenant>/<job>/; there is: {known}"
    else:
        message = f'platform.yaml does not list the tenant "{submission.tenant}"'
        hint = f"move the job below jobs/<tenant>/, or list the tenant; there is: {known}"
    yield UNLISTED.found(message, hint=hint, at=submission.at("/jobName"))


def _outside(submission: Submission, fleet: Fleet, bounds: _Bounds) -> Iterator[Diagnostic]:
    job = submission.job
    if bounds.namespaces is not None and job.namespace not in bounds.namespaces:
        yield NAMESPACE.found(
            f'the tenant "{bounds.name}" may not use the namespace "{job.namespace}"',
            hint=f'set "namespace" to {bounds.namespaces.words}',
            at=submission.at("/namespace"),
        )
    for index, cluster in enumerate(job.target_clusters):
        if bounds.clusters is not None and cluster not in bounds.clusters:
            yield CLUSTER.found(
                f'the tenant "{bounds.name}" may not use the cluster "{cluster}"',
                hint=f"target {bounds.clusters.words}",
                at=submission.at(pointer_of("targetClusters", index)),
            )
    yield from _images(submission, fleet, bounds)
    yield from _claim(submission, fleet, bounds)
    yield from _secret(fleet.resolved(submission), bounds)
    yield from _queue(fleet.resolved(submission), bounds)
    yield from _priority(submission, bounds)


def _starts_with_one(image: str, prefixes: _Allowed) -> bool:
    # Each start of the image is looked up: prefixes are many, and an image is short.
    starts = (image[:end] for end in range(1, len(image) + 1))
    return any(start in prefixes and is_within(image, start) for start in starts)


def _images(submission: Submission, fleet: Fleet, bounds: _Bounds) -> Iterator[Diagnostic]:
    job = submission.job
    prefixes = bounds.prefixes
    by_platform = fleet.resolved(submission).runtime.image
    for pointer, image in (("/headImage", job.head_image), ("/workerImage", job.worker_image)):
        if image in (None, by_platform):
            continue
        if prefixes is not None and not _starts_with_one(image, prefixes):
            yield IMAGE.found(
                f'the tenant "{bounds.name}" may not use the image "{image}"',
                hint=f"name one that starts with {prefixes.words}",
                at=submission.at(pointer),
            )
        if bounds.tenant.images.digest and "@" not in image:
            yield DIGEST.found(
                f'"{image}" has no digest: what it is can change after the review',
                hint="name it by its digest: IMAGE@sha256:…",
                at=submission.at(pointer),
            )


def _claim(submission: Submission, fleet: Fleet, bounds: _Bounds) -> Iterator[Diagnostic]:
    claim = fleet.resolved(submission).claim_name
    if bounds.claims is not None and claim is not None and claim not in bounds.claims:
        whose = "" if submission.job.pvc_name else ", which is that of a job that names none"
        yield CLAIM.found(
            f'the tenant "{bounds.name}" may not use the claim "{claim}"{whose}',
            hint=f'set "pvcName" to {bounds.claims.words}',
            at=submission.at("/pvcName"),
        )


def _secret(one: ResolvedJob, bounds: _Bounds) -> Iterator[Diagnostic]:
    secret = one.credentials.secret_name
    if bounds.secrets is not None and secret not in bounds.secrets:
        yield SECRET.found(
            f'the tenant "{bounds.name}" may not use the Secret "{secret}", which has the '
            "keys of this endpoint",
            hint=f"read from where the keys are in {bounds.secrets.words}",
            at=one.at("/inputDataConfig/0/endpoint"),
        )


def _queue(one: ResolvedJob, bounds: _Bounds) -> Iterator[Diagnostic]:
    if bounds.queues is None or not one.platform.scheduling.queueing:
        return
    queue = one.queue
    if queue in bounds.queues:
        return
    if queue is None:
        message = (
            f'a job of the tenant "{bounds.name}" has to wait in a queue, and this one names none'
        )
    else:
        whose = "" if one.job.scheduling.queue else ", which is that of a job that names none"
        message = f'the tenant "{bounds.name}" may not use the queue "{queue}"{whose}'
    yield QUEUE.found(
        message,
        hint=f'set "queue" in "scheduling" to {bounds.queues.words}',
        at=one.at("/scheduling/queue"),
    )


def _priority(submission: Submission, bounds: _Bounds) -> Iterator[Diagnostic]:
    allowed, priority = bounds.tenant.priorities, submission.job.priority
    if not allowed.minimum <= priority <= allowed.maximum:
        yield PRIORITY.found(
            f'the tenant "{bounds.name}" may not use the priority {priority}',
            hint=f'set "priority" to {allowed.minimum} to {allowed.maximum}',
            at=submission.at("/priority"),
        )
