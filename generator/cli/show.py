"""``rayjobs show``: a job with all its values, and where each comes from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from generator.cli.options import HERE, ColorOption, Output, RootOption, write

if TYPE_CHECKING:
    from generator.fleet import Submission
    from generator.pipeline import Loaded
    from generator.values import Value


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
    from generator.outcome import Outcome, summarise
    from generator.pipeline import load
    from generator.platform.model import FILE
    from generator.source.reading import read_text
    from generator.values import values_of

    loaded = load(root)
    output = Output(None, True, False, color)
    if loaded.templates.names is None:
        # Without it, what it gives would be shown as defaults.
        output.finish(Outcome([d for d in loaded.diagnostics if d.file == FILE]), sys.stderr)
    submission = job_meant(root, loaded, job, output)
    texts = {file: read_text(root, file)[0] or "" for file in (submission.file, FILE)}
    values = list(values_of(submission, loaded.fleet, texts))
    words = summarise(submission, loaded.fleet).words
    write((_as_json if form == "json" else _as_text)(submission, words, values))


def job_meant(root: Path, loaded: Loaded, job: str, output: Output) -> Submission:
    """The job that is meant; exits 1 where its file holds none, and 2 where nothing is meant."""
    from generator.outcome import Outcome

    file = _file(root, job)
    submissions = loaded.fleet.submissions
    found = [
        s
        for s in submissions
        if s.file == file or (not file and job in (s.job.job_name, "/".join(s.name)))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        files = ", ".join(one.file for one in found)
        raise typer.BadParameter(
            f"several jobs are called that; give NAMESPACE/NAME, or a file: {files}"
        )
    if file is not None and file in loaded.broken:
        shown = loaded.places.used_by(lambda one: one == file) | {file}
        output.finish(Outcome([d for d in loaded.diagnostics if d.file in shown]), sys.stderr)
    raise typer.BadParameter(_unknown(job, [s.job.job_name for s in submissions]))


def _file(root: Path, job: str) -> str | None:
    """The params.json that is meant, relative to the root; None where ``job`` is no path."""
    from generator.source.files import params_at

    path = params_at(job)
    if path is None:
        return None
    return os.path.relpath(path, root).replace(os.sep, "/")


def _unknown(job: str, names: list[str]) -> str:
    import difflib

    from generator.characters import visible

    near = difflib.get_close_matches(job, names, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`rayjobs list` has them"
    return f"there is no valid job {visible(job)}; {hint}"


def _as_text(submission: Submission, words: str, values: list[Value]) -> str:
    from generator.characters import visible
    from generator.cli.questions import dotted
    from generator.values import as_json

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
    import json

    from generator.cli.questions import dotted

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
