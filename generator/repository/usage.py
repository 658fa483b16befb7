"""What jobs take of clusters, and how that compares with what there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.model.platform.amounts import Amounts
from generator.repository.resolved_job import ResolvedJob


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU cores, GiB of memory and GPUs."""

    cpu_cores: int = 0
    memory_gib: int = 0
    gpus: int = 0

    def times(self, number: int) -> Usage:
        """So many times this."""
        return Usage(self.cpu_cores * number, self.memory_gib * number, self.gpus * number)


@dataclass(frozen=True, slots=True)
class Excess:
    """An amount that is larger than its bound, with its field in platform.yaml and its unit."""

    field: str
    unit: str
    taken: float
    bound: int

    @property
    def words(self) -> str:
        """``96 of 64 CPU cores``."""
        return f"{amount(self.taken)} of {self.bound:,} {self.unit}"


_SUBMITTER_CPU_CORES = 0.5
_SUBMITTER_MEMORY_GIB = 200 / 1024
"""What KubeRay's submitter requests in each copy, with its template or with ours."""


def amount(number: float) -> str:
    """``1,024``, ``8.5``."""
    return f"{round(number, 1):,}".removesuffix(".0")


def of_one_copy(one: ResolvedJob) -> Usage:
    """What a copy takes where it runs: a head and its workers; a head has no GPU.

    KubeRay's submitter is not in it.
    """
    resources, head = one.job.resources, one.head_size
    asked, workers = resources.instance_resources, resources.instance_count
    return Usage(
        asked.cpu_cores * workers + head.cpu_cores,
        asked.memory_gib * workers + head.memory_gib,
        asked.gpu_count * workers,
    )


def of_all_copies(one: ResolvedJob) -> Usage:
    """What all copies of a job take together."""
    return of_one_copy(one).times(one.placement.copies)


def together(usages: Iterable[Usage]) -> Usage:
    """The sum."""
    cpu_cores = memory_gib = gpus = 0
    for usage in usages:
        cpu_cores += usage.cpu_cores
        memory_gib += usage.memory_gib
        gpus += usage.gpus
    return Usage(cpu_cores, memory_gib, gpus)


def with_submitters(usage: Usage, submitters: int) -> tuple[float, float]:
    """CPU cores and GiB of memory, those of so many submitters included."""
    return (
        usage.cpu_cores + submitters * _SUBMITTER_CPU_CORES,
        usage.memory_gib + submitters * _SUBMITTER_MEMORY_GIB,
    )


def beyond(usage: Usage, bound: Amounts, submitters: int = 0) -> list[Excess]:
    """Each amount that is larger than its bound, in the order of their fields.

    Those of so many submitters are included.
    """
    cpu_cores, memory_gib = with_submitters(usage, submitters)
    compared = (
        ("cpuCores", "CPU cores", cpu_cores, bound.cpu_cores),
        ("memoryGiB", "GiB of memory", memory_gib, bound.memory_gib),
        ("gpus", "GPUs", usage.gpus, bound.gpus),
    )
    return [
        Excess(field, unit, taken, most)
        for field, unit, taken, most in compared
        if most is not None and taken > most
    ]


def in_words(excess: Iterable[Excess]) -> str:
    """``96 of 64 CPU cores, 12 of 8 GPUs``."""
    return ", ".join(one.words for one in excess)
