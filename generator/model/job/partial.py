"""Models of which every field may be left out: a template, and a job that names one.

What is missing, or does not go together, can only be said once both are merged.
"""

from __future__ import annotations

import copy
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import Field, create_model

from generator.fields import kubernetes
from generator.fields.scalars import Says
from generator.fields.settings import Settings, setting
from generator.model.job.job import Job

TemplateName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL, max_length=kubernetes.MAX_LABEL),
    Says(
        patternErrorMessage=(
            "must be small letters, digits and -, starting and ending with a letter or digit"
        )
    ),
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


def _template_fields() -> dict[str, Any]:
    fields = _optional_fields(Job)
    del fields["job_name"]
    return fields


Template = create_model(
    "Template",
    __base__=Settings,
    __doc__="Fields of params.json that jobs take over by the template's name.",
    **_template_fields(),
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
