"""The part of platform.yaml that bounds what the jobs below each directory of jobs/ may use."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.scalars import (
    NOT_NULL,
    ClaimName,
    ClusterName,
    Namespace,
    NonEmptyUniqueList,
    QueueName,
    Says,
    SecretName,
)
from generator.fields.settings import Settings, setting
from generator.model.platform.amounts import Amounts
from generator.model.platform.scheduling import Priority

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

    prefixes: Annotated[NonEmptyUniqueList[ImagePrefix] | None, NOT_NULL] = setting(
        None,
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
        1, title="Lowest priority", description="The lowest that is allowed.", examples=[1]
    )
    maximum: Priority = setting(
        1000, title="Highest priority", description="The highest that is allowed.", examples=[500]
    )


class Tenant(Settings):
    """What the jobs of a directory may use; what is left out is not bounded."""

    namespaces: Annotated[NonEmptyUniqueList[Namespace] | None, NOT_NULL] = setting(
        None,
        title="Namespaces",
        description="Namespaces of its jobs; left out: any.",
        examples=[["team-vision"]],
    )
    clusters: Annotated[NonEmptyUniqueList[ClusterName] | None, NOT_NULL] = setting(
        None,
        title="Clusters",
        description="Member clusters that its jobs may target; left out: any.",
        examples=[["cluster-gpu-0"]],
    )
    images: Images = Field(
        default_factory=Images, title="Images", description="Images that its jobs may name."
    )
    claims: Annotated[NonEmptyUniqueList[ClaimName] | None, NOT_NULL] = setting(
        None,
        title="Claims",
        description=(
            "Claims that its jobs may write to, storage.claimName too where a job names none; "
            "left out: any."
        ),
        examples=[["vision-results"]],
    )
    secrets: Annotated[NonEmptyUniqueList[SecretName] | None, NOT_NULL] = setting(
        None,
        title="Secrets",
        description="Secrets that its jobs may get keys from; left out: any.",
        examples=[["s3-credentials"]],
    )
    queues: Annotated[NonEmptyUniqueList[QueueName] | None, NOT_NULL] = setting(
        None,
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
