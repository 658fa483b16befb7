"""The JSON Schema of params.json, exported from the models."""

from __future__ import annotations

import copy
import json
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import GenerateJsonSchema

from generator.diagnostics import UNNAMED_FILE, Diagnostic, SourceFile
from generator.fields import kubernetes
from generator.fields.labels import close_names
from generator.fields.scalars import LABEL_WORDS, Says
from generator.fields.settings import Settings, read_schema, setting
from generator.model.job.job import CustomName, Job
from generator.source.json_document import JSON
from generator.source.schema_errors import DocumentSchema
from generator.source.text import Parsed

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEMPLATE = "template"
"""The field that names a template."""

TemplateName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage=LABEL_WORDS),
]
"""What platform.yaml calls a template."""


def _optional_fields(model: type[Settings]) -> dict[str, Any]:
    """The fields of ``model``, none of them required; the same goes for the objects in it.

    Lists stay whole: a job replaces a template's list.
    """
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        annotation = _in_part(info.annotation)
        optional = copy.copy(info)
        # Its spelling is decided already, by a model whose fields may be spelled otherwise.
        optional.alias_priority = 2
        if info.is_required():
            optional.default = None
        if annotation != info.annotation and info.default_factory is not None:
            optional.default_factory = annotation
        optional.annotation = annotation
        fields[name] = (annotation, optional)
    return fields


def _in_part(annotation: Any) -> Any:
    """A field's type; its object in part, where something in it could be missing."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return _object_in_part(annotation) if _demands(annotation) else annotation
    if get_origin(annotation) in (Union, UnionType):
        choices = tuple(_in_part(choice) for choice in get_args(annotation))
        return Union[choices]  # noqa: UP007  # of choices that are computed
    return annotation


@cache
def _object_in_part(model: type[Settings]) -> type[Settings]:
    return create_model(
        f"Partial{model.__name__}",
        __base__=Settings,
        __doc__=model.__doc__,
        **_optional_fields(model),
    )


def _demands(model: type[Settings]) -> bool:
    """Whether an object can lack something, or hold fields that do not go together."""
    return (
        bool(model.__pydantic_decorators__.model_validators)
        or "json_schema_extra" in model.model_config
        or any(
            info.is_required() or _in_part(info.annotation) != info.annotation
            for info in model.model_fields.values()
        )
    )


Template = create_model(
    "Template",
    __base__=Settings,
    __doc__="Fields of params.json that jobs take over by the template's name.",
    **{name: field for name, field in _optional_fields(Job).items() if name != "job_name"},
)
"""A file of templates/."""

JobFromTemplate = create_model(
    "JobFromTemplate",
    __base__=Settings,
    __doc__="A job that takes what it does not say itself from a template.",
    template=(
        TemplateName,
        setting(
            title="Template",
            description=(
                "A template of platform.yaml: what this file leaves out is taken from it. Objects "
                "are merged field by field, a list stands for the whole list."
            ),
            examples=["gpu-large"],
        ),
    ),
    **{
        **_optional_fields(Job),
        "job_name": (Job.model_fields["job_name"].annotation, Job.model_fields["job_name"]),
    },
)
"""A params.json with ``template``: only its name is required."""


def params_schema() -> dict[str, Any]:
    """The schema that CI, editors and ``rayjobs validate`` use."""
    title = "A training job: params.json"
    return _in_both_forms(_exported(Job, title), _exported(JobFromTemplate, title))


def template_schema() -> dict[str, Any]:
    """The schema of a file in templates/: any part of a job but its name."""
    return _exported(Template, "A template of training jobs")


def export_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of ``model``, draft 2020-12, without defaults that the schema itself refuses."""
    schema = model.model_json_schema(schema_generator=GenerateJsonSchema)
    for part in [schema, *schema.get("$defs", {}).values()]:
        for name, member in part.get("properties", {}).items():
            optional = name not in part.get("required", [])
            if optional and member.get("default", ...) is None and not takes_null(member):
                del member["default"]
    return {"$schema": DIALECT, **schema, "title": title}


