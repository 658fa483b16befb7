"""platform.yaml: every setting has the guide's value as its default, so the file may be missing."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Literal

from pydantic import ConfigDict, Field

from generator.algorithms import BUILT_IN
from generator.diagnostics import SourceFile
from generator.fields.labels import close_names
from generator.fields.scalars import (
    LABEL_WORDS,
    ClusterName,
    LabelValue,
    Namespace,
    ObjectName,
    RuleId,
    UniqueList,
)
from generator.fields.settings import Settings, read_schema, setting
from generator.model.job.schema import TemplateName, export_schema
from generator.model.platform.algorithms import (
    AlgorithmDefaults,
    Algorithms,
    Container,
    Runtime,
    Templates,
)
from generator.model.platform.clusters import CLUSTER_WORDS, Clusters, PlatformScheduling
from generator.model.platform.pods import Pods
from generator.model.platform.ray import Ray, TrainingScript
from generator.model.platform.storage import Credentials, Storage
from generator.model.platform.tenants import (
    TENANT_WORDS,
    Limits,
    Metadata,
    NamespaceQuota,
    Tenant,
    TenantName,
)
from generator.source.files import Files
from generator.source.schema_errors import DocumentSchema
from generator.source.text import Parsed

FILE = "platform.yaml"
PLATFORM_FILE = SourceFile(FILE)

_NOTHING = Container()
_NAMESPACE_WORDS = "must be the name of a namespace: small letters, digits and -"


class FluxSync(Settings):
    """What `rayjobs sync flux` writes into each Kustomization."""

    namespace: Namespace = setting(
        "flux-system",
        title="Namespace",
        description="Where the Kustomizations are, beside their GitRepository.",
    )
    repository: ObjectName = setting(
        "rayjobs", title="GitRepository", description="The GitRepository of this repository."
    )
    kube_config_secret: ObjectName = setting(
        "karmada-kubeconfig",
        title="Kubeconfig",
        description="Secret whose entry `value` is the kubeconfig of the Karmada control plane.",
    )
    impersonate: bool = setting(
        False,
        title="Impersonate",
        description=(
            "Apply each namespace as a service account of its own, rayjobs-<namespace>, instead "
            "of with all the kubeconfig's rights."
        ),
        examples=[True],
    )


class Sync(Settings):
    """How sync engines are pointed at rendered/."""

    flux: FluxSync = Field(
        default_factory=FluxSync,
        title="Flux",
        description="What `rayjobs sync flux` writes: one Kustomization a namespace.",
    )


class Platform(Settings):
    """What the platform team decides."""

    model_config = ConfigDict(title="What the platform team decides: platform.yaml")

    algorithms: Algorithms = Field(
        default_factory=Algorithms, title="Algorithms", description="Images and entrypoints."
    )
    ray: Ray = Field(default_factory=Ray, title="Ray", description="The Ray cluster of each job.")
    storage: Storage = Field(
        default_factory=Storage, title="Storage", description="Claims and where they are mounted."
    )
    credentials: Credentials = Field(
        default_factory=Credentials, title="Credentials", description="Which Secret holds S3 keys."
    )
    pods: Pods = Field(
        default_factory=Pods, title="Pods", description="What head, workers and submitter have."
    )
    training_script: TrainingScript = Field(
        default_factory=TrainingScript,
        title="Training script",
        description="What it is told besides the job's own words.",
    )
    scheduling: PlatformScheduling = Field(
        default_factory=PlatformScheduling,
        title="Scheduling",
        description="Default placement, queues and priorities.",
    )
    metadata: Metadata = Field(
        default_factory=Metadata,
        title="Metadata",
        description="What every RayJob and every pod of it is marked with.",
    )
    sync: Sync = Field(
        default_factory=Sync, title="Sync", description="How sync engines are pointed at rendered/."
    )
    templates: Templates = setting(
        {},
        title="Templates",
        description="Templates that jobs name with `template`, by name.",
    )
    rules: dict[RuleId, Literal["error", "warning", "off"]] = setting(
        {},
        title="Rules",
        description=(
            "What findings of a rule count here: error, warning or off. Rules that keep objects "
            "apart, expansion out and credentials away cannot be changed, nor can those of limits "
            "and tenants: `rayjobs explain RULE` says of each whether it can."
        ),
        examples=[{"storage/folder-key": "error"}],
    )
    namespaces: UniqueList[Namespace] = setting(
        [],
        title="Namespaces",
        description=(
            "Namespaces of the jobs. Each but default has a namespace.yaml in rendered/ that "
            "outlives its jobs."
        ),
        examples=[["team-vision", "team-text"]],
    )
    clusters: Clusters = setting(
        {},
        title="Clusters",
        description=(
            "Member clusters by name, what each can give and what it asks of pods. Where any is "
            "listed, jobs target no other."
        ),
        examples=[{"cluster-gpu-0": {"cpuCores": 64, "memoryGiB": 512, "gpus": 8}}],
    )
    tenants: dict[TenantName, Tenant] = setting(
        {},
        title="Tenants",
        description=(
            "By the name of a directory below jobs/, what its jobs may use. Where any is listed, "
            "there are no others."
        ),
        examples=[{"vision": {"namespaces": ["team-vision"], "quota": {"gpus": 8}}}],
    )
    limits: Limits = Field(
        default_factory=Limits, title="Limits", description="What one job may ask for."
    )
    quotas: dict[Namespace, NamespaceQuota] = setting(
        {},
        title="Quotas",
        description="By namespace, what all its jobs may take together.",
        examples=[{"team-vision": {"gpus": 8, "clusters": {"cluster-gpu-0": {"gpus": 8}}}}],
    )

    def runtime_of(self, algorithm: str, source: str = "builtin") -> Runtime:
        """Return what a job of an algorithm runs when it names nothing of its own."""
        chosen = self._chosen(algorithm, source)
        built_in = BUILT_IN.get(algorithm) if source == "builtin" else None
        return Runtime(
            chosen.image or (built_in.image if built_in else None),
            chosen.entrypoint or (built_in.entrypoint if built_in else None),
            chosen.ray_version or self.ray.version,
        )

    def gpu_resource_of(self, cluster: str) -> str:
        """Name by which a cluster counts GPUs."""
        described = self.clusters.get(cluster)
        return (described and described.gpu_resource_name) or self.ray.gpu_resource_name

    def _chosen(self, algorithm: str, source: str) -> AlgorithmDefaults:
        if source == "container":
            return self.algorithms.containers.get(algorithm, _NOTHING)
        chosen: AlgorithmDefaults = getattr(self.algorithms, algorithm)
        return chosen


def platform_schema() -> dict[str, Any]:
    """The schema that editors and ``rayjobs validate`` use for platform.yaml."""
    schema = export_schema(Platform, "What the platform team decides: platform.yaml")
    own, parts = schema["properties"], schema["$defs"]
    quotas, algorithms = parts["NamespaceQuota"]["properties"], parts["Algorithms"]["properties"]
    for member, names, words in (
        (own["rules"], RuleId, "must be the id of a rule"),
        (own["templates"], TemplateName, LABEL_WORDS),
        (own["tenants"], TenantName, TENANT_WORDS),
        (own["quotas"], Namespace, _NAMESPACE_WORDS),
        (quotas["clusters"], ClusterName, CLUSTER_WORDS),
        (algorithms["containers"], LabelValue, "must be a name that params.json can use"),
    ):
        close_names(member, names, words)
    return schema


def load_platform(files: Files) -> Parsed[Platform]:
    """Return the platform, or None and what is wrong with its file.

    Without the file the guide's defaults apply.
    """
    read = files.named(FILE)
    if read is None:
        return Parsed(Platform())
    if read.value is None:
        return Parsed(None, read.problems)
    return platform_from(read.value)


@lru_cache(maxsize=2)
def platform_from(text: str) -> Parsed[Platform]:
    """Return the platform that ``text`` describes, or None and what is wrong in which place.

    Read once: it is most of what a small run costs, and mostly the same in the work tree and at
    the base.
    """
    # Imported here: a repository without the file never pays for a YAML reader.
    from generator.source.yaml_document import decode_yaml

    document = decode_yaml(text, FILE)
    if document.problems:
        return Parsed(None, tuple(document.problems))
    schema = _schema()
    if not schema.accepts(document.value):
        return Parsed(None, tuple(schema.explain(document.value, PLATFORM_FILE)))
    return Parsed(Platform.model_validate(document.value))


@cache
def _schema() -> DocumentSchema:
    return DocumentSchema(read_schema("platform.schema.json"))
