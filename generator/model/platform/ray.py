"""The part of platform.yaml that describes the Ray cluster of each job, and its script."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field

from generator.fields import kubernetes
from generator.fields.labels import Names, as_text
from generator.fields.scalars import (
    WHOLE,
    Gibibytes,
    Int32,
    OrLeftOut,
    PositiveInt32,
    RequiredText,
    Says,
    UniqueList,
    Version,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.job.job import MAX_CUSTOM_NAME
from generator.model.platform.storage import MountPath

_LEAST_STORE = 75 * 1024 * 1024
"""Ray refuses a smaller store (OBJECT_STORE_MINIMUM_MEMORY_BYTES of 2.46)."""
_MOST_STORE = 2**53
_LONGEST_TEMP_DIR = 40
"""With what Ray puts below it a socket's path has to stay below 108 characters (2.46)."""
_OWN_RESOURCES = ("CPU", "GPU", "memory", "object_store_memory")


def _not_rays_own(name: str) -> str:
    if name in _OWN_RESOURCES:
        raise ValueError("Ray counts this resource itself")
    return name


_RESOURCE_WORDS = (
    f"must be letters, digits, -, _ and ., starting with a letter, and none of "
    f"{', '.join(_OWN_RESOURCES)}"
)
StoreSize: TypeAlias = Annotated[int, Field(ge=_LEAST_STORE, le=_MOST_STORE), WHOLE]
RayResource: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Za-z][-A-Za-z0-9_.]*$", max_length=63),
    AfterValidator(_not_rays_own),
    Says(patternErrorMessage=_RESOURCE_WORDS, **{"not": {"enum": list(_OWN_RESOURCES)}}),
]
RayResources: TypeAlias = Annotated[dict[RayResource, Int32], Names(RayResource, _RESOURCE_WORDS)]
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


def _as_ray_spells_it(name: str) -> str:
    return name.replace("_", "-")


class StartParams(Settings):
    """Parameters of `ray start` by their names, for a worker."""

    model_config = ConfigDict(alias_generator=_as_ray_spells_it)

    object_store_memory: OrLeftOut[StoreSize] = optional(
        title="Object store",
        description="Size of the object store; left out: Ray takes 30 % of the pod's memory.",
        unit="bytes",
        examples=[2_000_000_000],
    )
    object_spilling_directory: OrLeftOut[MountPath] = optional(
        title="Spilling",
        description=(
            "Directory for objects that the store has no room for; left out: the head's temp-dir."
        ),
        examples=["/mnt/scratch/spilled"],
    )
    plasma_directory: OrLeftOut[MountPath] = optional(
        title="Store's directory",
        description=(
            "Directory of the object store, which has to be in the image or a volume; left out: "
            "/dev/shm, which KubeRay then mounts from memory."
        ),
        examples=["/mnt/store"],
    )
    resources: RayResources = setting(
        {},
        title="Resources",
        description="Resources of one's own that Ray counts, by name.",
        examples=[{"licence": 1}],
    )
    log_style: OrLeftOut[Literal["auto", "record", "pretty"]] = optional(
        title="Log style",
        description="How `ray start` writes what it says; left out: auto.",
        examples=["record"],
    )
    log_color: OrLeftOut[Literal["auto", "true", "false"]] = optional(
        title="Log colour",
        description="Whether `ray start` uses colours; left out: auto.",
        examples=["false"],
    )

    @cached_property
    def texts(self) -> dict[str, str]:
        """Those that are given as KubeRay takes them: texts, of which it makes a line for bash.

        A flag is "true" (convertParamMap of KubeRay 1.6.0); JSON is in quotes, since KubeRay adds
        none. They are made once for all jobs.
        """
        given = self.model_dump(by_alias=True, exclude_none=True)
        return {name: _text(value) for name, value in given.items() if value != {}}


class HeadStartParams(StartParams):
    """Parameters of `ray start` by their names, for the head."""

    temp_dir: OrLeftOut[Annotated[MountPath, Field(max_length=_LONGEST_TEMP_DIR)]] = optional(
        title="Temporary directory",
        description="Where Ray keeps sockets and logs, on head and workers; left out: /tmp/ray.",
        examples=["/mnt/scratch/ray"],
    )
    disable_usage_stats: OrLeftOut[bool] = optional(
        title="No usage statistics",
        description="true: Ray sends none to its makers.",
        examples=[True],
    )


def _text(value: str | bool | int | dict[str, int]) -> str:
    if isinstance(value, dict):
        return f"'{json.dumps(value, separators=(',', ':'))}'"
    return as_text(value)


class Head(Settings):
    """The head of each job's Ray cluster."""

    cpu_cores: OrLeftOut[PositiveInt32] = optional(
        title="CPU cores",
        description="Cores of a head whose job does not say; left out: those of its workers.",
        unit="cores",
        examples=[2],
    )
    memory_gib: OrLeftOut[Gibibytes] = optional(
        alias="memoryGiB",
        title="Memory",
        description="Memory of a head whose job does not say; left out: that of its workers.",
        unit="GiB",
        examples=[8],
    )
    ray_start_params: HeadStartParams = Field(
        default_factory=HeadStartParams,
        title="Start parameters",
        description=(
            "Further parameters of `ray start`. Only those listed here can be set: rayjobs sets "
            "num-cpus and num-gpus, KubeRay the rest."
        ),
    )


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

    version: Version = setting("2.46.0", title="Ray version", description="Ray in the images.")
    worker_group_name: ContainerLabel = setting(
        "small-group", title="Worker group", description="Name of the one worker group."
    )
    max_workers: PositiveInt32 = setting(
        10,
        title="Most workers",
        description="maxReplicas of the worker group; a job that asks for more gets what it asks.",
        unit="workers",
    )
    ttl_seconds_after_finished: Int32 = setting(
        600,
        title="Time to read logs",
        description="How long the Ray cluster stays once its job has ended.",
        unit="seconds",
    )
    gpu_resource_name: ResourceName = setting(
        "nvidia.com/gpu", title="GPU resource", description="Extended resource that counts GPUs."
    )
    head: Head = Field(
        default_factory=Head, title="Head", description="The head of each job's Ray cluster."
    )
    worker: Worker = Field(
        default_factory=Worker, title="Worker", description="The workers of each job's Ray cluster."
    )


class TrainingScript(Settings):
    """What the training script is told besides the job's own words."""

    region: RequiredText = setting("us-east-1", title="Region", description="S3_REGION.")
    label_column: RequiredText = setting(
        "target", title="Label column", description="LABEL_COLUMN where the channel names none."
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
