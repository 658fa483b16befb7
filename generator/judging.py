"""One params.json judged with its template, and the lines of what is found in all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from generator.checks.job_rules import check_job
from generator.diagnostics import Diagnostic, capped, pointer_of
from generator.diagnostics.wording import plural
from generator.names import listed
from generator.params.forms import TEMPLATE, names_template
from generator.params.job import Job
from generator.params.validation import explain, job_from
from generator.platform.model import FILE, Platform
from generator.source.json_document import JSON, decode
from generator.source.locate import locate_at, locate_in_json
from generator.source.schema_errors import MISSING_FIELD
from generator.templates.merging import Merged, fixed_fields, merge
from generator.templates.template import Templates


@dataclass(slots=True)
class Judged:
    """The job in a text, or None, and what is wrong with it; only errors of reading have a line.

    ``merged`` is there where it takes something from a template. Where that template cannot be
    used, only its own fields could be judged, and ``blamed`` are the files that say why, if it is
    not said in the job's.
    """

    job: Job | None
    problems: list[Diagnostic]
    merged: Merged | None = None
    blamed: frozenset[str] | None = None


def judged(text: str, platform: Platform, templates: Templates) -> Judged:
    """Read, merge, validate and check the params.json in ``text``."""
    document, problems = decode(text)
    if problems:
        return Judged(None, problems)
    if isinstance(document, dict) and names_template(document):
        return _judged_with_template(document, text, platform, templates)
    job, problems = job_from(document)
    if job is not None:
        problems = list(capped(check_job(job, platform, text)))
    return Judged(job, problems)


def _judged_with_template(
    document: dict[str, JSON], text: str, platform: Platform, templates: Templates
) -> Judged:
    name = document[TEMPLATE]
    template = templates.usable.get(name) if isinstance(name, str) else None
    if template is None:
        problems = explain(document)
        if all(one.pointer != pointer_of(TEMPLATE) for one in problems):
            problems += templates.why_unknown(name)
        return Judged(None, problems, blamed=templates.wrong_in(name))
    merged = merge(document, template)
    job, problems = job_from(merged.document)
    if job is not None:
        problems = list(capped(check_job(job, platform, text + template.text)))
    found = [*fixed_fields(merged), *(_nowhere(one, template.name) for one in problems)]
    return Judged(job, found, merged)


def _nowhere(found: Diagnostic, template: str) -> Diagnostic:
    """What is missing is missing in both files."""
    if found.rule != MISSING_FIELD.id:
        return found
    return replace(found, message=f'{found.message}: the template "{template}" does not give it')


def broken_files(diagnostics: Iterable[Diagnostic]) -> set[str]:
    """Return the files and directories with errors of their own, not of jobs against each other."""
    errors = (d for d in diagnostics if d.is_error and not d.rule.startswith("fleet/"))
    return {found.file for found in errors if found.file}


@dataclass(slots=True)
class Places:
    """Where findings stand: the texts of files, and what jobs took from templates, by file.

    ``unjudged`` are the files of jobs whose template cannot be used, each with those that say why.
    """

    texts: dict[str, str] = field(default_factory=dict)
    merged: dict[str, Merged] = field(default_factory=dict)
    unjudged: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, file: str, text: str, one: Judged) -> None:
        """Remember the file of a job that was judged."""
        self.texts[file] = text
        if one.merged is not None:
            self.merged[file] = one.merged
            self.texts[one.merged.template.file] = one.merged.template.text
        elif one.blamed is not None:
            self.unjudged[file] = one.blamed

    def without_texts(self) -> Places:
        """The same without what thousands of files hold, for a long run."""
        return replace(self, texts={})

    def used_by(self, is_asked: Callable[[str], bool]) -> set[str]:
        """The files that decide, besides its own, about the jobs in files that are asked for."""
        templates = {one.template.file for file, one in self.merged.items() if is_asked(file)}
        blamed = (files for file, files in self.unjudged.items() if is_asked(file))
        return templates.union(*blamed)

    def located(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """``diagnostics`` with lines and columns, those of values of a template in its file."""
        by_file: dict[str | None, list[Diagnostic]] = defaultdict(list)
        for diagnostic in self._in_their_files(diagnostics):
            by_file[diagnostic.file].append(diagnostic)
        located: list[Diagnostic] = []
        for file, every in by_file.items():
            same = list(capped(every))
            text = self.texts.get(file or "", "")
            if not text:
                located += same
            elif file == FILE:
                located += _located_in_platform(same, text)
            else:
                located += locate_in_json(same, text)
        return located

    def _in_their_files(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Of what several jobs take from one template, one finding that names them.

        Nothing is said of the jobs where the template is wrong by itself.
        """
        if not self.merged:
            return list(diagnostics)
        diagnostics = list(diagnostics)
        said = {(one.rule, one.file, one.pointer) for one in diagnostics}
        kept: list[Diagnostic] = []
        moved: dict[Diagnostic, list[str]] = defaultdict(list)
        for found in diagnostics:
            merged = self.merged.get(found.file or "")
            if merged is None or not _is_of_template(found, merged):
                kept.append(found)
            elif (found.rule, merged.template.file, found.pointer) not in said:
                moved[found.in_file(merged.template.file)].append(str(merged.own.get("jobName")))
        for found, jobs in moved.items():
            where = f"the job {jobs[0]}" if len(jobs) == 1 else plural(len(jobs), "job")
            names = "" if len(jobs) == 1 else f": {listed(jobs)}"
            kept.append(replace(found, message=f"{found.message} (in {where}{names})"))
        return kept


def _is_of_template(found: Diagnostic, merged: Merged) -> bool:
    return (
        found.pointer is not None
        and found.line is None
        and found.rule != MISSING_FIELD.id
        and merged.is_from_template(found.pointer)
    )


def _located_in_platform(diagnostics: list[Diagnostic], text: str) -> list[Diagnostic]:
    from generator.source.yaml_document import decode_yaml

    return locate_at(diagnostics, text, decode_yaml(text).positions)
