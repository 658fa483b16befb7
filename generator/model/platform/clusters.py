"""The part of platform.yaml that describes Karmada's member clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields.labels import Labels, Names, Toleration
from generator.fields.scalars import NOT_NULL, ClusterName
from generator.fields.settings import Settings, setting
from generator.model.platform.amounts import Amounts
from generator.model.platform.ray import ResourceName


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

    labels: Annotated[Labels | None, NOT_NULL] = setting(
        None,
        title="Labels",
        description=(
            "Labels of its Cluster object on Karmada, by which jobs choose clusters. Left out: "
            "not known here."
        ),
        examples=[{"gpu": "a100"}],
    )
    gpu_resource_name: Annotated[ResourceName | None, NOT_NULL] = setting(
        None,
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


Clusters: TypeAlias = Annotated[
    dict[ClusterName, MemberCluster],
    Names(
        ClusterName,
        "must be the name of a cluster: small letters, digits and -, at most 48",
    ),
]
