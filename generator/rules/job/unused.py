"""Rules about fields of a job that have no effect beside what else it, or platform.yaml, says."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, warning
from generator.repository.resolved_job import ResolvedJob

UNUSED_RAY_VERSION = warning(
    "job/unused-ray-version",
    "A job names a Ray version and no image of its own.",
    needs_platform=True,
)
UNUSED_WAIT = warning("job/unused-wait", "The longest run ends a job before its longest wait.")


def check_unused(one: ResolvedJob) -> Iterator[Diagnostic]:
    """Each field that has no effect."""
    yield from _ray_version(one)
    yield from _wait(one)


def _ray_version(one: ResolvedJob) -> Iterator[Diagnostic]:
    if one.job.ray_version and not one.job.has_own_image:
        yield UNUSED_RAY_VERSION.found(
            f"the job runs the platform's images, which have Ray {one.ray_version}",
            hint="leave rayVersion out, or name images of your own: headImage and workerImage",
            at=one.at("/rayVersion"),
        )


def _wait(one: ResolvedJob) -> Iterator[Diagnostic]:
    stopping, run = one.job.stopping_condition, one.longest_run
    own = stopping.max_wait_seconds if stopping else None
    if own and run and own >= run:
        yield UNUSED_WAIT.found(
            f"the job is ended after {run:,} seconds, waiting included: it never waits {own:,}",
            hint="leave maxWaitSeconds out, or make it less than maxRuntimeSeconds",
            at=one.at("/stoppingCondition/maxWaitSeconds"),
        )
