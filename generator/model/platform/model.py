"""platform.yaml: every setting has the guide's value as its default, so the file may be missing."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from generator.algorithms import BUILT_IN
from generator.diagnostics import SourceFile
from generator.fields.scalars import Namespace, RuleId, UniqueList
from generator.fields.settings import Settings, setting
from generator.model.platform.algorithms import AlgorithmDefaults, Algorithms, Container, Runtime
from generator.model.platform.clusters import Clusters
from generator.model.platform.credentials import Credentials
from generator.model.platform.limits import Limits
from generator.model.platform.marks import Metadata
from generator.model.platform.pods import Pods
from generator.model.platform.quotas import NamespaceQuota
from generator.model.platform.ray import Ray, TrainingScript
from generator.model.platform.scheduling import PlatformScheduling
from generator.model.platform.storage import Storage
from generator.model.platform.sync import Sync
from generator.model.platform.templates import Templates
from generator.model.platform.tenants import Tenant, TenantName

FILE = "platform.yaml"
PLATFORM_FILE = SourceFile(FILE)


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

    def _chosen(self, algorithm: str, source: str) -> AlgorithmDefaults | Container:
        if source == "container":
            return self.algorithms.containers.get(algorithm, _NOTHING)
        chosen: AlgorithmDefaults = getattr(self.algorithms, algorithm)
        return chosen


_NOTHING = Container()
