"""The part of platform.yaml that says which member clusters there are, and what each has."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator import kubernetes
from generator.params.model import setting
from generator.params.scalars import NOT_NULL, LabelValue, Says
from generator.platform.amounts import Amounts
from generator.platform.ray import ResourceName

LABEL_NAME_WORDS = "must be the name of a label: example.com/accelerator"

LabelName: TypeAlias = Annotated[
    str,
    Field(
        pattern=kubernetes.RESOURCE_NAME,
        max_length=kubernetes.MAX_SUBDOMAIN + 1 + kubernetes.MAX_LABEL,
    ),
    Says(patternErrorMessage=LABEL_NAME_WORDS),
]


class MemberCluster(Amounts):
    """What a member cluster can give to jobs; an amount that is left out is not checked."""

    gpu_resource_name: Annotated[ResourceName | None, NOT_NULL] = setting(
        None,
        title="GPU resource",
        description="Extended resource that counts its GPUs; left out: ray.gpuResourceName.",
        examples=["amd.com/gpu"],
    )
    labels: dict[LabelName, LabelValue] = setting(
        {},
        title="Labels",
        description="Labels of its Cluster object on the Karmada control plane.",
        examples=[{"accelerator": "a100"}],
    )
