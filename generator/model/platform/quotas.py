"""The part of platform.yaml that bounds what the jobs of a namespace take together."""

from __future__ import annotations

from generator.fields.scalars import ClusterName
from generator.fields.settings import setting
from generator.model.platform.amounts import Amounts


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
