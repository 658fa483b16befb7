"""``rayjobs show``: a job with all its values, and where each comes from."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import typer

from generator.characters import visible
from generator.cli.jobs import job_meant
from generator.cli.options import HERE, ColorOption, RootOption
from generator.cli.printing import write
from generator.cli.reporting import Output
from generator.fleet import Submission
from generator.outcome import summarise
from generator.pipeline import load
from generator.platform.model import FILE
from generator.source.places import dotted
from generator.source.reading import read_text
from generator.values import Value, as_json, values_of


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
    loaded = load(root)
    if loaded.templates.names is None:
        # Without it, what it gives would be shown as defaults.
        Output(quiet=True, color=color).refuse([d for d in loaded.diagnostics if d.file == FILE])
    submission = job_meant(root, loaded, job, color)
    texts = {file: read_text(root, file)[0] or "" for file in (submission.file, FILE)}
    values = list(values_of(submission, loaded.fleet, texts))
    words = summarise(submission, loaded.fleet).words
    write((_as_json if form == "json" else _as_text)(submission, words, values))


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


def _as_json(submission: Submission, words: str, values: list[Value]) -> str:
    merged = submission.merged
    document: dict[str, Any] = {
        "file": submission.file,
        "namespace": submission.job.namespace,
        "jobName": submission.job.job_name,
        "template": merged.template.name if merged else None,
        "placement": words,
        "values": [
            {
                "path": dotted(one.place),
                "value": one.value,
                "from": one.origin,
                "file": one.file,
                "line": one.line,
                "column": one.column,
                "fixed": one.fixed,
            }
            for one in values
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
