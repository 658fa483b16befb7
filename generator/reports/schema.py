"""The JSON Schemas of what is printed for programs: the json report, and a job that is shown."""

from __future__ import annotations

from typing import Any, get_args

from generator.params.schema import DIALECT
from generator.reports.json_report import VERSION
from generator.values import Origin


def report_schema() -> dict[str, Any]:
    """What ``--format json`` prints, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "A report of rayjobs",
        "description": "What validate, render, check and diff print with --format json.",
        **_object(
            version={"const": VERSION, "description": "Version of this form."},
            diagnostics={
                "type": "array",
                "description": "Findings, sorted by file, line and column.",
                "items": _object(
                    rule=_text("Id of the rule."),
                    severity={"enum": ["error", "warning"], "description": "How it counts."},
                    message=_text("What is wrong."),
                    hint=_text("What to do; may be empty."),
                    details=_texts("Further lines, such as those of a table."),
                    file=_or_null("string", "Relative to the root."),
                    line=_or_null("integer", "1-based; null where the file as a whole is meant."),
                    column=_or_null("integer", "1-based, in characters."),
                    pointer=_or_null("string", "JSON pointer (RFC 6901) into the document."),
                ),
            },
            jobs={
                "type": "array",
                "description": "The valid jobs, in the order of their files.",
                "items": _object(
                    file=_text("Relative to the root."),
                    name=_text("Name of the RayJob."),
                    namespace=_text("Its namespace."),
                    clusters=_texts("Target clusters, less those that lack labels it asks for."),
                    copies=_number("On how many clusters all of the job runs."),
                    gpus=_number("GPUs of all copies together."),
                    cpuCores=_number("CPUs of all copies, each with its workers and one head."),
                    memoryGiB=_number("GiB of all copies, each with its workers and one head."),
                    placement=_text("Where copies run and what they take, in words."),
                ),
            },
            plan={
                "description": "What render does to rendered/, or has done.",
                **_object(
                    create=_texts("Files that are new."),
                    change=_texts("Files that are rewritten."),
                    delete=_texts("Files that go."),
                ),
            },
        ),
    }


def shown_schema() -> dict[str, Any]:
    """What ``rayjobs show --format json`` prints, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "A job as rayjobs shows it",
        "description": "What show prints with --format json.",
        **_object(
            file=_text("The job's params.json, relative to the root."),
            namespace=_text("Its namespace."),
            jobName=_text("Name of the RayJob."),
            template=_or_null("string", "The template that it names."),
            placement=_text("Where copies run and what they take, in words."),
            values={
                "type": "array",
                "description": "Each value that counts, in the order of the form.",
                "items": {
                    **_object(
                        path=_text("Place in a params.json: inputDataConfig[0].bucket."),
                        value={"description": "The value, as a params.json has it."},
                        **{"from": {"enum": [*get_args(Origin)], "description": "What gives it."}},
                        file=_or_null("string", "File that gives it; null of a default."),
                        line=_or_null("integer", "1-based; null of a default."),
                        column=_or_null("integer", "1-based, in characters; null of a default."),
                        fixed={
                            "type": "boolean",
                            "description": "Whether its template lets no job set it.",
                        },
                    ),
                    "if": {"properties": {"from": {"const": "default"}}},
                    "then": _given_by({"type": "null"}, {"type": "null"}),
                    "else": _given_by({"type": "string"}, {"type": "integer", "minimum": 1}),
                },
            },
        ),
    }


def _given_by(file: dict[str, Any], number: dict[str, Any]) -> dict[str, Any]:
    """What the file is, and the line and the column in it."""
    return {"properties": {"file": file, "line": number, "column": number}}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _texts(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


def _number(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


def _or_null(kind: str, description: str) -> dict[str, Any]:
    return {"type": [kind, "null"], "description": description}
