"""Rules about a job that brings an image of its own, and about those that platform.yaml lists."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.resolved_job import ResolvedJob
from generator.rules.job.container_schemas import RefusedSchemaError, compiled, refusals

CONTAINER_INCOMPLETE = error(
    "job/container-incomplete",
    "A container job names no image or no entrypoint.",
    needs_platform=True,
)
CONTAINER_HYPERPARAMETERS = error(
    "job/container-hyperparameters", "A hyperparameter that the container does not take."
)
CONTAINER_SCHEMA = error("platform/container-schema", "A container's JSON Schema is not valid.")


def check_container(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with a job whose algorithm is a container."""
    if one.job.algorithm.source == "container":
        yield from _incomplete(one)
        yield from _hyperparameters(one)


def check_listed_containers(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the containers that platform.yaml lists."""
    for name, container in platform.algorithms.containers.items():
        at = pointer_of("algorithms", "containers", name, "hyperparameters")
        schema = compiled(json.dumps(container.hyperparameters))
        if isinstance(schema, RefusedSchemaError):
            yield CONTAINER_SCHEMA.found(
                schema.advice.message,
                hint=schema.advice.hint,
                at=PLATFORM_FILE.at(at + pointer_of(*schema.path)),
            )


def _incomplete(one: ResolvedJob) -> Iterator[Diagnostic]:
    name = one.job.algorithm.algorithm_name
    for field, setting in one.missing:
        place = f"algorithms.containers.{name}.{setting}"
        yield CONTAINER_INCOMPLETE.found(
            f'the source is "container" and "{field}" is missing',
            hint=f'add "{field}", or set {place} in platform.yaml',
            at=one.at("/algorithm"),
        )


def _hyperparameters(one: ResolvedJob) -> Iterator[Diagnostic]:
    job, platform = one.job, one.platform
    name = job.algorithm.algorithm_name
    listed = platform.algorithms.containers.get(name)
    if listed is None or not listed.hyperparameters:
        return
    schema = compiled(json.dumps(listed.hyperparameters))
    if isinstance(schema, RefusedSchemaError) or schema.is_valid(job.custom_hyperparameters):
        return
    for place, words in refusals(schema, job.custom_hyperparameters):
        yield CONTAINER_HYPERPARAMETERS.found(
            words,
            hint=f"platform.yaml says what it takes: algorithms.containers.{name}.hyperparameters",
            at=one.at(f"/customHyperparameters{place}", on_key=not place),
        )
