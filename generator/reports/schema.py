"""The JSON Schemas of what is printed for programs: the json report, and a job that is shown."""

from __future__ import annotations

from typing import Any, get_args

from generator.params.schema import DIALECT
from generator.reports.json_report import VERSION
from generator.reports.schema_parts import closed_object, number, or_null, text, texts
from generator.values import Origin


def report_schema() -> dict[str, Any]:
    """What ``--format json`` prints, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "A report of rayjobs",
        "description": "What validate, render, check and diff print with --format json.",
        **closed_object(
            version={"const": VERSION, "description": "Version of this form."},
            diagnostics={
                "type": "array",
                "description": "Findings, sorted by file, line and column.",
                "items": closed_object(
                    rule=text("Id of the rule."),
                    severity={"enum": ["error", "warning"], "description": "How it counts."},
                    message=text("What is wrong."),
                    hint=text("What to do; may be empty."),
                    details=texts("Further lines, such as those of a table."),
                    file=or_null("string", "Relative to the root."),
                    line=or_null("integer", "1-based; null where the file as a whole is meant."),
                    column=or_null("integer", "1-based, in characters."),
                    pointer=or_null("string", "JSON pointer (RFC 6901) into the document."),
                ),
            },
            jobs={
                "type": "array",
                "description": "The valid jobs, in the order of their files.",
                "items": closed_object(
                    file=text("Relative to the root."),
                    name=text("Name of the RayJob."),
                    namespace=text("Its namespace."),
                    clusters=texts("Target clusters, less those that lack labels it asks for."),
                    copies=number("On how many clusters all of the job runs."),
                    gpus=number("GPUs of all copies together."),
                    cpuCores=number("CPUs of all copies, each with its workers and one head."),
                    memoryGiB=number("GiB of all copies, each with its workers and one head."),
                    placement=text("Where copies run and what they take, in words."),
                ),
            },
            plan={
                "description": "What render does to rendered/, or has done.",
                **closed_object(
                    create=texts("Files that are new."),
                    change=texts("Files that are rewritten."),
                    delete=texts("Files that go."),
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
        **closed_object(
            file=text("The job's params.json, relative to the root."),
            namespace=text("Its namespace."),
            jobName=text("Name of the RayJob."),
            template=or_null("string", "The template that it names."),
            placement=text("Where copies run and what they take, in words."),
            values={
                "type": "array",
                "description": "Each value that counts, in the order of the form.",
                "items": {
                    **closed_object(
                        path=text("Place in a params.json: inputDataConfig[0].bucket."),
                        value={"description": "The value, as a params.json has it."},
                        **{"from": {"enum": [*get_args(Origin)], "description": "What gives it."}},
                        file=or_null("string", "File that gives it; null of a default."),
                        line=or_null("integer", "1-based; null of a default."),
                        column=or_null("integer", "1-based, in characters; null of a default."),
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
