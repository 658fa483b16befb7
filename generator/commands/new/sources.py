"""What ``rayjobs new --from`` names: a job, a file, or a training form's payload."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import typer

from generator.check.findings import checked
from generator.console.reporting import Output
from generator.diagnostics import located
from generator.source.files import params_at
from generator.source.json_document import decode
from generator.source.text import decode_utf8


def read_source(root: Path, source: str, output: Output) -> tuple[dict[str, Any], str | None]:
    """Return the document of ``--from`` and the tenant of its job; exit 1 where it is no JSON."""
    text, shown, origin = _source_text(root, source)
    document, problems = decode(text, shown)
    if problems:
        output.refuse([*map(located, problems)])
    if not isinstance(document, dict):
        raise typer.BadParameter("holds no JSON object", param_hint="--from")
    return document, origin


def _source_text(root: Path, source: str) -> tuple[str, str, str | None]:
    """Text, name and tenant of a job's name, a file, a directory, or - for standard input."""
    if source == "-":
        return _decoded(sys.stdin.buffer.read()), "-", None
    if path := params_at(source):
        return _text_of(path), source, _tenant(os.path.relpath(path, root))
    for submission in checked(root).fleet.submissions:
        if submission.job.job_name == source:
            file = submission.file
            return _text_of(root / file), file, _tenant(file)
    raise typer.BadParameter(f"{source} is no job, file or -", param_hint="--from")


def _text_of(path: Path, option: str = "--from") -> str:
    try:
        return _decoded(path.read_bytes(), option)
    except OSError as problem:
        words = f"cannot be read: {problem.strerror}"
        raise typer.BadParameter(words, param_hint=option) from None


def read_rows(source: str) -> str:
    """Return the text of ``--from-rows``; a usage error where it cannot be read."""
    option = "--from-rows"
    if source == "-":
        return _decoded(sys.stdin.buffer.read(), option)
    return _text_of(Path(source), option)


def _decoded(data: bytes, option: str = "--from") -> str:
    text, problems = decode_utf8(data)
    if text is None:
        words = problems[0].message if problems else "not UTF-8"
        raise typer.BadParameter(words, param_hint=option)
    return text


def _tenant(file: str) -> str | None:
    parts = file.replace(os.sep, "/").split("/")
    return parts[1] if parts[0] == "jobs" and len(parts) > 3 else None