def takes_null(schema: dict[str, Any]) -> bool:
    """Whether a field's schema takes null."""
    return any(choice.get("type") == "null" for choice in schema.get("anyOf", ()))


def form_of(schema: dict[str, Any], *, with_template: bool) -> dict[str, Any]:
    """The exported schema as it holds for a job that names a template, or for one that does not."""
    chosen = schema["then" if with_template else "else"]
    rest = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
    properties = {
        name: {**member, **chosen["properties"].get(name, {})}
        for name, member in schema["properties"].items()
    }
    for name in chosen["properties"]:
        # Said by what it refers to.
        properties[name].pop("type", None)
    required = [*schema["required"], *chosen.get("required", ())]
    return {**rest, "properties": properties, "required": required}


def names_template(document: JSON) -> bool:
    """Whether a params.json takes what it leaves out from a template."""
    return isinstance(document, dict) and TEMPLATE in document


def explain(document: JSON, file: SourceFile = UNNAMED_FILE) -> list[Diagnostic]:
    """Return what the schema refuses in a params.json of either form."""
    return _schema(with_template=names_template(document)).explain(document, file)


def explain_template(document: JSON, file: SourceFile) -> list[Diagnostic]:
    """Return what the schema refuses in a template."""
    return _template_schema().explain(document, file)


def job_from(document: JSON, job_file: SourceFile = UNNAMED_FILE) -> Parsed[Job]:
    """Return the job that ``document``, a whole one, describes; or None and what is wrong where.

    The schema decides; the models take whatever it accepts (a property test holds that), so a
    pydantic error here is a mistake of ours and is raised.
    """
    schema = _schema(with_template=False)
    if not schema.accepts(document):
        return Parsed(None, tuple(schema.explain(document, job_file)))
    return Parsed(Job.model_validate(document))


@cache
def _schema(*, with_template: bool) -> DocumentSchema:
    document = json.loads(read_schema("params.schema.json"))
    return DocumentSchema(form_of(document, with_template=with_template))


@cache
def _template_schema() -> DocumentSchema:
    return DocumentSchema(read_schema("template.schema.json"))


def _exported(model: type[Settings], title: str) -> dict[str, Any]:
    """The schema of a form of jobs, with the names of custom hyperparameters closed."""
    schema = export_schema(model, title)
    words = "must be letters, digits and _, and not start with a digit"
    close_names(schema["properties"]["customHyperparameters"], CustomName, words)
    return schema


def _in_both_forms(whole: dict[str, Any], partial: dict[str, Any]) -> dict[str, Any]:
    """The schema of a whole job, made to take a job that names a template too.

    Both are the forms as their models export them: what differs between them is all that the form
    decides.
    """
    shared, differing = dict(whole["properties"]), {}
    for name, member in partial["properties"].items():
        if name not in shared:
            shared[name] = member
        elif member != whole["properties"][name]:
            differing[name] = (shared[name], member)
            shared[name] = _shown(whole, shared[name])
    required = set(whole["required"]) - set(partial["required"])
    return {
        **whole,
        "$defs": {**whole["$defs"], **partial["$defs"]},
        "properties": {TEMPLATE: shared.pop(TEMPLATE), **shared},
        "required": [name for name in whole["required"] if name not in required],
        "if": {"required": [TEMPLATE]},
        "then": {"properties": {name: in_part for name, (_, in_part) in differing.items()}},
        "else": {
            "properties": {name: member for name, (member, _) in differing.items()},
            "required": [name for name in whole["required"] if name in required],
        },
    }


def _shown(schema: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    """What editors show of a field, in either form."""
    reference = member.get("$ref", "").rpartition("/")[2]
    shown = {**schema["$defs"].get(reference, {}), **member}
    return {key: shown[key] for key in ("title", "description", "type") if key in shown}
