"""Further parameters of `ray start`, as platform.yaml may set them for heads and workers.

The names are those that `ray start` of Ray 2.46 and 2.49 both takes (its scripts/scripts.py). Left
out are those that rayjobs or KubeRay sets (num-cpus, memory, address, block, ports, hosts: its
common/pod.go, 1.6.0), `labels`, which KubeRay refuses, flags of which KubeRay drops the value
(include-log-monitor), and what a cluster of pods cannot have.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field

from generator.fields.labels import Names
from generator.fields.scalars import NOT_NULL, WHOLE, Int32, Says
from generator.fields.settings import Settings, setting
from generator.fields.variables import as_text
from generator.model.platform.storage import MountPath

_LEAST_STORE = 75 * 1024 * 1024
"""Ray refuses a smaller store (OBJECT_STORE_MINIMUM_MEMORY_BYTES of 2.46)."""
_MOST_STORE = 2**53
_LONGEST_TEMP_DIR = 40
"""With what Ray puts below it a socket's path has to stay below 108 characters (2.46)."""
_OWN_RESOURCES = ("CPU", "GPU", "memory", "object_store_memory")


def _not_rays_own(name: str) -> str:
    if name in _OWN_RESOURCES:
        raise ValueError("Ray counts this resource itself")
    return name


_RESOURCE_WORDS = (
    f"must be letters, digits, -, _ and ., starting with a letter, and none of "
    f"{', '.join(_OWN_RESOURCES)}"
)
RayResource: TypeAlias = Annotated[
    str,
    Field(pattern="^[A-Za-z][-A-Za-z0-9_.]*$", max_length=63),
    AfterValidator(_not_rays_own),
    Says(patternErrorMessage=_RESOURCE_WORDS, **{"not": {"enum": list(_OWN_RESOURCES)}}),
]
RayResources: TypeAlias = Annotated[dict[RayResource, Int32], Names(RayResource, _RESOURCE_WORDS)]


def _as_ray_spells_it(name: str) -> str:
    return name.replace("_", "-")


class StartParams(Settings):
    """Parameters of `ray start` by their names, for a worker."""

    model_config = ConfigDict(alias_generator=_as_ray_spells_it)

    object_store_memory: Annotated[
        Annotated[int, Field(ge=_LEAST_STORE, le=_MOST_STORE), WHOLE] | None, NOT_NULL
    ] = setting(
        None,
        title="Object store",
        description="Size of the object store; left out: Ray takes 30 % of the pod's memory.",
        unit="bytes",
        examples=[2_000_000_000],
    )
    object_spilling_directory: Annotated[MountPath | None, NOT_NULL] = setting(
        None,
        title="Spilling",
        description=(
            "Directory for objects that the store has no room for; left out: the head's temp-dir."
        ),
        examples=["/mnt/scratch/spilled"],
    )
    plasma_directory: Annotated[MountPath | None, NOT_NULL] = setting(
        None,
        title="Store's directory",
        description=(
            "Directory of the object store, which has to be in the image or a volume; left out: "
            "/dev/shm, which KubeRay then mounts from memory."
        ),
        examples=["/mnt/store"],
    )
    resources: RayResources = setting(
        {},
        title="Resources",
        description="Resources of one's own that Ray counts, by name.",
        examples=[{"licence": 1}],
    )
    log_style: Annotated[Literal["auto", "record", "pretty"] | None, NOT_NULL] = setting(
        None,
        title="Log style",
        description="How `ray start` writes what it says; left out: auto.",
        examples=["record"],
    )
    log_color: Annotated[Literal["auto", "true", "false"] | None, NOT_NULL] = setting(
        None,
        title="Log colour",
        description="Whether `ray start` uses colours; left out: auto.",
        examples=["false"],
    )

    @cached_property
    def texts(self) -> dict[str, str]:
        """Those that are given as KubeRay takes them: texts, of which it makes a line for bash.

        A flag is "true" (convertParamMap of KubeRay 1.6.0); JSON is in quotes, since KubeRay adds
        none. They are made once for all jobs.
        """
        given = self.model_dump(by_alias=True, exclude_none=True)
        return {name: _text(value) for name, value in given.items() if value != {}}


class HeadStartParams(StartParams):
    """Parameters of `ray start` by their names, for the head."""

    temp_dir: Annotated[
        Annotated[MountPath, Field(max_length=_LONGEST_TEMP_DIR)] | None, NOT_NULL
    ] = setting(
        None,
        title="Temporary directory",
        description="Where Ray keeps sockets and logs, on head and workers; left out: /tmp/ray.",
        examples=["/mnt/scratch/ray"],
    )
    disable_usage_stats: Annotated[bool | None, NOT_NULL] = setting(
        None,
        title="No usage statistics",
        description="true: Ray sends none to its makers.",
        examples=[True],
    )


def _text(value: str | bool | int | dict[str, int]) -> str:
    if isinstance(value, dict):
        return f"'{json.dumps(value, separators=(',', ':'))}'"
    return as_text(value)
