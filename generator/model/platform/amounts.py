"""CPU, memory and GPUs together, as clusters have them and as quotas and limits bound them."""

from __future__ import annotations

from typing import Annotated

from generator.fields.scalars import NOT_NULL, Gibibytes, Int32, PositiveInt32
from generator.fields.settings import Settings, setting


class Amounts(Settings):
    """CPU cores, memory and GPUs; what is left out is not bounded."""

    cpu_cores: Annotated[PositiveInt32 | None, NOT_NULL] = setting(
        None,
        title="CPU cores",
        description="CPU cores; left out: not bounded.",
        unit="cores",
        examples=[64],
    )
    memory_gib: Annotated[Gibibytes | None, NOT_NULL] = setting(
        None,
        alias="memoryGiB",
        title="Memory",
        description="Memory; left out: not bounded.",
        unit="GiB",
        examples=[512],
    )
    gpus: Annotated[Int32 | None, NOT_NULL] = setting(
        None,
        title="GPUs",
        description="GPUs; left out: not bounded.",
        unit="GPUs",
        examples=[8],
    )

    @property
    def bounds_anything(self) -> bool:
        """Whether any amount is given."""
        return (self.cpu_cores, self.memory_gib, self.gpus) != (None, None, None)
