"""Rules about fields of a job that have no effect beside what else it, or platform.yaml, says."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, warning
from generator.params.job import Job
from generator.platform.model import Platform
from generator.repository.resolved_job import resolve

UNUSED_RAY_VERSION = warning(
    "job/unused-ray-version", "A job names a Ray version and no image of its own."
)
UNUSED_WAIT = warning("job/unused-wait", "The longest run ends a job before its longest wait.")


def check_unused(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    """Each field that has no effect."""
    yield from _ray_version(job, platform)
    yield from _wait(job, platform)


def _ray_version(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    if job.ray_version and not job.has_own_image:
        version = resolve(job, platform).ray_version
        yield UNUSED_RAY_VERSION.found(
            f"the job runs the platform's images, which have Ray {version}",
            hint="leave rayVersion out, or name images of your own: headImage and workerImage",
            pointer="/rayVersion",
        )


def _wait(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    own = job.stopping_condition.max_wait_seconds if job.stopping_condition else None
    run = resolve(job, platform).longest_run
    if own and run and own >= run:
        yield UNUSED_WAIT.found(
            f"the job is ended after {run:,} seconds, waiting included: it never waits {own:,}",
            hint="leave maxWaitSeconds out, or make it less than maxRuntimeSeconds",
            pointer="/stoppingCondition/maxWaitSeconds",
        )
