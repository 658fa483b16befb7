"""What a run found and planned: everything a report shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.diagnostics import Located, has_errors
from generator.render.tree import Plan
from generator.repository.placement_words import placement_in_words
from generator.repository.resolved_job import ResolvedJob
from generator.repository.usage import of_all_copies


@dataclass(frozen=True, slots=True)
class JobSummary:
    """Where a job runs: ``copies`` clusters run all of it.

    ``gpus``, ``cpu_cores`` and ``memory_gib`` are those of all copies, each with its workers and
    one head; a head has no GPU.
    """

    file: str
    name: str
    namespace: str
    clusters: list[str]
    copies: int
    gpus: int
    cpu_cores: int
    memory_gib: int
    words: str


@dataclass(slots=True)
class Outcome:
    """A run's diagnostics in order, its jobs in the order of their files, and its plan."""

    diagnostics: list[Located]
    jobs: list[JobSummary] = field(default_factory=list)
    plan: Plan | None = None
    applied: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return has_errors(self.diagnostics)


def summarise(one: ResolvedJob) -> JobSummary:
    """Return what is said of one job."""
    job, taken = one.job, of_all_copies(one)
    return JobSummary(
        file=one.file,
        name=job.job_name,
        namespace=job.namespace,
        clusters=list(one.placement.candidates),
        copies=one.placement.copies,
        gpus=taken.gpus,
        cpu_cores=taken.cpu_cores,
        memory_gib=taken.memory_gib,
        words=placement_in_words(one),
    )
