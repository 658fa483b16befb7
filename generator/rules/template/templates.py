"""Rules about a template taken by itself, whether or not a job takes anything from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from generator.diagnostics import Diagnostic, Scope
from generator.model.job.validation import job_from
from generator.model.platform.model import Platform
from generator.model.template.merging import JobFile, merge, merged_objects
from generator.model.template.template import Template
from generator.rules.explanations import small_job
from generator.rules.job.job import check_job


def check_templates(templates: Iterable[Template], platform: Platform) -> Iterator[Diagnostic]:
    """What no job may say, at its place in the template's file."""
    for template in templates:
        yield from _check(template, platform)


def _check(template: Template, platform: Platform) -> Iterator[Diagnostic]:
    # A small job stands for those of the template, with its own algorithm: not to be complete is
    # no fault of a template.
    document = json.loads(small_job())
    given = {name: value for name, value in template.document.items() if name != "algorithm"}
    job, _ = job_from(merged_objects(document, {**given, "jobName": document["jobName"]}))
    if job is None:
        return
    known = merge({}, template)
    for found in check_job(job, platform, JobFile(template.file)):
        if found.rule.scope is Scope.VALUE and known.is_from_template(found.pointer or ""):
            yield found
