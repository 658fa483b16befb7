"""The model of params.json: one training job in the words of the training form."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, create_model, model_validator

from generator.algorithms import BUILT_IN
from generator.algorithms.base import Hyperparameters
from generator.fields import kubernetes
from generator.fields.scalars import (
    WHOLE,
    ClaimName,
    ClusterName,
    Image,
    LabelValue,
    Namespace,
    NonEmptyUniqueList,
    OrLeftOut,
    Priority,
    RayJobName,
    RenderedText,
    RequiredText,
    RuleId,
    Version,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.job.channels import Channel
from generator.model.job.resources import Resources, Scheduling, StoppingCondition

MAX_CUSTOM_NAME = 256
"""Characters of a custom hyperparameter's name; a YAML reader takes keys up to 1,024."""

_BUILT_IN_NAMES = sorted(BUILT_IN)
_ONLY_BUILT_IN: dict[str, Any] = {
    "if": {"properties": {"source": {"const": "builtin"}}},
    "then": {
        "properties": {
            "algorithmName": {
                "enum": _BUILT_IN_NAMES,
                "errorMessage": (
                    f"is not a built-in algorithm; there is: {', '.join(_BUILT_IN_NAMES)}. "
                    'With an image of your own say "source": "container"'
                ),
            }
        }
    },
}


class AlgorithmChoice(Settings):
    """What is trained."""

    model_config = ConfigDict(json_schema_extra=_ONLY_BUILT_IN)

    source: Literal["builtin", "container"] = setting(
        "builtin",
        title="Source",
        description="builtin: an algorithm of the platform. container: an image of your own.",
    )
    algorithm_name: LabelValue = setting(
        title="Algorithm",
        description="Name of the algorithm; it becomes the RayJob's label algorithm.",
        examples=["xgboost"],
    )

    @model_validator(mode="after")
    def _is_built_in(self) -> AlgorithmChoice:
        if self.source == "builtin" and self.algorithm_name not in BUILT_IN:
            raise ValueError("not a built-in algorithm")
        return self


class OutputDataConfig(Settings):
    """Where results go."""

    destination_type: Literal["claim", "object-storage"] = setting(
        "claim",
        title="Destination",
        description=(
            "claim: the mounted claim. object-storage: artifactUri, and the job has no claim; "
            "where platform.yaml says that the algorithm's script can."
        ),
        examples=["object-storage"],
    )

    artifact_uri: OrLeftOut[RenderedText] = optional(
        title="Artifacts",
        description=(
            "file:///path inside the mounted claim sets STORAGE_PATH; with anything else results "
            "go to the top of the claim. With the destination object-storage: s3://bucket/prefix, "
            "at the endpoint of the channels."
        ),
        examples=["file:///home/ray/result-storage/run-1"],
    )


class Ignore(Settings):
    """A finding that this job is meant to have."""

    rule: RuleId = setting(
        title="Rule",
        description="Id of the rule, as a finding shows it in brackets.",
        examples=["fleet/full-copies"],
    )
    reason: Annotated[str, Field(min_length=1)] = setting(
        title="Reason",
        description="Why the finding is meant; for those who review.",
        examples=["compared on both clusters on purpose"],
    )


class JobSettings(Settings):
    """What rayjobs is told about this job; nothing of it is rendered."""

    ignore: list[Ignore] = setting(
        [], title="Ignored findings", description="Findings that the job is meant to have."
    )


_HyperparametersByAlgorithm = create_model(
    "HyperparametersByAlgorithm",
    __base__=Settings,
    __doc__="Hyperparameters, below the name of their algorithm.",
    **{
        algorithm.name: Annotated[
            algorithm.hyperparameters,
            Field(
                # One for all jobs, none of which changes it: most run a single algorithm of many.
                default_factory=cache(algorithm.hyperparameters),
                title=algorithm.title,
                description=f"Hyperparameters of {algorithm.title}, each with a default.",
            ),
        ]
        for algorithm in BUILT_IN.values()
    },  # type: ignore[call-overload]  # field definitions are made from the discovered modules
)

CustomName: TypeAlias = Annotated[
    str, Field(pattern=kubernetes.C_IDENTIFIER, max_length=MAX_CUSTOM_NAME)
]
CustomValue: TypeAlias = Annotated[RenderedText | bool | int | float, WHOLE]


