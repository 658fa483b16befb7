"""What is wrong with a repository: with each job by itself, and with all of them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generator.check.adjustments import adjusted, check_adjustments
from generator.check.placing import placed
from generator.diagnostics import Diagnostic, Located, Scope, has_errors, in_order
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet, Submission
from generator.repository.jobs import LoadedJob
from generator.repository.loading import Repository, load
from generator.repository.progress import Progress
from generator.rules.fleet.shared_objects import check_fleet
from generator.rules.job.job import check_job
from generator.rules.platform.platform import check_platform
from generator.rules.template.templates import check_templates
from generator.source.files import NO_JOBS
from generator.source.repository_files import WorkTree


@dataclass(frozen=True, slots=True)
class Checked:
    """A repository and what is wrong with it, in order.

    ``broken`` are the files and directories with errors of their own, also where those stand in
    a template.
    """

    repository: Repository
    diagnostics: list[Located]
    broken: frozenset[str]

    @property
    def fleet(self) -> Fleet:
        """The jobs that could be read, with the platform."""
        return self.repository.fleet

    def deciding(self, is_asked: Callable[[str], bool]) -> set[str]:
        """Return the files that decide, besides its own, about the jobs in files asked for."""
        jobs = [job for job in self.repository.jobs if is_asked(job.file)]
        templates = {job.merged.template.file for job in jobs if job.merged}
        return templates.union(*(job.blamed for job in jobs))


def checked(
    root: Path, *, allow_no_jobs: bool = False, progress: Progress | None = None
) -> Checked:
    """Read and check everything below ``root``."""
    repository = load(WorkTree(root), check_job, progress=progress)
    return check_repository(repository, allow_no_jobs=allow_no_jobs)


def check_repository(repository: Repository, *, allow_no_jobs: bool = False) -> Checked:
    """Return ``repository`` with what is wrong; ``allow_no_jobs`` where jobs/ may be missing."""
    fleet, platform = repository.fleet, repository.platform.value
    found = [d for d in repository.around if not (allow_no_jobs and d.rule is NO_JOBS)]
    for job in repository.jobs:
        found += job.problems
    # Without the platform, what it decides cannot be judged: its own errors come first.
    if platform is not None:
        found += check_platform(platform)
        found += check_adjustments(platform)
        found += check_templates(repository.templates.usable.values(), platform)
        found += check_fleet(fleet)
    found += repository.templates.problems
    weighed = adjusted(found, fleet.submissions, fleet.platform)
    if platform is None:
        weighed = [one for one in weighed if not one.rule.needs_platform]
    every = [*repository.platform.problems, *weighed]
    unjudged = (job.file for job in repository.jobs if job.blamed)
    return Checked(
        repository,
        in_order(placed(every, repository.jobs, repository.files)),
        frozenset({*_broken_files(every), *unjudged}),
    )


def _broken_files(diagnostics: list[Diagnostic]) -> set[str]:
    """The files and directories with errors of their own, not of jobs against each other."""
    errors = (d for d in diagnostics if d.is_error and d.rule.scope is not Scope.FLEET)
    return {found.judged_file for found in errors if found.judged_file}


def is_broken(job: LoadedJob, platform: Platform) -> bool:
    """Return whether a job has an error by itself once rules are weighed, or cannot be read."""
    if job.job is None:
        return True
    if not platform.rules and not job.job.rayjobs:
        return has_errors(job.problems)
    submission = Submission(job.file, job.job, job.merged)
    return has_errors(adjusted(job.problems, [submission], platform))
