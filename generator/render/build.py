"""Every manifest of a fleet, each with the file that it is written to."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.platform.model import FILE
from generator.render.namespace import KEPT, PROTECTED, claim, federated_quota, secret_manifest
from generator.render.objects import Manifest, Object
from generator.render.placement import job_policy, override_name, override_policy, shared_policy
from generator.render.rayjob import ray_job
from generator.repository.fleet import Fleet, SharedClaim
from generator.repository.resolved_job import ResolvedJob


def build(fleet: Fleet) -> Iterator[Manifest]:
    """The manifests of a fleet that has passed its checks, in a fixed order."""
    for submission in fleet.submissions:
        yield job_manifest(fleet.resolved(submission))
    for shared in fleet.claims.values():
        if shared.is_rendered:
            yield _claim(shared, fleet)
    yield from map(secret_manifest, fleet.secrets.values())
    for namespace in fleet.kept_namespaces:
        yield Manifest(f"{namespace}/namespace.yaml", FILE, (_namespace(namespace),))
    for namespace in fleet.quota_namespaces:
        yield Manifest(f"{namespace}/quota.yaml", FILE, (federated_quota(namespace, fleet),))


def job_manifest(one: ResolvedJob) -> Manifest:
    """The manifest of one job of a fleet that has passed its checks."""
    job, overrides = one.job, override_policy(one)
    return Manifest(
        path=f"{job.namespace}/{job.job_name}.yaml",
        source=one.file,
        objects=(
            ray_job(one),
            *((overrides,) if overrides else ()),
            job_policy(one, override_name(job) if overrides else None),
        ),
    )


def _claim(shared: SharedClaim, fleet: Fleet) -> Manifest:
    policy = shared_policy("PersistentVolumeClaim", shared.name, shared.namespace, shared.clusters)
    return Manifest(
        path=f"{shared.namespace}/storage/{shared.name}.yaml",
        # Not the jobs' files: two pull requests that add a job each would conflict here.
        source=FILE if shared.declared else f"every job that names the claim {shared.name}",
        objects=(claim(shared, fleet.platform.storage), policy),
    )


def _namespace(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": dict(PROTECTED), "annotations": dict(KEPT)},
    }
