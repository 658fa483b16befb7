"""``rayjobs new``: write a job that validates."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from generator.cli.options import HERE, ColorOption, Output, QuietOption, RootOption, write

if TYPE_CHECKING:
    from generator.diagnostics import Diagnostic
    from generator.drafts import Draft, Request

_TENANT = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def new(
    name: Annotated[str, typer.Argument(help="Name of the job, a new one for every run.")],
    root: RootOption = HERE,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Start from a job's name, a file, or - for a form's payload.",
            metavar="JOB|FILE|-",
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Directory below jobs/; default: that of --from, or default.")
    ] = None,
    cluster: Annotated[list[str] | None, typer.Option(help="Target cluster; repeatable.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="URL of the object storage.")] = None,
    bucket: Annotated[str | None, typer.Option(help="Bucket of the training data.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Key of the training data.")] = None,
    validation: Annotated[str | None, typer.Option(help="Key of the validation data.")] = None,
    volume_size: Annotated[
        int | None, typer.Option(help="GiB of the claim that results are written to.")
    ] = None,
    cpu: Annotated[
        int | None, typer.Option(help="CPU cores of head and workers; default: 4.")
    ] = None,
    memory: Annotated[
        int | None, typer.Option(help="GiB of memory of head and workers; default: 16.")
    ] = None,
    gpus: Annotated[int | None, typer.Option(help="GPUs of each worker; default: 0.")] = None,
    workers: Annotated[int | None, typer.Option(help="Ray workers; default: 1.")] = None,
    namespace: Annotated[str | None, typer.Option(help="Namespace.")] = None,
    mode: Annotated[
        Literal["all", "one-of", "ordered"] | None, typer.Option(help="Scheduling mode.")
    ] = None,
    quiet: QuietOption = False,
    color: ColorOption = "auto",
) -> None:
    """Write a new job's params.json below jobs/.

    With --from, the other options say what differs from that job.
    """
    from generator import drafts

    if tenant is not None and not re.fullmatch(_TENANT, tenant):
        raise typer.BadParameter("letters, digits, ., _ and - only", param_hint="--tenant")
    request = drafts.Request(
        clusters=cluster or None,
        endpoint=endpoint,
        bucket=bucket,
        prefix=prefix,
        validation=validation,
        cpu_cores=cpu,
        memory_gib=memory,
        gpus=gpus,
        workers=workers,
        namespace=namespace,
        mode=mode,
        volume_gib=volume_size,
    )
    if source is None:
        draft = drafts.draft_from_request(name, _completed(request))
    else:
        document, origin = _read_source(root, source, Output(None, quiet, False, color))
        draft = drafts.draft_from_document(document, name, request)
        tenant = tenant or origin
    file = f"jobs/{tenant or 'default'}/{name}/params.json"
    if reference := drafts.schema_reference(root, file):
        draft.document = {"$schema": reference, **draft.document}
    _write_if_valid(root, file, draft, Output(None, quiet, False, color))


def _completed(request: Request) -> Request:
    """The request with what no job can be without; see :func:`_asked`."""
    texts = _asked(
        {
            "--endpoint": request.endpoint,
            "--bucket": request.bucket,
            "--prefix": request.prefix,
            "--cluster": ",".join(request.clusters or ()),
        }
    )
    return replace(
        request,
        endpoint=texts["--endpoint"],
        bucket=texts["--bucket"],
        prefix=texts["--prefix"],
        clusters=texts["--cluster"].split(","),
    )


def _asked(given: dict[str, str | None]) -> dict[str, str]:
    """The options' values; what is missing is asked for on a terminal, else a usage error."""
    missing = [flag for flag, value in given.items() if not value]
    if missing and not sys.stdin.isatty():
        raise typer.BadParameter("give it, or --from", param_hint=", ".join(missing))
    return {
        flag: value or typer.prompt(flag.removeprefix("--").capitalize(), err=True)
        for flag, value in given.items()
    }


def _read_source(root: Path, source: str, output: Output) -> tuple[dict[str, Any], str | None]:
    """The document of ``--from``, and the tenant whose job it is; exits 1 where it is no JSON."""
    from generator.outcome import Outcome
    from generator.source.json_document import decode

    text, shown, origin = _source_text(root, source)
    document, problems = decode(text)
    if problems:
        output.finish(Outcome([problem.in_file(shown) for problem in problems]), sys.stderr)
    if not isinstance(document, dict):
        raise typer.BadParameter("holds no JSON object", param_hint="--from")
    return document, origin


def _source_text(root: Path, source: str) -> tuple[str, str, str | None]:
    """Text, name and tenant of a job's name, a file, a directory, or - for standard input."""
    if source == "-":
        return _decoded(sys.stdin.buffer.read()), "-", None
    path = Path(source)
    if path.is_dir():
        path /= "params.json"
    if path.is_file():
        return _decoded(path.read_bytes()), source, _tenant(os.path.relpath(path, root))
    from generator.pipeline import load

    for submission in load(root).fleet.submissions:
        if submission.job.job_name == source:
            file = submission.file
            return _decoded((root / file).read_bytes()), file, _tenant(file)
    raise typer.BadParameter(f"{source} is no job, file or -", param_hint="--from")


def _decoded(data: bytes) -> str:
    from generator.source.text import decode_utf8

    text, problem = decode_utf8(data)
    if text is None:
        words = problem.message if problem else "not UTF-8"
        raise typer.BadParameter(words, param_hint="--from")
    return text


def _tenant(file: str) -> str | None:
    parts = file.replace(os.sep, "/").split("/")
    return parts[1] if parts[0] == "jobs" and len(parts) > 3 else None


def _write_if_valid(root: Path, file: str, draft: Draft, output: Output) -> None:
    import json

    from generator.outcome import Outcome

    text = json.dumps(draft.document, indent=2, ensure_ascii=False) + "\n"
    problems = _problems(root, file, text)
    for note in draft.notes:
        write(f"{note}\n")
    if any(problem.is_error for problem in problems):
        output.finish(Outcome(problems), sys.stderr)
    try:
        os.makedirs(root / os.path.dirname(file), exist_ok=True)
        with open(root / file, "x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except OSError as problem:
        write(f"{file}: {problem.strerror}\n", sys.stderr)
        raise typer.Exit(1) from None
    write(f"wrote {file}\n")


def _problems(root: Path, file: str, text: str) -> list[Diagnostic]:
    from generator.pipeline import problems_of_new

    return problems_of_new(root, file, text)
