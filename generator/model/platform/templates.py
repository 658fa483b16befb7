"""The part of platform.yaml that names templates: jobs take over what a template's file says."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from generator.fields.scalars import NOT_NULL, Says, UniqueList
from generator.fields.settings import Settings, setting
from generator.model.job.partial import TemplateName

TEMPLATES = "templates"
"""The directory of the templates' files."""

TemplateFile: TypeAlias = Annotated[
    str,
    Field(
        pattern=rf"^{TEMPLATES}(/[A-Za-z0-9_][-A-Za-z0-9._]*)*/[A-Za-z0-9_][-A-Za-z0-9._]*\.json$",
        max_length=255,
    ),
    Says(patternErrorMessage="must be a JSON file in templates/: templates/gpu-large.json"),
]
FieldPath: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=512),
    Says(patternErrorMessage="must be the path of a field: resources.instanceResources"),
]


class TemplateSettings(Settings):
    """A template: a part of a params.json that jobs take over by its name."""

    file: TemplateFile = setting(
        title="File",
        description=(
            "The fields that the template gives, as a params.json without its name. A job may set "
            "each of them itself, but for those that are fixed."
        ),
        examples=["templates/gpu-large.json"],
    )
    title: Annotated[str | None, NOT_NULL] = setting(
        None,
        title="Title",
        description="What `rayjobs new` calls it; left out: its name.",
        examples=["Large GPU training"],
    )
    description: Annotated[str | None, NOT_NULL] = setting(
        None,
        title="Description",
        description="When to take it.",
        examples=["Two workers with eight GPUs each."],
    )
    fixed: UniqueList[FieldPath] = setting(
        [],
        title="Fixed fields",
        description=(
            "Paths of fields in the file that no job may set. An object is fixed with all that is "
            "in it, and what the file leaves out of it as well."
        ),
        examples=[["resources.instanceResources", "scheduling.mode"]],
    )


Templates: TypeAlias = dict[TemplateName, TemplateSettings]
"""Templates by name."""
