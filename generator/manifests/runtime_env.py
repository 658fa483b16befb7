"""The environment of a training run, and the runtimeEnvYAML that carries it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator.params.algorithms import BUILT_IN
from generator.params.artifacts import file_path
from generator.params.job import Job
from generator.params.variables import RUN_VARIABLES, Variable, as_text, custom_text
from generator.platform.model import Platform
from generator.yaml_scalars import double_quoted, scalar


def runtime_env_yaml(job: Job, platform: Platform) -> str:
    """The variables as YAML, grouped, every value quoted: Ray refuses what is no text."""
    lines = ["env_vars:"]
    for title, variables in environment(job, platform):
        if variables:
            lines.append(f"  # {title}")
            lines += map(_line, variables)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=65536)
def _line(variable: Variable) -> str:
    # Most variables of most jobs have their defaults: each is quoted once.
    name, value = variable
    return f"  {scalar(name)}: {double_quoted(value)}"


def environment(job: Job, platform: Platform) -> Iterator[tuple[str, list[Variable]]]:
    """The variables in order, in groups with a title each."""
    yield "training control", _run(job, platform)
    yield "object storage", _object_storage(job, platform)
    yield "hyperparameters", _hyperparameters(job)
    yield (
        "custom hyperparameters",
        [(name.upper(), custom_text(value)) for name, value in job.custom_hyperparameters.items()],
    )


def _run(job: Job, platform: Platform) -> list[Variable]:
    asked = job.resources.instance_resources
    has_gpus = asked.gpu_count > 0
    values = (
        str(job.resources.instance_count),
        as_text(has_gpus),
        job.input_data_config[0].label_name or platform.training_script.label_column,
        job.job_name,
        _storage_path(job, platform),
        str(asked.cpu_cores),
        str(asked.gpu_count),
        "cuda" if has_gpus else "cpu",
    )
    return list(zip(RUN_VARIABLES, values, strict=True))


def _storage_path(job: Job, platform: Platform) -> str:
    uri = job.output_data_config.artifact_uri if job.output_data_config else None
    if uri and not job.has_claim:
        return uri
    return (uri and file_path(uri)) or platform.storage.mount_path


def _object_storage(job: Job, platform: Platform) -> list[Variable]:
    train, *validation = job.input_data_config
    return [
        ("S3_ENDPOINT", train.endpoint),
        ("S3_BUCKET", train.bucket),
        ("S3_TRAIN_KEY", train.prefix),
        ("S3_REGION", platform.training_script.region),
        *(("S3_VAL_KEY", channel.prefix) for channel in validation),
    ]


def _hyperparameters(job: Job) -> list[Variable]:
    if job.algorithm.source == "container":
        return []
    name = job.algorithm.algorithm_name
    return BUILT_IN[name].environment(job.hyperparameters_of(name))
