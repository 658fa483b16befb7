"""The part of platform.yaml that says where results are written to."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.scalars import (
    NOT_NULL,
    ClaimName,
    ClusterName,
    Gibibytes,
    LabelValue,
    Namespace,
    NonEmptyUniqueList,
    Says,
    StorageClassName,
    UniqueList,
)
from generator.fields.settings import Settings, setting

AccessMode: TypeAlias = Literal[
    "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"
]
MountPath: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(/[A-Za-z0-9_][-A-Za-z0-9._]*)+$", max_length=1024),
    Says(patternErrorMessage="must be an absolute path of plain words, without a / at its end"),
]


class DeclaredClaim(Settings):
    """A claim that the platform team owns: its size and clusters do not follow the jobs."""

    name: ClaimName = setting(
        title="Name", description="Name of the claim.", examples=["team-results"]
    )
    namespace: Namespace = setting(
        kubernetes.DEFAULT_NAMESPACE,
        title="Namespace",
        description="Namespace of the claim.",
        examples=["default"],
    )
    size_gb: Gibibytes = setting(
        alias="sizeGB", title="Size", description="Size asked for.", unit="GiB", examples=[500]
    )
    access_mode: Annotated[AccessMode | None, NOT_NULL] = setting(
        None,
        title="Access mode",
        description="Left out: storage.accessMode.",
        examples=["ReadWriteMany"],
    )
    storage_class_name: Annotated[StorageClassName | None, NOT_NULL] = setting(
        None,
        title="Storage class",
        description="Left out: storage.storageClassName, or the cluster's default.",
        examples=["fast-ssd"],
    )
    clusters: NonEmptyUniqueList[ClusterName] = setting(
        title="Clusters",
        description="Member clusters that the claim is kept on.",
        examples=[["cluster-gpu-0"]],
    )


class ExistingClaim(Settings):
    """A claim that exists in the members: nothing of it is rendered."""

    name: ClaimName = setting(title="Name", description="Name of the claim.", examples=["datasets"])
    namespace: Namespace = setting(
        kubernetes.DEFAULT_NAMESPACE,
        title="Namespace",
        description="Namespace of the claim.",
        examples=["default"],
    )
    clusters: NonEmptyUniqueList[ClusterName] = setting(
        title="Clusters",
        description="Member clusters that have the claim.",
        examples=[["cluster-gpu-0"]],
    )


class Storage(Settings):
    """Where results are written to."""

    claim_name: ClaimName = setting(
        "kham-pv-for-xgboost",
        title="Claim",
        description="Claim of a job that names none.",
        examples=["kham-pv-for-xgboost"],
    )
    mount_path: MountPath = setting(
        "/home/ray/result-storage",
        title="Mount path",
        description="Where head and workers see the claim.",
        examples=["/home/ray/result-storage"],
    )
    access_mode: AccessMode = setting(
        "ReadWriteMany",
        title="Access mode",
        description="Of claims that name none.",
        examples=["ReadWriteMany"],
    )
    storage_class_name: Annotated[StorageClassName | None, NOT_NULL] = setting(
        None,
        title="Storage class",
        description="Of claims that name none; left out: the cluster's default.",
        examples=["fast-ssd"],
    )
    claims: list[DeclaredClaim] = setting(
        [], title="Claims", description="Claims whose size and clusters do not follow the jobs."
    )
    existing_claims: list[ExistingClaim] = setting(
        [], title="Existing claims", description="Claims that the members have already."
    )
    allowed_storage_classes: Annotated[UniqueList[StorageClassName] | None, NOT_NULL] = setting(
        None,
        title="Allowed storage classes",
        description="What a job may name as storageClassName; left out: anything.",
        examples=[["fast-ssd"]],
    )
    max_size_gb: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="maxSizeGB",
        title="Largest size",
        description="What a job may ask for as volumeSizeGB; left out: any size.",
        unit="GiB",
        examples=[500],
    )
    object_storage_output: UniqueList[LabelValue] = setting(
        [],
        title="Output to object storage",
        description=(
            "Algorithms whose script can write to an s3:// STORAGE_PATH: their jobs may do without "
            "a claim. The guide's script cannot."
        ),
        examples=[["resnet"]],
    )

    def mode_of(self, declared: DeclaredClaim | None) -> AccessMode:
        """How pods may mount a claim that is rendered, which platform.yaml may declare."""
        return (declared.access_mode if declared else None) or self.access_mode

    @cached_property
    def class_choice(self) -> frozenset[str] | None:
        """The allowed storage classes, for each job to look in; None where any is."""
        classes = self.allowed_storage_classes
        return None if classes is None else frozenset(classes)
