"""The part of platform.yaml that says what a job of an algorithm runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import Field, create_model

from generator.algorithms import BUILT_IN
from generator.algorithms.base import Algorithm, Hyperparameters
from generator.fields.scalars import (
    Image,
    LabelValue,
    OrLeftOut,
    RequiredText,
    Says,
    UniqueList,
    Version,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.job.schema import TemplateName

TEMPLATES = "templates"
"""The directory of the templates' files."""

TemplateFile: TypeAlias = Annotated[
    str,
    Field(
        pattern=rf"^{TEMPLATES}(/[A-Za-z0-9_][-A-Za-z0-9._]*)*/[A-Za-z0-9_][-A-Za-z0-9._]*\.json$",
        max_length=255,
    ),
    Says(patternErrorMessage="must be a JSON file in templates/: templates/gpu-large.json"),
]
FieldPath: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=512),
    Says(patternErrorMessage="must be the path of a field: resources.instanceResources"),
]


class AlgorithmDefaults(Settings):
    """What a job of an algorithm runs when it names nothing of its own."""

    image: OrLeftOut[Image] = optional(
        title="Image",
        description=(
            "Image of head and workers; left out: the algorithm's own, or each job names its own."
        ),
        examples=["registry.example/team/train:v1"],
    )
    entrypoint: OrLeftOut[RequiredText] = optional(
        title="Entrypoint",
        description=(
            "Command that Ray runs; left out: the algorithm's own, or each job names its own."
        ),
        examples=["python /home/ray/train.py"],
    )
    ray_version: OrLeftOut[Version] = optional(
        title="Ray version",
        description="Ray in the image; left out: ray.version.",
        examples=["2.49.2"],
    )


class Container(AlgorithmDefaults):
    """What a container job of a name runs when it names nothing of its own."""

    image: OrLeftOut[Image] = optional(
        title="Image",
        description="Image of head and workers; left out: each job names its own.",
        examples=["registry.example/team/resnet:v1"],
    )
    entrypoint: OrLeftOut[RequiredText] = optional(
        title="Entrypoint",
        description="Command that Ray runs; left out: each job names its own.",
        examples=["python /opt/train.py"],
    )
    hyperparameters: dict[str, Any] = setting(
        {},
        title="Hyperparameters",
        description=(
            "JSON Schema, draft 2020-12, of the customHyperparameters of its jobs, by the names "
            "that params.json gives; left out: any. Defaults in it are not rendered."
        ),
        examples=[{"properties": {"epochs": {"type": "integer"}}, "required": ["epochs"]}],
    )


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a job of an algorithm runs by default; None is what nothing names."""

    image: str | None
    entrypoint: str | None
    ray_version: str


class _WithContainers(Settings):
    """What no built-in algorithm is called."""

    containers: dict[LabelValue, Container] = setting(
        {},
        title="Containers",
        description=(
            'What jobs with "source": "container" run, by their algorithmName. A name that is not '
            "here can be used all the same: its jobs name image and entrypoint."
        ),
        examples=[{"resnet": {"image": "registry.example/team/resnet:v1"}}],
    )


def _left_out(algorithm: Algorithm[Hyperparameters]) -> str:
    if algorithm.image is None or algorithm.entrypoint is None:
        return f"What a job of {algorithm.title} runs; without it each job names its own."
    return f"Left out: image {algorithm.image}, entrypoint {algorithm.entrypoint}."


Algorithms = create_model(
    "Algorithms",
    __base__=_WithContainers,
    __doc__="Image and entrypoint by algorithm.",
    **{
        algorithm.name: Annotated[
            AlgorithmDefaults,
            Field(
                default_factory=AlgorithmDefaults,
                title=algorithm.title,
                description=_left_out(algorithm),
            ),
        ]
        for algorithm in BUILT_IN.values()
    },  # type: ignore[call-overload]  # field definitions are made from the discovered modules
)


class TemplateSettings(Settings):
    """A template: a part of a params.json that jobs take over by its name."""

    file: TemplateFile = setting(
        title="File",
        description=(
            "The fields that the template gives, as a params.json without its name. A job may set "
            "each of them itself, but for those that are fixed."
        ),
        examples=["templates/gpu-large.json"],
    )
    title: OrLeftOut[str] = optional(
        title="Title",
        description="What `rayjobs new` calls it; left out: its name.",
        examples=["Large GPU training"],
    )
    description: OrLeftOut[str] = optional(
        title="Description",
        description="When to take it.",
        examples=["Two workers with eight GPUs each."],
    )
    fixed: UniqueList[FieldPath] = setting(
        [],
        title="Fixed fields",
        description=(
            "Paths of fields in the file that no job may set. An object is fixed with all that is "
            "in it, and what the file leaves out of it as well."
        ),
        examples=[["resources.instanceResources", "scheduling.mode"]],
    )


Templates: TypeAlias = dict[TemplateName, TemplateSettings]
"""Templates by name."""
