"""From a decoded document to a :class:`Job`, or to what is wrong with it."""

from __future__ import annotations

from functools import cache

from generator.diagnostics import Diagnostic
from generator.params.job import Job
from generator.schemas import read_schema
from generator.source.json_document import JSON
from generator.source.schema_errors import DocumentSchema


@cache
def _schema() -> DocumentSchema:
    return DocumentSchema(read_schema("params.schema.json"))


def explain(document: JSON) -> list[Diagnostic]:
    """What the schema refuses in ``document``, each with its JSON pointer."""
    return _schema().explain(document)


def job_from(document: JSON) -> tuple[Job | None, list[Diagnostic]]:
    """The job that ``document`` describes, or None and a diagnostic for each wrong place.

    The schema decides; the models take whatever it accepts (a property test holds that), so a
    pydantic error here is a mistake of ours and is raised.
    """
    schema = _schema()
    if not schema.accepts(document):
        return None, schema.explain(document)
    return Job.model_validate(document), []
