"""The JSON Schema of params.json, exported from the models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from generator.fields.labels import close_names
from generator.model.job.forms import in_both_forms
from generator.model.job.job import CustomName, Job
from generator.model.job.partial import JobFromTemplate, Template

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def params_schema() -> dict[str, Any]:
    """The schema that CI, editors and ``rayjobs validate`` use."""
    title = "A training job: params.json"
    whole, partial = export_schema(Job, title), export_schema(JobFromTemplate, title)
    return in_both_forms(_named(export_schema(Job, title)), whole, partial)


def template_schema() -> dict[str, Any]:
    """The schema of a file in templates/: any part of a job but its name."""
    return _named(export_schema(Template, "A template of training jobs"))


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with the names of its objects closed."""
    words = "must be letters, digits and _, and not start with a digit"
    close_names(schema["properties"]["customHyperparameters"], CustomName, words)
    return schema


def export_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of ``model``, draft 2020-12, without defaults that the schema itself refuses."""
    schema = model.model_json_schema(schema_generator=GenerateJsonSchema)
    for part in [schema, *schema.get("$defs", {}).values()]:
        for name, member in part.get("properties", {}).items():
            optional = name not in part.get("required", [])
            if optional and member.get("default", ...) is None and not _takes_null(member):
                del member["default"]
    return {"$schema": DIALECT, **schema, "title": title}


def _takes_null(member: dict[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in member.get("anyOf", []))
