"""What a job asks of a cluster: workers, CPU, memory, GPUs and storage."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from generator.fields.labels import Labels, Toleration
from generator.fields.scalars import (
    WHOLE,
    Gibibytes,
    Int32,
    OrLeftOut,
    PositiveInt32,
    QueueName,
    StorageClassName,
)
from generator.fields.settings import Settings, optional, setting

SchedulingMode: TypeAlias = Literal["all", "one-of", "ordered"]
OnClusterFailure: TypeAlias = Literal["stay", "move"]

FAILURE_TAINTS = ("cluster.karmada.io/not-ready", "cluster.karmada.io/unreachable")
"""Keys of a cluster's taints once Karmada no longer reaches it (its cluster_controller.go)."""
FAILURE_EFFECT: Literal["NoExecute"] = "NoExecute"
"""With it, such a taint takes from the cluster what does not tolerate it."""
MOST_RETRIES = 100
"""More tries of one training are a mistake: each starts it from its beginning."""
_ANY: dict[str, Any] = {
    "anyOf": [{"required": ["maxRuntimeSeconds"]}, {"required": ["maxWaitSeconds"]}]
}


class InstanceResources(Settings):
    """What each worker asks for, and the head where nothing gives it a size of its own."""

    cpu_cores: PositiveInt32 = setting(
        title="CPU cores",
        description=(
            "Cores of each worker, and of the head without a size of its own, as request and limit."
        ),
        unit="cores",
        examples=[4],
    )
    memory_gib: Gibibytes = setting(
        alias="memoryGiB",
        title="Memory",
        description=(
            "Memory of each worker, and of the head without a size of its own, as request and "
            "limit."
        ),
        unit="GiB",
        examples=[16],
    )
    gpu_count: Int32 = setting(
        0,
        title="GPUs",
        description="GPUs of each worker; the head has none.",
        unit="GPUs",
        examples=[0, 2],
    )


class HeadResources(Settings):
    """What the head asks for, where that is not what a worker asks for."""

    cpu_cores: OrLeftOut[PositiveInt32] = optional(
        title="CPU cores",
        description=(
            "Cores of the head, as request and limit; left out: ray.head of platform.yaml, else "
            "those of a worker."
        ),
        unit="cores",
        examples=[2],
    )
    memory_gib: OrLeftOut[Gibibytes] = optional(
        alias="memoryGiB",
        title="Memory",
        description=(
            "Memory of the head, as request and limit; left out: ray.head of platform.yaml, else "
            "that of a worker."
        ),
        unit="GiB",
        examples=[8],
    )


class Resources(Settings):
    """What the job asks of a cluster."""

    instance_resources: InstanceResources = setting(
        title="Resources of an instance", description="What each pod asks for."
    )
    head_resources: OrLeftOut[HeadResources] = optional(
        title="Resources of the head",
        description="What the head asks for; it trains nothing, and often needs less.",
    )
    instance_count: PositiveInt32 = setting(
        title="Workers", description="Ray workers that train.", unit="workers", examples=[2]
    )
    volume_size_gb: OrLeftOut[Gibibytes] = optional(
        alias="volumeSizeGB",
        title="Volume size",
        description=(
            "Size of the claim that results are written to. Left out: the claim exists already, "
            "or another job sizes it."
        ),
        unit="GiB",
        examples=[50],
    )
    storage_class_name: OrLeftOut[StorageClassName] = optional(
        title="Storage class",
        description="StorageClass of the claim; left out: the platform's, or the cluster's.",
        examples=["fast-ssd"],
    )


class StoppingCondition(Settings):
    """When the job is ended from outside."""

    model_config = ConfigDict(json_schema_extra=_ANY)

    max_runtime_seconds: OrLeftOut[PositiveInt32] = optional(
        title="Longest run",
        description=(
            "The RayJob is ended after this time, which starts when it is created: waiting for "
            "GPUs counts. Left out: the platform's default, or never."
        ),
        unit="seconds",
        examples=[14400],
    )
    max_wait_seconds: OrLeftOut[PositiveInt32] = optional(
        title="Longest wait",
        description=(
            "The RayJob is ended when its pods do not all run this long after it was created. Left "
            "out: the platform's default, or maxRuntimeSeconds alone ends it."
        ),
        unit="seconds",
        examples=[3600],
    )

    @model_validator(mode="after")
    def _says_something(self) -> StoppingCondition:
        if self.max_runtime_seconds is None and self.max_wait_seconds is None:
            raise ValueError("neither time is given")
        return self


class Scheduling(Settings):
    """On which of the target clusters the job runs, and when."""

    mode: OrLeftOut[SchedulingMode] = optional(
        title="Mode",
        description=(
            "all: a full copy on each target cluster. one-of: once, on the first of them by name. "
            "ordered: once, on the first of them as they are written. A cluster that is not ready, "
            "has a taint or lacks a label is passed over; one that is full only with the "
            "platform's scheduling.estimation: components, with which one-of takes the one with "
            "the most room. Left out: the platform's default, or a full copy on each."
        ),
        examples=["one-of"],
    )
    cluster_labels: Labels = setting(
        {},
        title="Cluster labels",
        description="Only those target clusters count whose Karmada Cluster has all these labels.",
        examples=[{"gpu": "a100"}],
    )
    cluster_tolerations: list[Toleration] = setting(
        [],
        title="Cluster tolerations",
        description="Taints of clusters in spite of which the job may be placed there.",
        examples=[[{"key": "maintenance", "effect": "NoSchedule"}]],
    )
    on_cluster_failure: OrLeftOut[OnClusterFailure] = optional(
        title="On cluster failure",
        description=(
            "What becomes of a job whose cluster Karmada no longer reaches. stay: it is started "
            "nowhere else. move: one that runs on one of several clusters starts on another, from "
            "its beginning, where Karmada's failover is on. Left out: the platform's."
        ),
        examples=["move"],
    )
    suspended: OrLeftOut[bool] = optional(
        title="Suspended",
        description=(
            "true: the RayJob is placed and runs nothing. false: it runs, or runs again from its "
            "beginning. Left out: the member decides, which is what Kueue needs."
        ),
        examples=[True],
    )
    backoff_limit: Annotated[int, Field(ge=0, le=MOST_RETRIES), WHOLE] = setting(
        0,
        title="Retries",
        description=(
            "How often a training that failed is started again, each time from its beginning on "
            "a new Ray cluster, with all of maxRuntimeSeconds and maxWaitSeconds. One that took "
            "longer than maxRuntimeSeconds is not."
        ),
        unit="retries",
        examples=[2],
    )
    queue: OrLeftOut[QueueName] = optional(
        title="Queue",
        description=(
            "Queue that the job waits in, in each cluster: Kueue's LocalQueue of its namespace, "
            "or Volcano's Queue. Left out: the platform's."
        ),
        examples=["gpu-queue"],
    )

    @property
    def tolerates_failure(self) -> bool:
        """Whether the job itself tolerates a taint of a cluster that fails."""
        return any(tolerates_failure(one) for one in self.cluster_tolerations)


def tolerates_failure(toleration: Toleration) -> bool:
    """Whether it keeps a job on a cluster that fails; Karmada gives the taint no value."""
    return any(toleration.tolerates(key, FAILURE_EFFECT) for key in FAILURE_TAINTS)
