"""The part of platform.yaml that describes Karmada's member clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.labels import Labels, Names, Toleration
from generator.fields.scalars import (
    ClusterName,
    Gibibytes,
    Int32,
    OrLeftOut,
    PositiveInt32,
    Priority,
    QueueName,
    Says,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.job.resources import OnClusterFailure, SchedulingMode
from generator.model.platform.ray import ResourceName

CLUSTER_WORDS = "must be the name of a cluster: small letters, digits and -, at most 48"

ClassName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage="must be small letters, digits, - and ., as the name of a class"),
]
"""A class that is named in a label too, so that it ends at 63 characters."""


class Amounts(Settings):
    """CPU cores, memory and GPUs; what is left out is not bounded."""

    cpu_cores: OrLeftOut[PositiveInt32] = optional(
        title="CPU cores",
        description="CPU cores; left out: not bounded.",
        unit="cores",
        examples=[64],
    )
    memory_gib: OrLeftOut[Gibibytes] = optional(
        alias="memoryGiB",
        title="Memory",
        description="Memory; left out: not bounded.",
        unit="GiB",
        examples=[512],
    )
    gpus: OrLeftOut[Int32] = optional(
        title="GPUs",
        description="GPUs; left out: not bounded.",
        unit="GPUs",
        examples=[8],
    )

    @property
    def bounds_anything(self) -> bool:
        """Whether any amount is given."""
        return (self.cpu_cores, self.memory_gib, self.gpus) != (None, None, None)


class NodeChoice(Settings):
    """On which nodes pods are put."""

    node_selector: Labels = setting(
        {},
        title="Node selector",
        description="Labels that a node has to have.",
        examples=[{"cloud.example/pool": "gpu"}],
    )
    tolerations: list[Toleration] = setting(
        [],
        title="Tolerations",
        description="Taints of nodes that are tolerated.",
        examples=[[{"key": "nvidia.com/gpu"}]],
    )


class MemberCluster(Amounts):
    """What a member cluster has for jobs and asks of pods; an amount left out is not checked."""

    labels: OrLeftOut[Labels] = optional(
        title="Labels",
        description=(
            "Labels of its Cluster object on Karmada, by which jobs choose clusters. Left out: "
            "not known here."
        ),
        examples=[{"gpu": "a100"}],
    )
    gpu_resource_name: OrLeftOut[ResourceName] = optional(
        title="GPU resource",
        description="Extended resource that counts GPUs there; left out: ray.gpuResourceName.",
        examples=["amd.com/gpu"],
    )
    pods: NodeChoice = Field(
        default_factory=NodeChoice,
        title="Pods",
        description="Nodes of every pod of a job: head, workers and submitter.",
    )
    gpu_pods: NodeChoice = Field(
        default_factory=NodeChoice,
        title="GPU pods",
        description="Nodes of workers that ask for GPUs, besides what pods says.",
    )

    def may_have(self, labels: Mapping[str, str]) -> bool:
        """Whether it has ``labels``, or nothing is known of its own."""
        return self.labels is None or labels.items() <= self.labels.items()


Clusters: TypeAlias = Annotated[dict[ClusterName, MemberCluster], Names(ClusterName, CLUSTER_WORDS)]


class PriorityRange(Settings):
    """Priorities of jobs, and the classes that they become."""

    least: Priority = setting(
        alias="from", title="From", description="Lowest priority of the range.", examples=[1]
    )
    most: Priority = setting(
        alias="to", title="To", description="Highest priority of the range.", examples=[499]
    )
    priority_class_name: OrLeftOut[ClassName] = optional(
        title="Priority class",
        description=(
            "PriorityClass of every pod, which must exist in each member; with Volcano also of "
            "the job's PodGroup."
        ),
        examples=["batch-high"],
    )
    workload_priority_class: OrLeftOut[ClassName] = optional(
        title="Workload priority class",
        description="Kueue's WorkloadPriorityClass, which must exist in each member.",
        examples=["batch-high"],
    )


class PlatformScheduling(Settings):
    """How jobs that say nothing are placed, and what queues and priorities become."""

    mode: OrLeftOut[SchedulingMode] = optional(
        title="Mode",
        description=(
            "all, one-of or ordered, for jobs that choose none; left out: Divided over all "
            "target clusters, which runs a full copy on each."
        ),
        examples=["one-of"],
    )
    estimation: OrLeftOut[Literal["components"]] = optional(
        title="Estimation",
        description=(
            "components: Karmada's feature gate MultiplePodTemplatesScheduling is on, and a job of "
            "one-of or ordered waits on Karmada until a cluster has room for its pods "
            "(docs/scheduling.md). Left out: free capacity does not count."
        ),
        examples=["components"],
    )
    on_cluster_failure: OnClusterFailure = setting(
        "stay",
        title="On cluster failure",
        description=(
            "stay or move, for jobs that choose neither: whether one that runs on one of several "
            "clusters starts on another when Karmada no longer reaches its own."
        ),
        examples=["move"],
    )
    queueing: OrLeftOut[Literal["kueue", "volcano"]] = optional(
        title="Queueing",
        description="What queues jobs in the members; left out: nothing does.",
        examples=["kueue"],
    )
    queue: OrLeftOut[QueueName] = optional(
        title="Queue",
        description="Queue of jobs that name none.",
        examples=["training"],
    )
    priorities: list[PriorityRange] = setting(
        [],
        title="Priorities",
        description="What the priority of a job becomes; ranges do not overlap.",
        examples=[[{"from": 1, "to": 499, "priorityClassName": "batch-low"}]],
    )

    @property
    def estimates(self) -> bool:
        """Whether Karmada looks for room before it places a job that runs once."""
        return self.estimation == "components"

    def range_of(self, priority: int) -> PriorityRange | None:
        """The range that holds ``priority``."""
        return next((r for r in self.priorities if r.least <= priority <= r.most), None)
