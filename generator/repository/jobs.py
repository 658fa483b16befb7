"""From the text of a params.json to the job in it, with what its template gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from generator.diagnostics import Diagnostic, pointer_of
from generator.model.job.forms import TEMPLATE, names_template
from generator.model.job.job import Job
from generator.model.job.validation import explain, job_from
from generator.model.template.merging import JobFile, Merged, fixed_fields, merge
from generator.model.template.template import Templates
from generator.source.json_document import JSON, decode
from generator.source.schema_errors import MISSING_FIELD


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
