"""Reading a repository: of the work tree, of a commit, or with jobs that are not written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias, TypeVar

from generator.diagnostics import Diagnostic, capped, pointer_of
from generator.model.job.job import Job
from generator.model.job.schema import TEMPLATE, explain, job_from, names_template
from generator.model.platform.model import Platform, load_platform
from generator.model.template import JobFile, Merged, Templates, fixed_fields, load_templates, merge
from generator.repository.fleet import Fleet, Submission
from generator.source.files import Files, Overlaid
from generator.source.json_document import JSON, decode
from generator.source.schema_errors import MISSING_FIELD
from generator.source.text import Parsed


@dataclass(frozen=True, slots=True)
class LoadedJob:
    """A params.json: its job, or None, and what is wrong with it by itself.

    ``merged`` is there where it takes something from a template. Where that template cannot be
    used, only the job's own fields could be judged, and ``blamed`` are the files that say why, if
    it is not said in the job's. The text is not kept: there may be thousands of jobs.
    """

    file: str
    job: Job | None
    problems: tuple[Diagnostic, ...] = ()
    merged: Merged | None = None
    blamed: frozenset[str] = frozenset()

    @property
    def job_file(self) -> JobFile:
        """Its file, with what it takes from a template."""
        return JobFile(self.file, self.merged)

    def with_problems(self, found: Iterable[Diagnostic]) -> LoadedJob:
        """Return it with more that is wrong with it."""
        more = tuple(found)
        return replace(self, problems=(*self.problems, *more)) if more else self


def parse_job(file: str, text: str, templates: Templates) -> LoadedJob:
    """Return the job in ``text``, that of ``file``; only errors of JSON have a line yet."""
    document, problems = decode(text, file)
    if problems:
        return LoadedJob(file, None, problems)
    if isinstance(document, dict) and names_template(document):
        return _with_template(JobFile(file), document, templates)
    job, problems = job_from(document, JobFile(file))
    return LoadedJob(file, job, problems)


def _with_template(job_file: JobFile, document: dict[str, JSON], templates: Templates) -> LoadedJob:
    file, name = job_file.file or "", document[TEMPLATE]
    template = templates.usable.get(name) if isinstance(name, str) else None
    if template is None:
        wrong = explain(document, job_file)
        if all(one.pointer != pointer_of(TEMPLATE) for one in wrong):
            wrong += templates.why_unknown(name, job_file)
        return LoadedJob(file, None, tuple(wrong), blamed=templates.wrong_in(name))
    merged = merge(document, template)
    job, problems = job_from(merged.document, JobFile(file, merged))
    found = (
        *fixed_fields(merged, job_file),
        *(_nowhere(one, job_file, template.name) for one in problems),
    )
    return LoadedJob(file, job, found, merged)


def _nowhere(found: Diagnostic, job_file: JobFile, template: str) -> Diagnostic:
    """What is missing is missing in both files."""
    if found.rule is not MISSING_FIELD:
        return found
    return replace(
        found,
        message=f'{found.message}: the template "{template}" does not give it',
        location=job_file.at(found.pointer or ""),
    )


Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, to how many jobs, of how many; where it is None nobody is."""

T = TypeVar("T")


def watched(items: Iterable[T], doing: str, total: int, progress: Progress | None) -> Iterator[T]:
    """Give the items, while ``progress`` is told how many are done; of jobs there are ``total``."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(doing, min(done, total), total)
        yield item


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