class Job(Settings):
    """A training job."""

    schema_: OrLeftOut[str] = optional(
        alias="$schema",
        title="Schema",
        description="Where an editor finds this schema; not rendered.",
        examples=["../../../schemas/params.schema.json"],
    )
    job_name: RayJobName = setting(
        title="Job name",
        description=(
            "Name of the RayJob. A re-run is a new name: KubeRay ignores changes to a job that "
            "has started."
        ),
        examples=["train-iris-1"],
    )
    namespace: Namespace = setting(
        kubernetes.DEFAULT_NAMESPACE,
        title="Namespace",
        description="Namespace of everything that is rendered for the job.",
    )
    priority: Priority = setting(
        100,
        title="Priority",
        description="1 to 1000; more is sooner. Used where the platform maps it to a class.",
        examples=[500],
    )
    algorithm: AlgorithmChoice = setting(title="Algorithm", description="What is trained.")
    resources: Resources = setting(title="Resources", description="What the job asks of a cluster.")
    stopping_condition: OrLeftOut[StoppingCondition] = optional(
        title="Stopping condition",
        description="When the job is ended from outside; left out: never.",
    )
    input_data_config: Annotated[list[Channel], Field(min_length=1, max_length=2)] = setting(
        title="Input channels",
        description="The training data and, as a second channel, the validation data.",
    )
    output_data_config: OrLeftOut[OutputDataConfig] = optional(
        title="Output", description="Where results go; left out: the top of the claim."
    )
    hyperparameters: _HyperparametersByAlgorithm = Field(
        default_factory=_HyperparametersByAlgorithm,
        title="Hyperparameters",
        description="Hyperparameters, below the name of their algorithm.",
    )
    custom_hyperparameters: dict[CustomName, CustomValue] = setting(
        {},
        title="Custom hyperparameters",
        description=(
            "Further variables of the training script: each name becomes an environment variable "
            "in capitals."
        ),
        examples=[{"num_class": 3}],
    )
    head_image: OrLeftOut[Image] = optional(
        title="Head image",
        description="Image of the Ray head; left out: the platform's for the algorithm.",
        examples=["registry.example/team/train:v1"],
    )
    worker_image: OrLeftOut[Image] = optional(
        title="Worker image",
        description="Image of the Ray workers; left out: the platform's for the algorithm.",
        examples=["registry.example/team/train:v1"],
    )
    ray_version: OrLeftOut[Version] = optional(
        title="Ray version",
        description=(
            "Ray in the job's own images; left out: the platform's for the algorithm. Without "
            "headImage or workerImage it has no effect."
        ),
        examples=["2.49.2"],
    )
    entrypoint: OrLeftOut[RequiredText] = optional(
        title="Entrypoint",
        description=(
            "Command that Ray runs; left out: the platform's for the algorithm. Plain words only: "
            "put anything else into a script in the image."
        ),
        examples=["python /home/ray/train.py"],
    )
    pvc_name: OrLeftOut[ClaimName] = optional(
        title="Claim",
        description="PersistentVolumeClaim that results are written to; jobs may share one.",
        examples=["team-results"],
    )
    target_clusters: NonEmptyUniqueList[ClusterName] = setting(
        title="Target clusters",
        description="Karmada member clusters that the job may run on.",
        examples=[["cluster-gpu-0"]],
    )
    rayjobs: OrLeftOut[JobSettings] = optional(
        title="Settings of rayjobs",
        description="What rayjobs is told about this job; nothing of it is rendered.",
    )
    scheduling: Scheduling = Field(
        default_factory=cache(Scheduling),
        title="Scheduling",
        description="On which of the target clusters it runs.",
    )

    @property
    def has_own_image(self) -> bool:
        """Whether it names an image itself, for the head or for the workers."""
        return bool(self.head_image or self.worker_image)

    @property
    def has_claim(self) -> bool:
        """Whether results go to a claim, which head and workers mount."""
        output = self.output_data_config
        return output is None or output.destination_type == "claim"

    def hyperparameters_of(self, algorithm: str) -> Hyperparameters:
        """The hyperparameters below ``algorithm``'s name; KeyError where it is not built in."""
        chosen: Any = getattr(self.hyperparameters, algorithm, None)
        if not isinstance(chosen, Hyperparameters):
            raise KeyError(algorithm)
        return chosen
