"""Reading a repository: of the work tree, of a commit, or with jobs that are not written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from generator.diagnostics import Diagnostic, capped
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.model.platform.validation import load_platform
from generator.model.template.merging import JobFile
from generator.model.template.template import Templates, load_templates
from generator.repository.fleet import Fleet, Submission
from generator.repository.jobs import LoadedJob, parse_job
from generator.repository.progress import Progress, watched
from generator.source.parsed import Parsed
from generator.source.repository_files import Files, Overlaid

JobRules: TypeAlias = Callable[[Job, Platform, JobFile, str], Iterable[Diagnostic]]
"""What is wrong with a job taken by itself; the text is that of its file and of its template."""


@dataclass(frozen=True)
class Repository:
    """What the files of a repository say, each by itself.

    ``platform`` has no value where platform.yaml has errors; jobs are judged by the defaults then.
    ``around`` is what is wrong with the directories and files around the jobs.
    """

    files: Files
    platform: Parsed[Platform]
    templates: Templates
    jobs: tuple[LoadedJob, ...]
    around: tuple[Diagnostic, ...] = ()

    @cached_property
    def fleet(self) -> Fleet:
        """The jobs that could be read."""
        return self.fleet_of(self.jobs)

    def fleet_of(self, jobs: Iterable[LoadedJob]) -> Fleet:
        """Return some of its jobs with the platform."""
        submissions = (Submission(one.file, one.job, one.merged) for one in jobs if one.job)
        return Fleet(tuple(submissions), self.platform.value or Platform())


def load(
    files: Files,
    rules: JobRules,
    *,
    overlay: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Repository:
    """Read the platform, the templates and every job, and apply ``rules`` to each job.

    ``overlay`` are texts of jobs, by file, that count beside those that are there: they are the
    last jobs of what is returned. Rules are applied as jobs are read, so that the texts of
    thousands need not be kept.
    """
    platform = load_platform(files)
    templates = load_templates(files, platform.value)
    found = files.jobs()
    known = platform.value or Platform()
    overlaid = Overlaid(files, overlay or {})
    watching = watched(found.files, "reading", len(found.files), progress)
    jobs = tuple(
        _loaded(file, read.text(file), templates, known, rules)
        for read, listed in ((files, watching), (overlaid, overlaid.texts))
        for file in listed
    )
    return Repository(overlaid, platform, templates, jobs, tuple(found.diagnostics))


def _loaded(
    file: str, read: Parsed[str], templates: Templates, platform: Platform, rules: JobRules
) -> LoadedJob:
    if read.value is None:
        return LoadedJob(file, None, read.problems)
    one = parse_job(file, read.value, templates)
    if one.job is None:
        return one
    text = read.value + one.merged.template.text if one.merged else read.value
    return one.with_problems(capped(rules(one.job, platform, one.job_file, text)))
