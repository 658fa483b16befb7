"""From a decoded document to a :class:`Job`, or to what is wrong with it."""

from __future__ import annotations

import json
from functools import cache

from generator.diagnostics import UNNAMED_FILE, Diagnostic, SourceFile
from generator.fields.schemas import read_schema
from generator.model.job.forms import names_template, template_form, whole_form
from generator.model.job.job import Job
from generator.source.json_document import JSON
from generator.source.parsed import Parsed
from generator.source.schema_errors import DocumentSchema


@cache
def _schema() -> DocumentSchema:
    return DocumentSchema(whole_form(json.loads(read_schema("params.schema.json"))))


@cache
def _schema_with_template() -> DocumentSchema:
    return DocumentSchema(template_form(json.loads(read_schema("params.schema.json"))))


@cache
def _template_schema() -> DocumentSchema:
    return DocumentSchema(read_schema("template.schema.json"))


def explain(document: JSON, file: SourceFile = UNNAMED_FILE) -> list[Diagnostic]:
    """Return what the schema refuses in a params.json of either form."""
    schema = _schema_with_template() if names_template(document) else _schema()
    return schema.explain(document, file)


def explain_template(document: JSON, file: SourceFile) -> list[Diagnostic]:
    """Return what the schema refuses in a template."""
    return _template_schema().explain(document, file)


def job_from(document: JSON, job_file: SourceFile = UNNAMED_FILE) -> Parsed[Job]:
    """Return the job that ``document``, a whole one, describes; or None and what is wrong where.

    The schema decides; the models take whatever it accepts (a property test holds that), so a
    pydantic error here is a mistake of ours and is raised.
    """
    schema = _schema()
    if not schema.accepts(document):
        return Parsed(None, tuple(schema.explain(document, job_file)))
    return Parsed(Job.model_validate(document))
