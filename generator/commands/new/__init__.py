"""``rayjobs new``: a params.json from answers, options, a template or an old payload."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from generator.check.pipeline import problems_of_new
from generator.commands.new.draft import (
    Request,
    draft_from_document,
    draft_from_request,
    put,
    schema_reference,
)
from generator.commands.new.payloads import Draft, read_given, read_source
from generator.commands.new.questions import complete, named_template, offered_template
from generator.commands.new.rows import assignment, write_rows
from generator.console.reporting import HERE, ColorOption, Output, QuietOption, RootOption
from generator.console.streams import write
from generator.diagnostics import SourceFile, located
from generator.model.job.schema import explain
from generator.model.platform.model import Platform, load_platform
from generator.model.template import Template
from generator.source.atomic_write import write_files
from generator.source.files import WorkTree
from generator.source.locate import Place, dotted, locate
from generator.source.text import through_link

_TENANT = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def new(
    name: Annotated[
        str | None, typer.Argument(help="Name of the job, a new one for every run.")
    ] = None,
    root: RootOption = HERE,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Start from a job's name, a file, or - for a form's payload.",
            metavar="JOB|FILE|-",
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            "--from-rows",
            help="Write a job for each row of the form's database: JSON lines, or a JSON list.",
            metavar="FILE|-",
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(help="Template of platform.yaml that gives what the job leaves out."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any field by its path, its value as JSON or text; repeatable.",
            metavar="PATH=VALUE",
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(help="Directory below jobs/; default: that of --from, or default."),
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
        int | None,
        typer.Option(help="CPU cores of workers, and of a head without its own; default: 4."),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(help="GiB of memory of workers, and of a head without its own; default: 16."),
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

    With --from, the other options say what differs from that job; with --template, from what the
    template gives; with --from-rows, from every row. On a terminal, what is still missing is asked
    for; without any of these options, templates are offered first.
    """
    if tenant is not None and not re.fullmatch(_TENANT, tenant):
        raise typer.BadParameter("letters, digits, ., _ and - only", param_hint="--tenant")
    given = {"--template": template, "--from": source, "--from-rows": rows}
    together = [option for option, value in given.items() if value is not None]
    if len(together) > 1:
        raise typer.BadParameter("give only one of them", param_hint=", ".join(together))
    if (name is None) == (rows is None):
        words = "is missing" if name is None else "each row of --from-rows has its own"
        raise typer.BadParameter(words, param_hint="NAME")
    texts = (name, template, endpoint, bucket, prefix, validation, namespace)
    _refuse_undecodable([*texts, *(settings or ()), *(cluster or ())])
    assigned = [assignment(words) for words in settings or ()]
    output = Output(quiet=quiet, color=color)
    asked = {
        "namespace": namespace,
        "resources.instanceResources.cpuCores": cpu,
        "resources.instanceResources.memoryGiB": memory,
        "resources.instanceResources.gpuCount": gpus,
        "resources.instanceCount": workers,
        "resources.volumeSizeGB": volume_size,
        "targetClusters": cluster or None,
        "scheduling.mode": mode,
    }
    request = Request(asked, endpoint, bucket, prefix, validation)
    if name is None:
        _write_rows(root, rows or "-", tenant, request, assigned)
        return
    chosen = named_template(root, template, output, "--template")
    if source is None:
        draft = draft_from_request(name, request, chosen)
    else:
        document, origin = read_source(root, source, output)
        chosen = named_template(root, document.get("template"), output, "--from")
        draft = draft_from_document(document, name, request, _platform(root), chosen)
        tenant = tenant or origin
    file = f"jobs/{tenant or 'default'}/{name}/params.json"
    _settle(root, file, draft, assigned, chosen)
    if source is None:
        _check_name(file, draft, output)
        if chosen is None and (chosen := offered_template(root, draft)):
            draft = draft_from_request(name, request, chosen)
            _settle(root, file, draft, assigned, chosen)
    if source is None or sys.stdin.isatty():
        complete(draft, chosen)
    _write_if_valid(root, file, draft, output)


def _refuse_undecodable(given: list[str | None]) -> None:
    """A usage error where an argument's bytes are no text, which no file could hold."""
    try:
        "".join(text for text in given if text).encode()
    except UnicodeEncodeError:
        raise typer.BadParameter("an argument is not UTF-8") from None


def _settle(
    root: Path,
    file: str,
    draft: Draft,
    assigned: list[tuple[Place, Any]],
    template: Template | None,
) -> None:
    """Put what ``--set`` says into the draft, and the reference to the schema."""
    for place, value in assigned:
        try:
            put(draft.document, place, value, template)
        except ValueError:
            words = f"there is no place for {dotted(place)}"
            raise typer.BadParameter(words, param_hint="--set") from None
    if reference := schema_reference(root, file):
        draft.document = {"$schema": reference, **draft.document}


def _write_rows(
    root: Path,
    rows: str,
    tenant: str | None,
    request: Request,
    assigned: list[tuple[Place, Any]],
) -> None:
    platform, directory = _platform(root), tenant or "default"

    def drafted(payload: dict[str, Any], name: str) -> Draft:
        draft = draft_from_document(payload, name, request, platform)
        _settle(root, f"jobs/{directory}/{name}/params.json", draft, assigned, None)
        return draft

    write_rows(root, read_given(rows, "--from-rows"), directory, drafted)


def _platform(root: Path) -> Platform:
    """The platform's settings, or its defaults where they cannot be read: that is said later."""
    return load_platform(WorkTree(root)).value or Platform()


def _check_name(file: str, draft: Draft, output: Output) -> None:
    """Exit 1 where the job cannot be called that, before anything is asked."""
    found = explain(draft.document, SourceFile(file))
    wrong = [one for one in found if one.pointer == "/jobName"]
    if wrong:
        output.refuse(locate(wrong, {file: draft.text}.get))


def _write_if_valid(root: Path, file: str, draft: Draft, output: Output) -> None:
    found = problems_of_new(root, {file: draft.text})
    problems = draft.hinted(problem for every in found.values() for problem in every)
    if linked := through_link(root, file):
        problems.append(located(linked))
    for note in draft.notes:
        write(f"{note}\n")
    if any(problem.is_error for problem in problems):
        output.refuse(problems)
    try:
        write_files(root, {file: draft.text})
    except OSError as problem:
        write(f"{file}: {problem.strerror}\n", sys.stderr)
        raise typer.Exit(1) from None
    write(f"wrote {file}\n")
