"""Rules about what a job of a built-in algorithm runs, and about what any job asks for."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms import BUILT_IN
from generator.algorithms.base import Training
from generator.diagnostics import Diagnostic, Location, error, warning
from generator.fields.labels import custom_text
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.resolved_job import ResolvedJob

NOT_CONFIGURED = error(
    "job/not-configured",
    "Nothing says which image or entrypoint an algorithm has.",
    needs_platform=True,
)
OLD_RAY = warning(
    "job/old-ray", "The Ray of the image is too old for the algorithm.", needs_platform=True
)
UNUSED_RAY_VERSION = warning(
    "job/unused-ray-version",
    "A job names a Ray version and no image of its own.",
    needs_platform=True,
)
UNUSED_WAIT = warning("job/unused-wait", "The longest run ends a job before its longest wait.")
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


def check_algorithm(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with the algorithm of a job, where it is a built-in one."""
    if one.job.algorithm.source == "builtin":
        yield from _not_configured(one)
        yield from _old_ray(one)
        yield from _rules_of_algorithm(one)


def check_resources(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with the resources and times of a job, of whatever algorithm."""
    for rule in (_ray_version, _wait, _cpus, _memory, _deadline):
        yield from rule(one)


def check_head(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the memory that platform.yaml gives to heads."""
    memory = platform.ray.head.memory_gib
    if memory is not None:
        yield from _too_little("the head", memory, PLATFORM_FILE.at("/ray/head/memoryGiB"))


def has_own_script(one: ResolvedJob) -> bool:
    """Whether the script of a built-in algorithm is another than that of the algorithm's image.

    The head runs it, and Ray sends the workers what it defines.
    """
    algorithm = BUILT_IN[one.job.algorithm.algorithm_name]
    if algorithm.image is None:
        return True
    return one.entrypoint != algorithm.entrypoint or not _is_same_image(
        one.head_image, algorithm.image
    )


def _is_same_image(image: str, known: str) -> bool:
    """Whether it is ``known``, also from a mirror of its registry or pinned by a digest."""
    path, at, _ = image.partition("@")
    names = (known, known.rpartition(":")[0]) if at else (known,)
    return any(path == name or path.endswith(f"/{name}") for name in names)


def _rules_of_algorithm(one: ResolvedJob) -> Iterator[Diagnostic]:
    """The algorithm's own rules, said of the job's hyperparameters."""
    job, name = one.job, one.job.algorithm.algorithm_name
    algorithm, own_script = BUILT_IN[name], has_own_script(one)
    custom = {key.lower(): custom_text(value) for key, value in job.custom_hyperparameters.items()}
    training = Training(
        chosen=job.hyperparameters_of(name),
        custom=custom if own_script else {},
        workers=job.resources.instance_count,
        gpus=job.resources.instance_resources.gpu_count,
        own_script=own_script,
        validation=len(job.input_data_config) > 1,
        name=name,
        job_file=one.job_file,
    )
    yield from algorithm.check(training)


def _not_configured(one: ResolvedJob) -> Iterator[Diagnostic]:
    """A job of an algorithm for which neither it nor platform.yaml says what runs."""
    name = one.job.algorithm.algorithm_name
    if missing := one.missing:
        fields = ", ".join(field for field, _ in missing)
        settings = " and ".join(
            dict.fromkeys(f"algorithms.{name}.{setting}" for _, setting in missing)
        )
        yield NOT_CONFIGURED.found(
            f'nothing says what a job of "{name}" runs: {fields} missing',
            hint=f"set {settings} in platform.yaml, or name {fields} in the job",
            at=one.at("/algorithm/algorithmName"),
        )


def _old_ray(one: ResolvedJob) -> Iterator[Diagnostic]:
    job, name = one.job, one.job.algorithm.algorithm_name
    version, oldest = one.ray_version, BUILT_IN[name].oldest_ray
    major, minor = version.split(".")[:2]
    if (int(major), int(minor)) < oldest:
        wanted = ".".join(map(str, oldest))
        is_own = job.has_own_image and job.ray_version is not None
        setting = "rayVersion" if is_own else f"algorithms.{name}.rayVersion"
        yield OLD_RAY.found(
            f"{'the job' if is_own else 'platform.yaml'} says Ray {version} for "
            f'"{name}", which needs {wanted} or newer',
            hint=f"set {setting} to that of an image with {wanted} or newer",
            at=one.at("/rayVersion" if is_own else "/algorithm/algorithmName"),
        )


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
