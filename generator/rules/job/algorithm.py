"""Rules about what a job of a built-in algorithm runs, and the algorithm's own."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms import BUILT_IN
from generator.algorithms.base import Training
from generator.diagnostics import Diagnostic, error, warning
from generator.fields.variables import custom_text
from generator.repository.resolved_job import ResolvedJob

NOT_CONFIGURED = error(
    "job/not-configured",
    "Nothing says which image or entrypoint an algorithm has.",
    needs_platform=True,
)

OLD_RAY = warning(
    "job/old-ray", "The Ray of the image is too old for the algorithm.", needs_platform=True
)


def check_algorithm(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with the algorithm of a job, where it is a built-in one."""
    if one.job.algorithm.source == "builtin":
        yield from _not_configured(one)
        yield from _old_ray(one)
        yield from _rules_of_algorithm(one)


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
