"""What a job asks of a cluster: workers, CPU, memory, GPUs and storage."""

from __future__ import annotations

from typing import Annotated

from generator.params.model import Settings, setting
from generator.params.scalars import NOT_NULL, Gibibytes, Int32, PositiveInt32, StorageClassName


class InstanceResources(Settings):
    """What each pod of the Ray cluster asks for."""

    cpu_cores: PositiveInt32 = setting(
        title="CPU cores",
        description="Cores of the head and of each worker, as request and limit.",
        unit="cores",
        examples=[4],
    )
    memory_gib: Gibibytes = setting(
        alias="memoryGiB",
        title="Memory",
        description="Memory of the head and of each worker, as request and limit.",
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


class Resources(Settings):
    """What the job asks of a cluster."""

    instance_resources: InstanceResources = setting(
        title="Resources of an instance", description="What each pod asks for."
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
