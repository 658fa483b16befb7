"""The report a program reads; its form is schemas/report.schema.json.

Models are filled from the attributes of what is found: a field has the attribute's name.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticSerializationError

from generator.check.outcome import Outcome
from generator.fields.settings import JsonModel
from generator.render.tree import Plan
from generator.reports.base import Reporter


class DiagnosticDocument(JsonModel):
    """A finding."""

    rule: Annotated[str, BeforeValidator(attrgetter("id"))] = Field(description="Id of the rule.")
    severity: Literal["error", "warning"] = Field(description="How it counts.")
    message: str = Field(description="What is wrong.")
    hint: str = Field(description="What to do; may be empty.")
    details: tuple[str, ...] = Field(description="Further lines, such as those of a table.")
    file: str | None = Field(description="Relative to the root.")
    line: int | None = Field(description="1-based; null where the file as a whole is meant.")
    column: int | None = Field(description="1-based, in characters.")
    pointer: str | None = Field(description="JSON pointer (RFC 6901) into the document.")


class JobDocument(JsonModel):
    """A valid job, and what it takes."""

    file: str = Field(description="Relative to the root.")
    name: str = Field(description="Name of the RayJob.")
    namespace: str = Field(description="Its namespace.")
    clusters: list[str] = Field(
        description="Target clusters, less those that lack labels it asks for."
    )
    copies: int = Field(ge=0, description="On how many clusters all of the job runs.")
    gpus: int = Field(ge=0, description="GPUs of all copies together.")
    cpu_cores: int = Field(
        ge=0, description="CPUs of all copies, each with its workers and one head."
    )
    memory_gib: int = Field(
        ge=0,
        alias="memoryGiB",
        description="GiB of all copies, each with its workers and one head.",
    )
    placement: str = Field(
        validation_alias=AliasChoices("placement", "words"),
        description="Where copies run and what they take, in words.",
    )


class PlanDocument(JsonModel):
    """Files of rendered/ that render writes and deletes."""

    create: list[str] = Field(description="Files that are new.")
    change: list[str] = Field(description="Files that are rewritten.")
    delete: list[str] = Field(description="Files that go.")


class ReportDocument(JsonModel):
    """What validate, render, check and diff print with --format json."""

    model_config = ConfigDict(title="A report of rayjobs")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    diagnostics: list[DiagnosticDocument] = Field(
        description="Findings, sorted by file, line and column."
    )
    jobs: list[JobDocument] = Field(description="The valid jobs, in the order of their files.")
    plan: PlanDocument = Field(description="What render does to rendered/, or has done.")


class JSONReporter(Reporter):
    """One JSON document on one outcome; paths are relative to the repository's root."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        plan = outcome.plan or Plan()
        groups = {"create": plan.create, "change": plan.change, "delete": plan.delete}
        values = {
            "version": 1,
            "diagnostics": outcome.diagnostics,
            "jobs": outcome.jobs,
            "plan": {
                group: [plan.place(change.path) for change in changes]
                for group, changes in groups.items()
            },
        }
        document = ReportDocument.model_validate(values, from_attributes=True)
        return _as_ascii(document) + "\n"


def _as_ascii(document: ReportDocument) -> str:
    """Return the document as :func:`json.dumps` writes it, in two thirds of the time."""
    try:
        text = document.model_dump_json(by_alias=True, indent=2, ensure_ascii=True)
    except PydanticSerializationError:
        # A path that is not UTF-8 comes through as the surrogates Python has for it.
        return json.dumps(document.model_dump(by_alias=True), indent=2)
    return text.replace("\x7f", r"\u007f")
