"""The part of platform.yaml that says what every pod of a job has: head, workers, submitter."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from generator.fields.scalars import (
    Int32,
    ObjectName,
    OrLeftOut,
    Says,
    SecretName,
    UniqueList,
)
from generator.fields.settings import Settings, optional, setting

TEMPORARY = "/tmp"  # noqa: S108  # a path of the container, not of this machine
"""Where Ray writes unless it is told otherwise; an emptyDir where the image is read-only."""

Capability: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Z][A-Z0-9_]*$", max_length=63),
    Says(patternErrorMessage="must be ALL, or a capability in capitals: NET_RAW"),
]
ProfilePath: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][-A-Za-z0-9._]*(/[A-Za-z0-9_][-A-Za-z0-9._]*)*$", max_length=253),
    Says(patternErrorMessage="must be a relative path of plain words: profiles/ray.json"),
]


class _Context(Settings):
    """A security context."""

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Its fields as Kubernetes has them, those that are given: made once for all pods."""
        return _pruned(self.model_dump(by_alias=True, exclude_none=True))


def _pruned(node: dict[str, Any]) -> dict[str, Any]:
    """``node`` without lists and objects that hold nothing."""
    fields = {key: _pruned(v) if isinstance(v, dict) else v for key, v in node.items()}
    return {key: value for key, value in fields.items() if value not in ([], {})}


class SeccompProfile(Settings):
    """Which system calls the containers may make."""

    type: Literal["RuntimeDefault", "Unconfined", "Localhost"] = setting(
        title="Type",
        description="RuntimeDefault: what the container runtime allows. Localhost: a file.",
        examples=["RuntimeDefault"],
    )
    localhost_profile: OrLeftOut[ProfilePath] = optional(
        title="File",
        description="With Localhost: a file that each node has, below the kubelet's seccomp/.",
        examples=["profiles/ray.json"],
    )


class PodSecurityContext(_Context):
    """What a pod's volumes belong to, and as whom its containers run."""

    fs_group: OrLeftOut[Int32] = optional(
        title="Group of volumes",
        description=(
            "Group that volumes belong to, so that a user who is not root can write to a new one. "
            "Volumes that the driver does not hand over, such as NFS, stay as they are."
        ),
        examples=[100],
    )
    fs_group_change_policy: OrLeftOut[Literal["OnRootMismatch", "Always"]] = optional(
        title="When volumes change hands",
        description=(
            "OnRootMismatch: only where the top directory has another group, which is faster "
            "with many files. Left out: Always."
        ),
        examples=["OnRootMismatch"],
    )
    run_as_user: OrLeftOut[Int32] = optional(
        title="User",
        description="Left out: that of the image, 1000 in Ray's.",
        examples=[1000],
    )
    run_as_group: OrLeftOut[Int32] = optional(
        title="Group",
        description="Left out: that of the image, 100 in Ray's.",
        examples=[100],
    )
    run_as_non_root: OrLeftOut[bool] = optional(
        title="Not as root",
        description="true: a container that would run as root does not start.",
        examples=[True],
    )
    supplemental_groups: UniqueList[Int32] = setting(
        [],
        title="Further groups",
        description="Groups that the containers are in besides.",
        examples=[[2000]],
    )
    seccomp_profile: OrLeftOut[SeccompProfile] = optional(
        title="Seccomp profile", description="Which system calls the containers may make."
    )


class Capabilities(Settings):
    """What root may do that a container gives up."""

    drop: UniqueList[Capability] = setting(
        [], title="Given up", description="Capabilities that are taken away.", examples=[["ALL"]]
    )


class ContainerSecurityContext(_Context):
    """What each container may do."""

    allow_privilege_escalation: OrLeftOut[bool] = optional(
        title="Privilege escalation",
        description="false: no program gets more rights than the one that starts it.",
        examples=[False],
    )
    capabilities: OrLeftOut[Capabilities] = optional(
        title="Capabilities", description="Linux capabilities that are dropped."
    )
    read_only_root_filesystem: OrLeftOut[bool] = optional(
        title="Read-only image",
        description=(
            "true: nothing is written into the image's own files. /tmp, where Ray keeps its "
            "sockets and logs, is then an emptyDir."
        ),
        examples=[True],
    )
    run_as_non_root: OrLeftOut[bool] = optional(
        title="Not as root",
        description="As pods.securityContext.runAsNonRoot, for each container; overrides it.",
        examples=[True],
    )


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
    )


class Pods(Settings):
    """What every pod of a job has: head, workers and the submitter."""

    service_account_name: OrLeftOut[ObjectName] = optional(
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
