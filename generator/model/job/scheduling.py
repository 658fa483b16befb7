"""The part of params.json that says where a job runs, when, and how often it is tried."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.fields.labels import Labels, Toleration
from generator.fields.scalars import NOT_NULL, WHOLE, QueueName
from generator.fields.settings import Settings, setting

SchedulingMode: TypeAlias = Literal["all", "one-of", "ordered"]
OnClusterFailure: TypeAlias = Literal["stay", "move"]

FAILURE_TAINTS = ("cluster.karmada.io/not-ready", "cluster.karmada.io/unreachable")
"""Keys of a cluster's taints once Karmada no longer reaches it (its cluster_controller.go)."""
FAILURE_EFFECT: Literal["NoExecute"] = "NoExecute"
"""With it, such a taint takes from the cluster what does not tolerate it."""
MOST_RETRIES = 100
"""More tries of one training are a mistake: each starts it from its beginning."""


class Scheduling(Settings):
    """On which of the target clusters the job runs, and when."""

    mode: Annotated[SchedulingMode | None, NOT_NULL] = setting(
        None,
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
    on_cluster_failure: Annotated[OnClusterFailure | None, NOT_NULL] = setting(
        None,
        title="On cluster failure",
        description=(
            "What becomes of a job whose cluster Karmada no longer reaches. stay: it is started "
            "nowhere else. move: one that runs on one of several clusters starts on another, from "
            "its beginning, where Karmada's failover is on. Left out: the platform's."
        ),
        examples=["move"],
    )
    suspended: Annotated[bool | None, NOT_NULL] = setting(
        None,
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
    queue: Annotated[QueueName | None, NOT_NULL] = setting(
        None,
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
