"""``rayjobs new``: write a job that validates."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from generator.cli.options import HERE, ColorOption, Output, QuietOption, RootOption, write

if TYPE_CHECKING:
    from generator.diagnostics import Diagnostic
    from generator.drafts import Draft, Place
    from generator.templates.template import Template

_TENANT = r"[A-Za-z0-9][A-Za-z0-9._-]*"


NameArgument: TypeAlias = Annotated[
    str, typer.Argument(help="Name of the job, a new one for every run.")
]
FromOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="Start from a job's name, a file, or - for a form's payload.",
        metavar="JOB|FILE|-",
    ),
]
TemplateOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Template of platform.yaml that gives what the job leaves out."),
]
SetOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Any field by its path, its value as JSON or text; repeatable.",
        metavar="PATH=VALUE",
    ),
]
TenantOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Directory below jobs/; default: that of --from, or default."),
]
ClusterOption: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Target cluster; repeatable.")
]
EndpointOption: TypeAlias = Annotated[str | None, typer.Option(help="URL of the object storage.")]
BucketOption: TypeAlias = Annotated[str | None, typer.Option(help="Bucket of the training data.")]
PrefixOption: TypeAlias = Annotated[str | None, typer.Option(help="Key of the training data.")]
ValidationOption: TypeAlias = Annotated[
    str | None, typer.Option(help="Key of the validation data.")
]
VolumeOption: TypeAlias = Annotated[
    int | None, typer.Option(help="GiB of the claim that results are written to.")
]
CpuOption: TypeAlias = Annotated[
    int | None,
    typer.Option(help="CPU cores of workers, and of a head without its own; default: 4."),
]
MemoryOption: TypeAlias = Annotated[
    int | None,
    typer.Option(help="GiB of memory of workers, and of a head without its own; default: 16."),
]
GpusOption: TypeAlias = Annotated[int | None, typer.Option(help="GPUs of each worker; default: 0.")]
WorkersOption: TypeAlias = Annotated[int | None, typer.Option(help="Ray workers; default: 1.")]
NamespaceOption: TypeAlias = Annotated[str | None, typer.Option(help="Namespace.")]
ModeOption: TypeAlias = Annotated[
    Literal["all", "one-of", "ordered"] | None, typer.Option(help="Scheduling mode.")
]


def new(
    name: NameArgument,
    root: RootOption = HERE,
    source: FromOption = None,
    template: TemplateOption = None,
    settings: SetOption = None,
    tenant: TenantOption = None,
    cluster: ClusterOption = None,
    endpoint: EndpointOption = None,
    bucket: BucketOption = None,
    prefix: PrefixOption = None,
    validation: ValidationOption = None,
    volume_size: VolumeOption = None,
    cpu: CpuOption = None,
    memory: MemoryOption = None,
    gpus: GpusOption = None,
    workers: WorkersOption = None,
    namespace: NamespaceOption = None,
    mode: ModeOption = None,
    quiet: QuietOption = False,
    color: ColorOption = "auto",
) -> None:
    """Write a new job's params.json below jobs/.

    With --from, the other options say what differs from that job; with --template, from what the
    template gives. On a terminal, what is still missing is asked for; without either option,
    templates are offered first.
    """
    from generator import drafts
    from generator.cli.assignments import assignment
    from generator.cli.questions import complete
    from generator.cli.template_choice import named_template, offered_template

    if tenant is not None and not re.fullmatch(_TENANT, tenant):
        raise typer.BadParameter("letters, digits, ., _ and - only", param_hint="--tenant")
    if template is not None and source is not None:
        raise typer.BadParameter("give one of the two", param_hint="--template, --from")
    _refuse_undecodable(
        [name, template, endpoint, bucket, prefix, validation, namespace],
        settings or [],
        cluster or [],
    )
    assigned = [assignment(words) for words in settings or ()]
    output = Output(None, quiet, False, color)
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
    chosen = named_template(root, template, output, "--template")
    if source is None:
        draft = drafts.draft_from_request(name, request, chosen)
    else:
        document, origin = _read_source(root, source, output)
        chosen = named_template(root, document.get("template"), output, "--from")
        draft = drafts.draft_from_document(document, name, request, chosen)
        tenant = tenant or origin
    file = f"jobs/{tenant or 'default'}/{name}/params.json"
    _settle(root, file, draft, assigned, chosen)
    if source is None:
        _check_name(file, draft, output)
        if chosen is None and (chosen := offered_template(root, draft)):
            draft = drafts.draft_from_request(name, request, chosen)
            _settle(root, file, draft, assigned, chosen)
        complete(draft, chosen)
    _write_if_valid(root, file, draft, output)


def _refuse_undecodable(*given: list[str] | list[str | None]) -> None:
    """A usage error where an argument's bytes are no text, which no file could hold."""
    try:
        "".join(text for texts in given for text in texts if text).encode()
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
    from generator import drafts
    from generator.cli.questions import dotted

    for place, value in assigned:
        try:
            drafts.put(draft.document, place, value, template)
        except ValueError:
            words = f"there is no place for {dotted(place)}"
            raise typer.BadParameter(words, param_hint="--set") from None
    if reference := drafts.schema_reference(root, file):
        draft.document = {"$schema": reference, **draft.document}


def _check_name(file: str, draft: Draft, output: Output) -> None:
    """Exit 1 where the job cannot be called that, before anything is asked."""
    from generator.outcome import Outcome
    from generator.params.validation import explain
    from generator.source.locate import locate_in_json

    wrong = [d.in_file(file) for d in explain(draft.document) if d.pointer == "/jobName"]
    if wrong:
        output.finish(Outcome(locate_in_json(wrong, _text(draft))), sys.stderr)


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
    from generator.pipeline import load
    from generator.source.files import params_at

    if path := params_at(source):
        return _text_of(path), source, _tenant(os.path.relpath(path, root))
    for submission in load(root).fleet.submissions:
        if submission.job.job_name == source:
            file = submission.file
            return _text_of(root / file), file, _tenant(file)
    raise typer.BadParameter(f"{source} is no job, file or -", param_hint="--from")


def _text_of(path: Path) -> str:
    try:
        return _decoded(path.read_bytes())
    except OSError as problem:
        words = f"cannot be read: {problem.strerror}"
        raise typer.BadParameter(words, param_hint="--from") from None


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
    from generator.outcome import Outcome
    from generator.scaffold import write_files
    from generator.source.reading import through_link

    text = _text(draft)
    problems = _problems(root, file, text)
    if linked := through_link(root, file):
        problems.append(linked)
    for note in draft.notes:
        write(f"{note}\n")
    if any(problem.is_error for problem in problems):
        output.finish(Outcome(problems), sys.stderr)
    try:
        write_files(root, {file: text})
    except OSError as problem:
        write(f"{file}: {problem.strerror}\n", sys.stderr)
        raise typer.Exit(1) from None
    write(f"wrote {file}\n")


def _text(draft: Draft) -> str:
    import json

    return json.dumps(draft.document, indent=2, ensure_ascii=False) + "\n"


def _problems(root: Path, file: str, text: str) -> list[Diagnostic]:
    from generator.pipeline import problems_of_new

    return problems_of_new(root, file, text)
