"""The part of platform.yaml that bounds what the jobs below each directory of jobs/ may use."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.labels import Annotations, LabelKey, Labels, Names
from generator.fields.scalars import (
    ClaimName,
    ClusterName,
    Gibibytes,
    Int32,
    Namespace,
    NonEmptyUniqueList,
    OrLeftOut,
    PositiveInt32,
    Priority,
    QueueName,
    Says,
    SecretName,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.platform.clusters import Amounts

TENANT_WORDS = (
    "must be the name of a directory below jobs/: letters, digits, -, _ and ., starting and ending "
    "with a letter or digit"
)

TenantName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.LABEL_VALUE, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage=TENANT_WORDS),
]
ImagePrefix: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Za-z0-9][-A-Za-z0-9._:/]*$", max_length=kubernetes.MAX_IMAGE),
    Says(patternErrorMessage="must be the start of an image: registry.example/vision"),
]


class Images(Settings):
    """Which images a tenant's jobs may name."""

    prefixes: OrLeftOut[NonEmptyUniqueList[ImagePrefix]] = optional(
        title="Prefixes",
        description=(
            "How an image starts, in whole parts of its path; left out: any image. What the "
            "platform sets for an algorithm is always allowed."
        ),
        examples=[["registry.example/vision"]],
    )
    digest: bool = setting(
        False,
        title="Digest",
        description="Whether an image that a job names needs a digest, which never moves.",
        examples=[True],
    )


class Priorities(Settings):
    """Which priorities a tenant's jobs may have."""

    minimum: Priority = setting(
        1, title="Lowest priority", description="The lowest that is allowed."
    )
    maximum: Priority = setting(
        1000, title="Highest priority", description="The highest that is allowed.", examples=[500]
    )


class Tenant(Settings):
    """What the jobs of a directory may use; what is left out is not bounded."""

    namespaces: OrLeftOut[NonEmptyUniqueList[Namespace]] = optional(
        title="Namespaces",
        description="Namespaces of its jobs; left out: any.",
        examples=[["team-vision"]],
    )
    clusters: OrLeftOut[NonEmptyUniqueList[ClusterName]] = optional(
        title="Clusters",
        description="Member clusters that its jobs may target; left out: any.",
        examples=[["cluster-gpu-0"]],
    )
    images: Images = Field(
        default_factory=Images, title="Images", description="Images that its jobs may name."
    )
    claims: OrLeftOut[NonEmptyUniqueList[ClaimName]] = optional(
        title="Claims",
        description=(
            "Claims that its jobs may write to, storage.claimName too where a job names none; "
            "left out: any."
        ),
        examples=[["vision-results"]],
    )
    secrets: OrLeftOut[NonEmptyUniqueList[SecretName]] = optional(
        title="Secrets",
        description="Secrets that its jobs may get keys from; left out: any.",
        examples=[["s3-credentials"]],
    )
    queues: OrLeftOut[NonEmptyUniqueList[QueueName]] = optional(
        title="Queues",
        description=(
            "Queues that its jobs may wait in, scheduling.queue too where a job names none; "
            "left out: any, or none."
        ),
        examples=[["vision"]],
    )
    priorities: Priorities = Field(
        default_factory=Priorities,
        title="Priorities",
        description="Priorities that its jobs may have.",
    )
    quota: Amounts = Field(
        default_factory=Amounts,
        title="Quota",
        description="What all its jobs may take together, each with all its copies.",
    )


class NamespaceQuota(Amounts):
    """What all jobs of a namespace may take together, and how much of it in which cluster."""

    clusters: dict[ClusterName, Amounts] = setting(
        {},
        title="Shares by cluster",
        description=(
            "What of it a member cluster gives at most. Rendered as a FederatedResourceQuota, "
            "which makes a ResourceQuota in each cluster that is named; left out: none is made."
        ),
        examples=[{"cluster-gpu-0": {"gpus": 8}}],
    )


class InstanceLimits(Settings):
    """The most that one instance, head or worker, may ask for."""

    cpu_cores: OrLeftOut[PositiveInt32] = optional(
        title="CPU cores",
        description="Most cores of an instance; left out: not bounded.",
        unit="cores",
        examples=[32],
    )
    memory_gib: OrLeftOut[Gibibytes] = optional(
        alias="memoryGiB",
        title="Memory",
        description="Most memory of an instance; left out: not bounded.",
        unit="GiB",
        examples=[256],
    )
    gpu_count: OrLeftOut[Int32] = optional(
        title="GPUs",
        description="Most GPUs of a worker; left out: not bounded.",
        unit="GPUs",
        examples=[8],
    )


class RuntimeLimits(Settings):
    """How long a job may run."""

    maximum: OrLeftOut[PositiveInt32] = optional(
        title="Maximum",
        description="The longest that all tries of a job may take; left out: not bounded.",
        unit="seconds",
        examples=[86400],
    )
    default: OrLeftOut[PositiveInt32] = optional(
        title="Default",
        description="Of a job that names none; left out: it is never ended from outside.",
        unit="seconds",
        examples=[14400],
    )


class WaitLimits(Settings):
    """How long a job may wait until it runs."""

    maximum: OrLeftOut[PositiveInt32] = optional(
        title="Maximum",
        description="The longest that all tries of a job may wait; left out: not bounded.",
        unit="seconds",
        examples=[7200],
    )
    default: OrLeftOut[PositiveInt32] = optional(
        title="Default",
        description="Of a job that names none; left out: it waits as long as it may run.",
        unit="seconds",
        examples=[3600],
    )


class Limits(Settings):
    """What one job may ask for; what is left out is not bounded."""

    instance: InstanceLimits = Field(
        default_factory=InstanceLimits,
        title="Instance",
        description="The most that one instance may ask for.",
    )
    instance_count: OrLeftOut[PositiveInt32] = optional(
        title="Workers",
        description="Most workers of a copy; left out: not bounded.",
        unit="workers",
        examples=[16],
    )
    copies: OrLeftOut[PositiveInt32] = optional(
        title="Copies",
        description="On how many clusters all of a job may run at once; left out: not bounded.",
        unit="copies",
        examples=[2],
    )
    total: Amounts = Field(
        default_factory=Amounts,
        title="Total",
        description="The most that all copies of a job may take, with heads and workers.",
    )
    max_runtime_seconds: RuntimeLimits = Field(
        default_factory=RuntimeLimits,
        title="Longest run",
        description="How long a job may run, and how long one may that does not say.",
    )
    max_wait_seconds: WaitLimits = Field(
        default_factory=WaitLimits,
        title="Longest wait",
        description="The longest wait that a job may ask for, and the default.",
    )


class Marks(Settings):
    """Labels and annotations."""

    labels: Labels = setting(
        {},
        title="Labels",
        description="Labels of the RayJob and of its pods.",
        examples=[{"app.kubernetes.io/managed-by": "rayjobs"}],
    )
    annotations: Annotations = setting(
        {},
        title="Annotations",
        description="Annotations of the RayJob and of its pods.",
        examples=[{"example.com/contact": "training@example.com"}],
    )


class Metadata(Marks):
    """What every RayJob and every pod of it is marked with."""

    tenant_label: OrLeftOut[LabelKey] = optional(
        title="Tenant label",
        description="Label whose value is the job's directory below jobs/; left out: none.",
        examples=["example.com/tenant"],
    )
    tenants: Annotated[dict[TenantName, Marks], Names(TenantName, TENANT_WORDS)] = setting(
        {},
        title="Tenants",
        description="What jobs in a directory below jobs/ are marked with besides, or instead.",
        examples=[{"vision": {"labels": {"cost-centre": "4711"}}}],
    )
