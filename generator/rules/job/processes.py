"""Rules about what a job reserves and what its processes need: CPUs, memory, and an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from generator.diagnostics import Diagnostic, Location, error, warning
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.resolved_job import ResolvedJob
from generator.rules.job.algorithm import has_own_script

ONE_CPU = warning(
    "job/one-cpu", "Ray Train cannot place its workers on one CPU each.", needs_platform=True
)
FEW_CPUS = error(
    "job/few-cpus",
    "A worker has more GPUs, and so training processes, than CPUs.",
    adjustable=True,
    needs_platform=True,
)
IDLE_CPUS = warning("job/idle-cpus", "CPUs of a worker that cannot be shared out to its GPUs.")
LITTLE_MEMORY = warning("job/little-memory", "Ray itself takes most of an instance's memory.")
NO_DEADLINE = warning(
    "job/no-deadline", "Nothing ends a job that reserves GPUs.", needs_platform=True
)

LEAST_GIB = 2
"""GiB of memory that a pod needs. On Ray 2.46 an idle head with a driver took 564 MiB, and a worker
with the libraries of xgboost 283 MiB (measured), beside an object store of 30 % (Ray's default)."""


def check_processes(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with the resources of a job by itself."""
    for rule in _RULES:
        yield from rule(one)


def _cpus(one: ResolvedJob) -> Iterator[Diagnostic]:
    """CPUs that training processes wait for, where it is known how the script starts them."""
    job = one.job
    if job.algorithm.source != "builtin":
        return
    asked, workers = job.resources.instance_resources, job.resources.instance_count
    gpus, cpus, pointer = asked.gpu_count, asked.cpu_cores, "/resources/instanceResources/cpuCores"
    if has_own_script(one):
        if gpus > cpus:
            yield FEW_CPUS.found(
                f"each worker starts {gpus} training processes, one a GPU, and has {cpus} CPUs "
                f"for them: {gpus * workers} processes, which take a CPU each, on "
                f"{cpus * workers} CPUs",
                hint=f'write "cpuCores": {gpus} or more, or "gpuCount": {cpus} or less',
                at=one.at(pointer),
            )
        elif gpus and (idle := cpus % gpus):
            yield IDLE_CPUS.found(
                f"each of the {gpus} training processes of a worker takes {cpus // gpus} CPUs: "
                f"{idle} of the {cpus} that it reserves stay idle",
                hint=f'write "cpuCores": {cpus - idle} or {cpus - idle + gpus}',
                at=one.at(pointer),
            )
    elif cpus == 1 and gpus == 0:
        yield ONE_CPU.found(
            f"with 1 CPU the training waits for ever: of the {workers + 1} CPUs that Ray Train "
            "takes, 2 have to be on one node, for its coordinator and the first worker",
            hint="ask for 2 or more, or name an image whose script trains with 1",
            at=one.at(pointer),
        )


def _memory(one: ResolvedJob) -> Iterator[Diagnostic]:
    """Memory of the workers, and of the head where the job itself gives it."""
    resources = one.job.resources
    own, workers = resources.head_resources, resources.instance_resources.memory_gib
    if own is not None and own.memory_gib is not None:
        at = one.at("/resources/headResources/memoryGiB")
        yield from _too_little("the head", own.memory_gib, at)
    alike = (own is None or own.memory_gib is None) and one.platform.ray.head.memory_gib is None
    whose = "the head" if alike else "a worker"
    yield from _too_little(whose, workers, one.at("/resources/instanceResources/memoryGiB"))


def check_head(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the memory that platform.yaml gives to heads."""
    memory = platform.ray.head.memory_gib
    if memory is not None:
        yield from _too_little("the head", memory, PLATFORM_FILE.at("/ray/head/memoryGiB"))


def _too_little(whose: str, memory: int, at: Location) -> Iterator[Diagnostic]:
    if memory < LEAST_GIB:
        yield LITTLE_MEMORY.found(
            f"of {memory} GiB Ray takes more than half on {whose}, before there is any data",
            hint=f"ask for {2 * LEAST_GIB} or more",
            at=at,
        )


def _deadline(one: ResolvedJob) -> Iterator[Diagnostic]:
    """GPUs that nobody gets back; what platform.yaml bounds is judged against its limits."""
    job = one.job
    bounded = one.longest_run or one.platform.limits.max_runtime_seconds.maximum
    gpus = job.resources.instance_resources.gpu_count * job.resources.instance_count
    if gpus and not bounded:
        waits = "" if one.longest_wait else "wait for its GPUs, or "
        within = "to stoppingCondition " if job.stopping_condition else '"stoppingCondition": '
        field = '"maxRuntimeSeconds": 14400'
        yield NO_DEADLINE.found(
            f"nothing ends the job: it may {waits}keep its GPUs ({gpus}) for ever",
            hint=f"add {within}{field if job.stopping_condition else f'{{{field}}}'}, or less",
            at=one.at("/resources", on_key=True),
        )


_RULES: tuple[Callable[[ResolvedJob], Iterator[Diagnostic]], ...] = (_cpus, _memory, _deadline)
