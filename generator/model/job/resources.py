"""What a job asks of a cluster: workers, CPU, memory, GPUs and storage."""

from __future__ import annotations

from typing import Annotated

from generator.fields.scalars import NOT_NULL, Gibibytes, Int32, PositiveInt32, StorageClassName
from generator.fields.settings import Settings, setting


class InstanceResources(Settings):
    """What each worker asks for, and the head where nothing gives it a size of its own."""

    cpu_cores: PositiveInt32 = setting(
        title="CPU cores",
        description=(
            "Cores of each worker, and of the head without a size of its own, as request and limit."
        ),
        unit="cores",
        examples=[4],
    )
    memory_gib: Gibibytes = setting(
        alias="memoryGiB",
        title="Memory",
        description=(
            "Memory of each worker, and of the head without a size of its own, as request and "
            "limit."
        ),
        unit="GiB",
        examples=[16],
    )
    gpu_count: Int32 = setting(
        0,
        title="GPUs",
        description="GPUs of each worker; the head has none.",
        unit="GPUs",
        examples=[0, 2],
    )


class HeadResources(Settings):
    """What the head asks for, where that is not what a worker asks for."""

    cpu_cores: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="CPU cores",
        description=(
            "Cores of the head, as request and limit; left out: ray.head of platform.yaml, else "
            "those of a worker."
        ),
        unit="cores",
        examples=[2],
    )
    memory_gib: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="memoryGiB",
        title="Memory",
        description=(
            "Memory of the head, as request and limit; left out: ray.head of platform.yaml, else "
            "that of a worker."
        ),
        unit="GiB",
        examples=[8],
    )


class Resources(Settings):
    """What the job asks of a cluster."""

    instance_resources: InstanceResources = setting(
        title="Resources of an instance", description="What each pod asks for."
    )
    head_resources: Annotated[HeadResources | None, NOT_NULL] = setting(
        None,
        title="Resources of the head",
        description="What the head asks for; it trains nothing, and often needs less.",
    )
    instance_count: PositiveInt32 = setting(
        title="Workers", description="Ray workers that train.", unit="workers", examples=[2]
    )
    volume_size_gb: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="volumeSizeGB",
        title="Volume size",
        description=(
            "Size of the claim that results are written to. Left out: the claim exists already, "
            "or another job sizes it."
        ),
        unit="GiB",
        examples=[50],
    )
    storage_class_name: Annotated[StorageClassName | None, NOT_NULL] = setting(
        None,
        title="Storage class",
        description="StorageClass of the claim; left out: the platform's, or the cluster's.",
        examples=["fast-ssd"],
    )
