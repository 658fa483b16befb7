"""From the text of a params.json to the job in it, with what its template gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from generator.diagnostics import Diagnostic, pointer_of
from generator.params.forms import TEMPLATE, names_template
from generator.params.job import Job
from generator.params.validation import explain, job_from
from generator.source.json_document import JSON, decode
from generator.source.schema_errors import MISSING_FIELD
from generator.templates.merging import Merged, fixed_fields, merge
from generator.templates.template import Templates


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

    def with_problems(self, found: Iterable[Diagnostic]) -> LoadedJob:
        """Return it with more that is wrong with it, said of its file."""
        more = tuple(problem.in_file(self.file) for problem in found)
        return replace(self, problems=(*self.problems, *more)) if more else self


def parse_job(file: str, text: str, templates: Templates) -> LoadedJob:
    """Return the job in ``text``, that of ``file``; only errors of JSON have a line yet."""
    document, problems = decode(text)
    if problems:
        return LoadedJob(file, None).with_problems(problems)
    if isinstance(document, dict) and names_template(document):
        return _with_template(file, document, templates)
    job, problems = job_from(document)
    return LoadedJob(file, job).with_problems(problems)


def _with_template(file: str, document: dict[str, JSON], templates: Templates) -> LoadedJob:
    name = document[TEMPLATE]
    template = templates.usable.get(name) if isinstance(name, str) else None
    if template is None:
        wrong = explain(document)
        if all(one.pointer != pointer_of(TEMPLATE) for one in wrong):
            wrong += templates.why_unknown(name)
        return LoadedJob(file, None, blamed=templates.wrong_in(name)).with_problems(wrong)
    merged = merge(document, template)
    job, problems = job_from(merged.document)
    found = [*fixed_fields(merged), *(_nowhere(one, template.name) for one in problems)]
    return LoadedJob(file, job, merged=merged).with_problems(found)


def _nowhere(found: Diagnostic, template: str) -> Diagnostic:
    """What is missing is missing in both files."""
    if found.rule is not MISSING_FIELD:
        return found
    return replace(found, message=f'{found.message}: the template "{template}" does not give it')
