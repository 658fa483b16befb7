"""The part of platform.yaml that says how sync engines are pointed at rendered/."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields import kubernetes
from generator.fields.scalars import Namespace, Says
from generator.fields.settings import Settings, setting

ObjectName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage="must be small letters, digits, - and ., as the name of an object"),
]


class FluxSync(Settings):
    """What `rayjobs sync flux` writes into each Kustomization."""

    namespace: Namespace = setting(
        "flux-system",
        title="Namespace",
        description="Where the Kustomizations are, beside their GitRepository.",
        examples=["flux-system"],
    )
    repository: ObjectName = setting(
        "rayjobs",
        title="GitRepository",
        description="The GitRepository of this repository.",
        examples=["rayjobs"],
    )
    kube_config_secret: ObjectName = setting(
        "karmada-kubeconfig",
        title="Kubeconfig",
        description="Secret whose entry `value` is the kubeconfig of the Karmada control plane.",
        examples=["karmada-kubeconfig"],
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
