"""What jobs take of clusters, and how that compares with what there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.diagnostics.wording import plural
from generator.model.job.job import Job
from generator.model.platform.clusters import Amounts
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


def placement_in_words(one: ResolvedJob) -> str:
    """Where copies of the job run and what they take: ``runs once, on c1: 2 workers, 4 GPUs``."""
    job, placement, gpus = one.job, one.placement, one.gpus
    takes = f"{plural(one.workers, 'worker')}, {plural(gpus, 'GPU') if gpus else 'no GPUs'}"
    together = " in all" if placement.copies > 1 else ""
    waits = f"waits in the queue {one.queue}, then " if one.queue else ""
    if job.scheduling.suspended:
        waits = f"is suspended; resumed, it {waits}"
    if not placement.candidates:
        return f"{waits}runs nowhere: no target cluster has {labels_in_words(job)}"
    with_room = placement.with_room
    if not with_room:
        return f"{waits}runs nowhere: each of {', '.join(placement.preference)} always looks full"
    stays = len(with_room) == 1 or not placement.moves or job.scheduling.tolerates_failure
    moves = "" if stays else ", and anew on another if Karmada loses that one"
    return f"{waits}runs {where_in_words(one)}{moves}: {takes}{together}"


def where_in_words(one: ResolvedJob) -> str:
    """On which of its clusters a job that has any runs, and how often: ``once, on c1``."""
    job, placement = one.job, one.placement
    clusters = placement.with_room or placement.candidates
    labels = f" with {labels_in_words(job)}" if job.scheduling.cluster_labels else ""
    names = ", ".join(clusters)
    if len(clusters) == 1:
        return f"once, on {names}{labels}"
    if placement.copies > 1:
        return f"a full copy on each of {len(clusters)} clusters{labels} ({names})"
    is_ordered = placement.mode == "ordered"
    names = ", ".join(cluster for cluster in placement.preference if cluster in clusters)
    if placement.is_estimated:
        with_room = "the first with room" if is_ordered else "the one with the most room"
        return f"once, on {with_room} of {names}{labels}"
    first = f"the first {'in the order' if is_ordered else 'by name of'} {names}{labels}"
    return f"once, on {', '.join([*placement.expected, first])}"


def labels_in_words(job: Job) -> str:
    """The labels that clusters of the job have to have: ``gpu=a100, site=north``."""
    labels = job.scheduling.cluster_labels
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels))
