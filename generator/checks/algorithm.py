"""Rules about what a job of a built-in algorithm runs, and the algorithm's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.diagnostics import Diagnostic, error, warning
from generator.params.algorithms import BUILT_IN
from generator.params.algorithms.base import GPU_COUNT, Training
from generator.params.job import Job
from generator.params.variables import custom_text
from generator.platform.model import Platform
from generator.repository.resolved_job import resolve

NOT_CONFIGURED = error(
    "job/not-configured", "Nothing says which image or entrypoint an algorithm has."
)

OLD_RAY = warning("job/old-ray", "The Ray of the image is too old for the algorithm.")


def check_algorithm(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the algorithm of a job, where it is a built-in one."""
    if job.algorithm.source == "builtin":
        yield from _not_configured(job, platform)
        yield from _old_ray(job, platform)
        yield from _rules_of_algorithm(job, platform)


def has_own_script(job: Job, platform: Platform) -> bool:
    """Whether the script of a built-in algorithm is another than that of the algorithm's image.

    The head runs it, and Ray sends the workers what it defines.
    """
    algorithm, resolved = BUILT_IN[job.algorithm.algorithm_name], resolve(job, platform)
    if algorithm.image is None:
        return True
    return resolved.entrypoint != algorithm.entrypoint or not _is_same_image(
        resolved.head_image, algorithm.image
    )


def _is_same_image(image: str, known: str) -> bool:
    """Whether it is ``known``, also from a mirror of its registry or pinned by a digest."""
    path, at, _ = image.partition("@")
    names = (known, known.rpartition(":")[0]) if at else (known,)
    return any(path == name or path.endswith(f"/{name}") for name in names)


def _rules_of_algorithm(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    """The algorithm's own rules, said of the job's hyperparameters."""
    name = job.algorithm.algorithm_name
    algorithm, own_script = BUILT_IN[name], has_own_script(job, platform)
    custom = {key.lower(): custom_text(value) for key, value in job.custom_hyperparameters.items()}
    training = Training(
        chosen=job.hyperparameters_of(name),
        custom=custom if own_script else {},
        workers=job.resources.instance_count,
        gpus=job.resources.instance_resources.gpu_count,
        own_script=own_script,
        validation=len(job.input_data_config) > 1,
    )
    for found in algorithm.check(training):
        if found.pointer == GPU_COUNT:
            yield found
        else:
            yield replace(found, pointer=f"/hyperparameters/{name}{found.pointer}")


def _not_configured(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    """A job of an algorithm for which neither it nor platform.yaml says what runs."""
    name = job.algorithm.algorithm_name
    if missing := resolve(job, platform).missing:
        fields = ", ".join(field for field, _ in missing)
        settings = " and ".join(
            dict.fromkeys(f"algorithms.{name}.{setting}" for _, setting in missing)
        )
        yield NOT_CONFIGURED.found(
            f'nothing says what a job of "{name}" runs: {fields} missing',
            hint=f"set {settings} in platform.yaml, or name {fields} in the job",
            pointer="/algorithm/algorithmName",
        )


def _old_ray(job: Job, platform: Platform) -> Iterator[Diagnostic]:
    name = job.algorithm.algorithm_name
    version, oldest = resolve(job, platform).ray_version, BUILT_IN[name].oldest_ray
    major, minor = version.split(".")[:2]
    if (int(major), int(minor)) < oldest:
        wanted = ".".join(map(str, oldest))
        is_own = job.has_own_image and job.ray_version is not None
        setting = "rayVersion" if is_own else f"algorithms.{name}.rayVersion"
        yield OLD_RAY.found(
            f"{'the job' if is_own else 'platform.yaml'} says Ray {version} for "
            f'"{name}", which needs {wanted} or newer',
            hint=f"set {setting} to that of an image with {wanted} or newer",
            pointer="/rayVersion" if is_own else "/algorithm/algorithmName",
        )
