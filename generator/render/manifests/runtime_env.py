"""The environment of a training run, and the runtimeEnvYAML that carries it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator.algorithms import BUILT_IN
from generator.fields.variables import RUN_VARIABLES, Variable, as_text, custom_text
from generator.model.job.artifacts import file_path
from generator.model.job.job import Job
from generator.repository.resolved_job import ResolvedJob
from generator.source.yaml_scalars import double_quoted, scalar


def runtime_env_yaml(one: ResolvedJob) -> str:
    """The variables as YAML, grouped, every value quoted: Ray refuses what is no text."""
    lines = ["env_vars:"]
    for title, variables in environment(one):
        if variables:
            lines.append(f"  # {title}")
            lines += map(_line, variables)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=65536)
def _line(variable: Variable) -> str:
    # Most variables of most jobs have their defaults: each is quoted once.
    name, value = variable
    return f"  {scalar(name)}: {double_quoted(value)}"


def environment(one: ResolvedJob) -> Iterator[tuple[str, list[Variable]]]:
    """The variables in order, in groups with a title each."""
    yield "training control", _run(one)
    yield "object storage", _object_storage(one)
    yield "hyperparameters", _hyperparameters(one.job)
    custom = one.job.custom_hyperparameters
    yield (
        "custom hyperparameters",
        [(name.upper(), custom_text(value)) for name, value in custom.items()],
    )


def _run(one: ResolvedJob) -> list[Variable]:
    job, asked = one.job, one.job.resources.instance_resources
    has_gpus = asked.gpu_count > 0
    values = (
        str(job.resources.instance_count),
        as_text(has_gpus),
        one.label_column,
        job.job_name,
        _storage_path(one),
        str(asked.cpu_cores),
        str(asked.gpu_count),
        "cuda" if has_gpus else "cpu",
    )
    return list(zip(RUN_VARIABLES, values, strict=True))


def _storage_path(one: ResolvedJob) -> str:
    output = one.job.output_data_config
    uri = output.artifact_uri if output else None
    if uri and not one.job.has_claim:
        return uri
    return (uri and file_path(uri)) or one.platform.storage.mount_path


def _object_storage(one: ResolvedJob) -> list[Variable]:
    train, *validation = one.job.input_data_config
    return [
        ("S3_ENDPOINT", train.endpoint),
        ("S3_BUCKET", train.bucket),
        ("S3_TRAIN_KEY", train.prefix),
        ("S3_REGION", one.platform.training_script.region),
        *(("S3_VAL_KEY", channel.prefix) for channel in validation),
    ]


def _hyperparameters(job: Job) -> list[Variable]:
    if job.algorithm.source == "container":
        return []
    name = job.algorithm.algorithm_name
    return BUILT_IN[name].environment(job.hyperparameters_of(name))
