"""The part of platform.yaml that describes the Ray cluster of each job, and its script."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.scalars import WHOLE, RequiredText, Says, UniqueList, Version
from generator.fields.settings import Settings, setting
from generator.model.job.job import MAX_CUSTOM_NAME
from generator.model.platform.head import Head
from generator.model.platform.start_params import StartParams

ContainerLabel: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL_FROM_LETTER, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage="must be small letters, digits and -, starting with a letter"),
]
ResourceName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.RESOURCE_NAME, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage="must be the name of an extended resource: nvidia.com/gpu"),
]
VariableName: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Z_][A-Z0-9_]*$", max_length=MAX_CUSTOM_NAME),
    Says(patternErrorMessage="must be the name of a variable in capitals: NCCL_TOPO_FILE"),
]


class Worker(Settings):
    """The workers of each job's Ray cluster."""

    ray_start_params: StartParams = Field(
        default_factory=StartParams,
        title="Start parameters",
        description=(
            "Further parameters of `ray start`; num-gpus is the job's gpuCount, and all others are "
            "KubeRay's."
        ),
    )


class Ray(Settings):
    """The Ray cluster that each job gets."""

    version: Version = setting(
        "2.46.0", title="Ray version", description="Ray in the images.", examples=["2.46.0"]
    )
    worker_group_name: ContainerLabel = setting(
        "small-group",
        title="Worker group",
        description="Name of the one worker group.",
        examples=["small-group"],
    )
    max_workers: Annotated[int, Field(ge=1, le=kubernetes.MAX_INT32), WHOLE] = setting(
        10,
        title="Most workers",
        description="maxReplicas of the worker group; a job that asks for more gets what it asks.",
        unit="workers",
        examples=[10],
    )
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=kubernetes.MAX_INT32), WHOLE] = (
        setting(
            600,
            title="Time to read logs",
            description="How long the Ray cluster stays once its job has ended.",
            unit="seconds",
            examples=[600],
        )
    )
    gpu_resource_name: ResourceName = setting(
        "nvidia.com/gpu",
        title="GPU resource",
        description="Extended resource that counts GPUs.",
        examples=["nvidia.com/gpu"],
    )
    head: Head = Field(
        default_factory=Head, title="Head", description="The head of each job's Ray cluster."
    )
    worker: Worker = Field(
        default_factory=Worker, title="Worker", description="The workers of each job's Ray cluster."
    )


class TrainingScript(Settings):
    """What the training script is told besides the job's own words."""

    region: RequiredText = setting(
        "us-east-1", title="Region", description="S3_REGION.", examples=["us-east-1"]
    )
    label_column: RequiredText = setting(
        "target",
        title="Label column",
        description="LABEL_COLUMN where the channel names none.",
        examples=["target"],
    )
    allowed_variables: UniqueList[VariableName] = setting(
        [],
        title="Allowed variables",
        description=(
            "Variables that customHyperparameters may set although they change how a process, Ray "
            "or the network runs, each by its name in capitals. Never those that rayjobs sets."
        ),
        examples=[["NCCL_TOPO_FILE"]],
    )
