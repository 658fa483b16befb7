"""The rules ``limit/…``: what one job may ask for."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Rule
from generator.model.job.resources import HeadResources
from generator.model.platform.tenants import Limits
from generator.repository.fleet import Fleet, Submission
from generator.repository.resolved_job import ResolvedJob
from generator.repository.usage import beyond, in_words, of_all_copies
from generator.rules import bound

MAXIMUM = bound("limit/maximum", "A job asks for more than platform.yaml lets one job have.")
UNBOUNDED_RUN = bound("limit/unbounded-run", "A job may run for ever where there is a longest run.")
UNBOUNDED_WAIT = bound(
    "limit/unbounded-wait", "The platform limits waiting, and nothing limits this job's."
)

_HINT = "ask for less, or have the platform team raise the limit"


def check_limits(fleet: Fleet) -> Iterator[Diagnostic]:
    """Each job that asks for more than the limits, where there are any."""
    limits = fleet.platform.limits
    if limits == Limits():
        return
    for submission in fleet.submissions:
        one = fleet.resolved(submission)
        yield from _sizes(submission, limits)
        yield from _sums(one)
        yield from _times(one)


def _sizes(submission: Submission, limits: Limits) -> Iterator[Diagnostic]:
    resources, most = submission.job.resources, limits.instance
    asked, head = resources.instance_resources, resources.head_resources or HeadResources()
    for pointer, words, value, limit in (
        ("instanceResources/cpuCores", "CPU cores", asked.cpu_cores, most.cpu_cores),
        ("instanceResources/memoryGiB", "GiB of memory", asked.memory_gib, most.memory_gib),
        ("instanceResources/gpuCount", "GPUs", asked.gpu_count, most.gpu_count),
        ("headResources/cpuCores", "CPU cores", head.cpu_cores, most.cpu_cores),
        ("headResources/memoryGiB", "GiB of memory", head.memory_gib, most.memory_gib),
        ("instanceCount", "workers", resources.instance_count, limits.instance_count),
    ):
        if limit is not None and value is not None and value > limit:
            of_what = "a copy" if words == "workers" else "an instance"
            yield MAXIMUM.found(
                f"{value:,} {words} are more than the {limit:,} that {of_what} may have",
                hint=_HINT,
                at=submission.at(f"/resources/{pointer}"),
            )


def _sums(one: ResolvedJob) -> Iterator[Diagnostic]:
    limits, copies = one.platform.limits, one.placement.copies
    if limits.copies is not None and copies > limits.copies:
        yield MAXIMUM.found(
            f"{copies:,} full copies are more than the {limits.copies:,} that a job may have",
            hint='name fewer clusters, or run it once: "scheduling": {"mode": "one-of"}',
            at=one.at("/targetClusters"),
        )
    if excess := beyond(of_all_copies(one), limits.total):
        copied = f" in {copies:,} copies" if copies > 1 else ""
        yield MAXIMUM.found(
            f"head and workers{copied} take more than a job may have: {in_words(excess)}",
            hint=_HINT,
            at=one.at("/resources", on_key=True),
        )


def _times(one: ResolvedJob) -> Iterator[Diagnostic]:
    limits, run, wait = one.platform.limits, one.longest_run, one.longest_wait
    if (most := limits.max_runtime_seconds.maximum) is not None:
        if run is None:
            yield _unbounded(UNBOUNDED_RUN, one, "run", "maxRuntimeSeconds", most)
        else:
            yield from _too_long(one, "run", "maxRuntimeSeconds", run, most)
    if (most := limits.max_wait_seconds.maximum) is not None:
        if wait is not None:
            yield from _too_long(one, "wait", "maxWaitSeconds", wait, most)
        elif run is None or run > most:
            yield _unbounded(UNBOUNDED_WAIT, one, "wait", "maxWaitSeconds", most)


def _unbounded(rule: Rule, one: ResolvedJob, verb: str, field: str, most: int) -> Diagnostic:
    added = f'"{field}": {most}'
    condition = f'"stoppingCondition": {{{added}}}'
    return rule.found(
        f"without {field} in a stoppingCondition the job may {verb} longer than {most:,} seconds",
        hint=f"add {added if one.job.stopping_condition else condition}, or less",
        at=one.at("/stoppingCondition"),
    )


def _too_long(
    one: ResolvedJob, verb: str, field: str, asked: int, most: int
) -> Iterator[Diagnostic]:
    job = one.job
    given = job.stopping_condition
    own = given and (given.max_wait_seconds if verb == "wait" else given.max_runtime_seconds)
    if own is None and asked > most:
        # A default above the maximum is said in platform.yaml.
        return
    tries = job.scheduling.backoff_limit + 1
    if asked > most:
        yield MAXIMUM.found(
            f"{asked:,} seconds are more than the {most:,} that a job may {verb}",
            hint=_HINT,
            at=one.at(f"/stoppingCondition/{field}"),
        )
    elif asked * tries > most:
        yield MAXIMUM.found(
            f"{tries:,} tries of {asked:,} seconds are more than the {most:,} that a job may "
            f"{verb}",
            hint=f"try less often, or let each try end sooner: each has all of {field}",
            at=one.at("/scheduling/backoffLimit"),
        )
