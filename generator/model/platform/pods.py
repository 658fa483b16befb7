"""The part of platform.yaml that says what every pod of a job has: head, workers, submitter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.fields.scalars import NOT_NULL, SecretName
from generator.fields.settings import Settings, setting
from generator.model.platform.security import ContainerSecurityContext, PodSecurityContext
from generator.model.platform.sync import ObjectName


class ImagePullSecret(Settings):
    """A Secret with which the members pull images."""

    name: SecretName = setting(
        title="Secret",
        description="Secret of each namespace, of the type kubernetes.io/dockerconfigjson.",
        examples=["registry"],
    )
    source: Literal["control-plane", "members"] = setting(
        "control-plane",
        title="Source",
        description=(
            "control-plane: made there by hand in each namespace, and propagated. members: it is "
            "there already, and nothing is rendered."
        ),
        examples=["control-plane"],
    )


class Pods(Settings):
    """What every pod of a job has: head, workers and the submitter."""

    service_account_name: Annotated[ObjectName | None, NOT_NULL] = setting(
        None,
        title="Service account",
        description=(
            "ServiceAccount that the members have in each namespace, with what it may do there; "
            "nothing of it is rendered. Left out: default."
        ),
        examples=["training"],
    )
    image_pull_secrets: list[ImagePullSecret] = setting(
        [], title="Image pull Secrets", description="With which the members pull the images."
    )
    security_context: PodSecurityContext = Field(
        default_factory=PodSecurityContext,
        title="Security context",
        description="What the pods' volumes belong to, and as whom the containers run.",
    )
    container_security_context: ContainerSecurityContext = Field(
        default_factory=ContainerSecurityContext,
        title="Security context of containers",
        description="What each container may do.",
    )
