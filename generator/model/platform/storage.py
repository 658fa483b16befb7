"""The part of platform.yaml that says where results are written to."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from generator.diagnostics.wording import RENDERED_TEXT
from generator.fields import kubernetes
from generator.fields.scalars import (
    ClaimName,
    ClusterName,
    Gibibytes,
    LabelValue,
    Namespace,
    NonEmptyUniqueList,
    ObjectName,
    OrLeftOut,
    Says,
    SecretName,
    StorageClassName,
    UniqueList,
)
from generator.fields.settings import Settings, optional, setting
from generator.model.job.channels import Endpoint

AccessMode: TypeAlias = Literal[
    "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"
]
MountPath: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(/[A-Za-z0-9_][-A-Za-z0-9._]*)+$", max_length=1024),
    Says(patternErrorMessage="must be an absolute path of plain words, without a / at its end"),
]
DataKey: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DATA_KEY, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage="must be letters, digits, -, _ and ."),
]
RemoteText: TypeAlias = Annotated[
    str,
    Field(pattern=RENDERED_TEXT, min_length=1, max_length=1024),
    Says(patternErrorMessage="must not hold $, ` or a control character"),
]
Interval: TypeAlias = Annotated[
    str,
    Field(pattern="^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$", min_length=2),
    Says(patternErrorMessage="must be hours, minutes and seconds: 1h, 90m or 1h30m"),
]

_PORTS = {"http": 80, "https": 443}


class DeclaredClaim(Settings):
    """A claim that the platform team owns: its size and clusters do not follow the jobs."""

    name: ClaimName = setting(
        title="Name", description="Name of the claim.", examples=["team-results"]
    )
    namespace: Namespace = setting(
        kubernetes.DEFAULT_NAMESPACE, title="Namespace", description="Namespace of the claim."
    )
    size_gb: Gibibytes = setting(
        alias="sizeGB", title="Size", description="Size asked for.", unit="GiB", examples=[500]
    )
    access_mode: OrLeftOut[AccessMode] = optional(
        title="Access mode",
        description="Left out: storage.accessMode.",
        examples=["ReadWriteMany"],
    )
    storage_class_name: OrLeftOut[StorageClassName] = optional(
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
        kubernetes.DEFAULT_NAMESPACE, title="Namespace", description="Namespace of the claim."
    )
    clusters: NonEmptyUniqueList[ClusterName] = setting(
        title="Clusters",
        description="Member clusters that have the claim.",
        examples=[["cluster-gpu-0"]],
    )


class Storage(Settings):
    """Where results are written to."""

    claim_name: ClaimName = setting(
        "kham-pv-for-xgboost", title="Claim", description="Claim of a job that names none."
    )
    mount_path: MountPath = setting(
        "/home/ray/result-storage",
        title="Mount path",
        description="Where head and workers see the claim.",
    )
    access_mode: AccessMode = setting(
        "ReadWriteMany", title="Access mode", description="Of claims that name none."
    )
    storage_class_name: OrLeftOut[StorageClassName] = optional(
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
    allowed_storage_classes: OrLeftOut[UniqueList[StorageClassName]] = optional(
        title="Allowed storage classes",
        description="What a job may name as storageClassName; left out: anything.",
        examples=[["fast-ssd"]],
    )
    max_size_gb: OrLeftOut[Gibibytes] = optional(
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


class RemoteKey(Settings):
    """Where a store keeps one of the two keys; never the key itself."""

    key: RemoteText = setting(
        title="Entry of the store", description="Its path or name there.", examples=["training/s3"]
    )
    property: OrLeftOut[RemoteText] = optional(
        title="Field of the entry",
        description="Which field of the entry it is; left out: the whole entry.",
        examples=["access-key"],
    )


class SecretStore(Settings):
    """A store of External Secrets that the members have."""

    name: ObjectName = setting(title="Store", description="Name of the store.", examples=["vault"])
    kind: Literal["ClusterSecretStore", "SecretStore"] = setting(
        "ClusterSecretStore",
        title="Kind of store",
        description="SecretStore: one in each namespace. ClusterSecretStore: one for all.",
    )


class ExternalKeys(Settings):
    """What the ExternalSecret says that makes the Secret in each member."""

    store: SecretStore = setting(title="Store", description="Store that the members read.")
    access_key: RemoteKey = setting(title="Access key", description="Where the store keeps it.")
    secret_key: RemoteKey = setting(title="Secret key", description="Where the store keeps it.")
    refresh_interval: Interval = setting(
        "1h",
        title="Refresh interval",
        description="How often the members read the store again; 0s: never.",
    )


class _SecretKeys(Settings):
    """The entries of a Secret, and how it gets into the members."""

    access_key: DataKey = setting(
        "access-key",
        title="Key of the access key",
        description="Which entry of the Secret becomes S3_ACCESS_KEY.",
    )
    secret_key: DataKey = setting(
        "secret-key",
        title="Key of the secret key",
        description="Which entry of the Secret becomes S3_SECRET_KEY.",
    )
    source: Literal["control-plane", "members", "external"] = setting(
        "control-plane",
        title="Source",
        description=(
            "control-plane: made there by hand in each namespace, and propagated. members: it is "
            "there already, and nothing is rendered. external: an ExternalSecret is propagated, "
            "and makes it in each member."
        ),
    )
    external: OrLeftOut[ExternalKeys] = optional(
        title="External Secrets",
        description="What the ExternalSecret says; for the source external, and for no other.",
    )


class EndpointCredentials(_SecretKeys):
    """The Secret for object storages that have keys of their own."""

    endpoints: NonEmptyUniqueList[Endpoint] = setting(
        title="Endpoints",
        description="Jobs whose channels name one of them get these keys.",
        examples=[["https://minio.local"]],
    )
    secret_name: SecretName = setting(
        title="Secret",
        description="Secret of each namespace that holds the keys.",
        examples=["minio-credentials"],
    )


class Credentials(_SecretKeys):
    """The Secret that holds the keys of the object storage; its values are never in Git."""

    secret_name: SecretName = setting(
        "s3-credentials",
        title="Secret",
        description="Secret of each namespace, for jobs whose endpoint has no profile.",
    )
    profiles: list[EndpointCredentials] = setting(
        [],
        title="Profiles",
        description="Other Secrets, by the endpoint of a job's channels.",
    )


SecretKeys: TypeAlias = Credentials | EndpointCredentials
"""A Secret with the names of its two keys."""


def canonical_endpoint(endpoint: str) -> str:
    """What two spellings of one endpoint have in common.

    Scheme and host in small letters, without the scheme's own port and a ``/`` at the end. One
    that is no URL stays as it is: ``storage/endpoint`` says so.
    """
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return endpoint
    own = port is None or port == _PORTS.get(parts.scheme)
    host = parts.hostname or ""
    # Without its brackets an address of IPv6 could hold the port of another.
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if own else f':{port}'}{parts.path.rstrip('/')}"
