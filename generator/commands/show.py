"""``rayjobs show``: a job with all its values, and where each comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field

from generator.check.outcome import checked, summarise
from generator.console.jobs import job_meant
from generator.console.reporting import HERE, ColorOption, Output, RootOption, write_json
from generator.console.streams import write
from generator.diagnostics.wording import visible
from generator.fields.settings import JsonModel
from generator.model.platform.model import FILE
from generator.repository.fleet import Submission
from generator.repository.provenance import Origin, Value, as_json, values_of
from generator.source.locate import dotted
from generator.source.text import read_text


def _given_by(file: dict[str, Any], number: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of what the file is, and the line and the column in it."""
    return {"properties": {"file": file, "line": number, "column": number}}


class ValueDocument(JsonModel):
    """A value that counts, and what gives it."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"from": {"const": "default"}}},
            "then": _given_by({"type": "null"}, {"type": "null"}),
            "else": _given_by({"type": "string"}, {"type": "integer", "minimum": 1}),
        }
    )

    path: Annotated[str, BeforeValidator(dotted)] = Field(
        validation_alias=AliasChoices("path", "place"),
        description="Place in a params.json: inputDataConfig[0].bucket.",
    )
    value: Any = Field(description="The value, as a params.json has it.")
    origin: Origin = Field(alias="from", description="What gives it.")
    file: str | None = Field(description="File that gives it; null of a default.")
    line: int | None = Field(description="1-based; null of a default.")
    column: int | None = Field(description="1-based, in characters; null of a default.")
    fixed: bool = Field(description="Whether its template lets no job set it.")


class JobDocument(JsonModel):
    """What show prints with --format json."""

    model_config = ConfigDict(title="A job as rayjobs shows it")

    file: str = Field(description="The job's params.json, relative to the root.")
    namespace: str = Field(description="Its namespace.")
    job_name: str = Field(description="Name of the RayJob.")
    template: str | None = Field(description="The template that it names.")
    placement: str = Field(description="Where copies run and what they take, in words.")
    values: tuple[ValueDocument, ...] = Field(
        description="Each value that counts, in the order of the form."
    )


def show(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB", help="Name of a job, NAMESPACE/NAME, or its file or directory."
        ),
    ],
    root: RootOption = HERE,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print it.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """Print a job with all defaults, and where each of its values comes from."""
    loaded = checked(root)
    if loaded.repository.platform.value is None:
        # Without it, what it gives would be shown as defaults.
        Output(quiet=True, color=color).refuse([d for d in loaded.diagnostics if d.file == FILE])
    submission = job_meant(root, loaded, job, color)
    texts = {file: read_text(root, file)[0] or "" for file in (submission.file, FILE)}
    values = list(values_of(submission, loaded.fleet, texts))
    words = summarise(loaded.fleet.resolved(submission)).words
    if form == "json":
        document = {
            "file": submission.file,
            "namespace": submission.job.namespace,
            "job_name": submission.job.job_name,
            "template": submission.merged.template.name if submission.merged else None,
            "placement": words,
            "values": tuple(values),
        }
        write_json(JobDocument.model_validate(document, from_attributes=True))
    else:
        write(_as_text(submission, words, values))


def _as_text(submission: Submission, words: str, values: list[Value]) -> str:
    merged = submission.merged
    template = f", template {merged.template.name}" if merged else ""
    lines = [f"{submission.file}: {'/'.join(submission.name)}{template}", words, ""]
    rows = [(dotted(v.place), as_json(v.value), _origin(v)) for v in values]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines += [
        f"{path:{widths[0]}}  {value:{min(widths[1], 40)}}  {origin}"
        for path, value, origin in rows
    ]
    return "".join(f"{visible(line)}\n" for line in lines)


def _origin(value: Value) -> str:
    place = f"{value.file}:{value.line}" if value.file else "default"
    return f"{place}, fixed" if value.fixed else place
