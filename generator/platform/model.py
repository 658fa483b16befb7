"""platform.yaml: every setting has the guide's value as its default, so the file may be missing."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, create_model

from generator import kubernetes
from generator.params.algorithms import BUILT_IN
from generator.params.job import SchedulingMode
from generator.params.model import Settings, setting
from generator.params.scalars import (
    NOT_NULL,
    WHOLE,
    ClaimName,
    ClusterName,
    Gibibytes,
    Image,
    Namespace,
    RequiredText,
    RuleId,
    Says,
    SecretName,
    StorageClassName,
    distinct,
)
from generator.platform.sync import Sync

FILE = "platform.yaml"

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
Version: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+[-+.A-Za-z0-9]*$", max_length=64),
    Says(patternErrorMessage='must be a version in quotes: "2.46.0"'),
]


class AlgorithmDefaults(Settings):
    """What a job of an algorithm runs when it names nothing of its own."""

    image: Annotated[Image | None, NOT_NULL] = setting(
        None,
        title="Image",
        description="Image of head and workers; left out: the algorithm's.",
        examples=["kiepdoden123/iris-training-ray:v1.2"],
    )
    entrypoint: Annotated[RequiredText | None, NOT_NULL] = setting(
        None,
        title="Entrypoint",
        description="Command that Ray runs; left out: the algorithm's.",
        examples=["python /home/ray/xgboost_train.py"],
    )


_Algorithms = create_model(
    "Algorithms",
    __base__=Settings,
    __doc__="Image and entrypoint by algorithm.",
    **{
        algorithm.name: Annotated[
            AlgorithmDefaults,
            Field(
                default_factory=AlgorithmDefaults,
                title=algorithm.title,
                description=(
                    f"Left out: image {algorithm.image}, entrypoint {algorithm.entrypoint}."
                ),
            ),
        ]
        for algorithm in BUILT_IN.values()
    },  # type: ignore[call-overload]  # field definitions are made from the discovered modules
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
    clusters: Annotated[
        list[ClusterName], Field(min_length=1), AfterValidator(distinct), Says(uniqueItems=True)
    ] = setting(
        title="Clusters",
        description="Member clusters that the claim is kept on.",
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


class Credentials(Settings):
    """The Secret that holds the keys of the object storage; its values are never in Git."""

    secret_name: SecretName = setting(
        "s3-credentials",
        title="Secret",
        description="Secret of each namespace, made once by hand on the control plane.",
        examples=["s3-credentials"],
    )
    access_key: DataKey = setting(
        "access-key",
        title="Key of the access key",
        description="Which entry of the Secret becomes S3_ACCESS_KEY.",
        examples=["access-key"],
    )
    secret_key: DataKey = setting(
        "secret-key",
        title="Key of the secret key",
        description="Which entry of the Secret becomes S3_SECRET_KEY.",
        examples=["secret-key"],
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


class PlatformScheduling(Settings):
    """How jobs that say nothing are placed."""

    mode: Annotated[SchedulingMode | None, NOT_NULL] = setting(
        None,
        title="Mode",
        description=(
            "all, one-of or ordered, for jobs that choose none; left out: Divided over all "
            "target clusters, which runs a full copy on each."
        ),
        examples=["one-of"],
    )


class Platform(Settings):
    """What the platform team decides."""

    model_config = ConfigDict(title="What the platform team decides: platform.yaml")

    algorithms: _Algorithms = Field(
        default_factory=_Algorithms, title="Algorithms", description="Images and entrypoints."
    )
    ray: Ray = Field(default_factory=Ray, title="Ray", description="The Ray cluster of each job.")
    storage: Storage = Field(
        default_factory=Storage, title="Storage", description="Claims and where they are mounted."
    )
    credentials: Credentials = Field(
        default_factory=Credentials, title="Credentials", description="Which Secret holds S3 keys."
    )
    training_script: TrainingScript = Field(
        default_factory=TrainingScript,
        title="Training script",
        description="What it is told besides the job's own words.",
    )
    scheduling: PlatformScheduling = Field(
        default_factory=PlatformScheduling, title="Scheduling", description="Default placement."
    )
    sync: Sync = Field(
        default_factory=Sync, title="Sync", description="How sync engines are pointed at rendered/."
    )
    rules: dict[RuleId, Literal["error", "warning", "off"]] = setting(
        {},
        title="Rules",
        description=(
            "What findings of a rule count here: error, warning or off. Those that keep objects "
            "apart, expansion out and credentials away cannot be changed."
        ),
        examples=[{"storage/folder-key": "error"}],
    )
    namespaces: Annotated[list[Namespace], AfterValidator(distinct), Says(uniqueItems=True)] = (
        setting(
            [],
            title="Namespaces",
            description=(
                "Namespaces of the jobs. Each but default has a namespace.yaml in rendered/ that "
                "outlives its jobs."
            ),
            examples=[["team-vision", "team-text"]],
        )
    )

    def image_of(self, algorithm: str) -> str | None:
        """Image of a built-in algorithm; None for any other name."""
        chosen = getattr(self.algorithms, algorithm, AlgorithmDefaults()).image
        return chosen or (BUILT_IN[algorithm].image if algorithm in BUILT_IN else None)

    def entrypoint_of(self, algorithm: str) -> str | None:
        """Entrypoint of a built-in algorithm; None for any other name."""
        chosen = getattr(self.algorithms, algorithm, AlgorithmDefaults()).entrypoint
        return chosen or (BUILT_IN[algorithm].entrypoint if algorithm in BUILT_IN else None)
