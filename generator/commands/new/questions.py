"""What a new job still lacks: asked for on a terminal, else named in a usage error."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from generator.check.outcome import placed
from generator.commands.new.draft import put, whole
from generator.commands.new.payloads import Draft
from generator.commands.new.rows import value_of
from generator.console.reporting import Output
from generator.console.streams import write
from generator.diagnostics import UNNAMED_FILE, pointer_of
from generator.diagnostics.wording import visible
from generator.model.field_docs import Field, all_fields, fields_called, inner_fields
from generator.model.job.schema import TEMPLATE, explain
from generator.model.platform.algorithms import TemplateSettings
from generator.model.platform.model import load_platform
from generator.model.template import Template, Templates, load_templates
from generator.source.files import PARAMS, WorkTree
from generator.source.locate import Place, dotted

_OPTIONS = {
    "inputDataConfig[0].endpoint": "--endpoint",
    "inputDataConfig[0].bucket": "--bucket",
    "inputDataConfig[0].prefix": "--prefix",
    "targetClusters": "--cluster",
}


def complete(draft: Draft, template: Template | None) -> None:
    """Add to the draft what no job can be without, as it is answered."""
    document = draft.document
    asked = list(lacking(whole(document, template)))
    if asked and not sys.stdin.isatty():
        raise typer.BadParameter("give it, or --from", param_hint=", ".join(map(_option, asked)))
    while asked:
        place, field = asked[0]
        put(document, place, _answer(document, place, field, template), template)
        asked = list(lacking(whole(document, template)))


def lacking(document: dict[str, Any]) -> Iterator[tuple[Place, Field]]:
    """The required fields that the document does not have, with those of objects it lacks."""
    for field in all_fields():
        *around, name = field.path.split(".")
        if not field.required or field.file != PARAMS or inner_fields(field):
            continue
        for place, node in _places(document, document, around):
            if name not in node:
                yield (*place, name), field


def _places(
    document: dict[str, Any], node: Any, around: list[str], place: Place = ()
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The objects at a path, those that are required and not there as empty ones."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _places(document, item, around, (*place, index))
    elif isinstance(node, dict) and not around:
        yield place, node
    elif isinstance(node, dict):
        name, *rest = around
        path = ".".join(str(part) for part in (*place, name) if isinstance(part, str))
        inner = node.get(name)
        if inner is None and any(field.required for field in fields_called(path)):
            inner = {}
        yield from _places(document, inner, rest, (*place, name))


def _option(asked: tuple[Place, Field]) -> str:
    path = dotted(asked[0])
    return _OPTIONS.get(path, f"--set {path}=…")


def _answer(document: dict[str, Any], place: Place, field: Field, template: Template | None) -> Any:
    """What is answered, asked again until the field takes it."""
    path = dotted(place)
    example = f", for example {field.examples[0]}" if field.examples else ""
    unit = f" Unit: {field.unit}." if field.unit else ""
    write(f"\n{path}: {field.meaning}{unit}\n  takes {field.takes}{example}\n", sys.stderr)
    while True:
        try:
            answer = str(typer.prompt(field.title, err=True))
            # Undecodable bytes of a terminal are an error, or in some locales half a pair.
            answer.encode()
        except UnicodeError:
            write("  the answer is not UTF-8\n", sys.stderr)
            continue
        value = value_of(answer, field.schema)
        problems = _problems(document, place, value, template)
        if not problems:
            return value
        write("".join(f"  {problem}\n" for problem in problems), sys.stderr)


def _problems(
    document: dict[str, Any], place: Place, value: Any, template: Template | None
) -> list[str]:
    changed = copy.deepcopy(document)
    put(changed, place, value, template)
    at = pointer_of(*place)
    return [
        visible(f"{found.message}; {found.hint}")
        for found in explain(whole(changed, template))
        if f"{found.pointer}/".startswith(f"{at}/")
    ]


def named_template(root: Path, name: object, output: Output, option: str) -> Template | None:
    """The template called ``name``, if any; a usage error where none is called that.

    Exits 1 where it is wrong by itself, and says what is wrong.
    """
    if not isinstance(name, str):
        return None
    files = WorkTree(root)
    platform, problems = load_platform(files)
    templates = load_templates(files, platform)
    if name not in templates.usable:
        if unknown := _why_unknown(templates, name):
            raise typer.BadParameter(unknown, param_hint=option)
        wrong_in = templates.wrong_in(name)
        every = placed([*problems, *templates.problems], (), files)
        output.refuse([d for d in every if d.file in wrong_in])
    return templates.usable[name]


def offered_template(root: Path, draft: Draft) -> Template | None:
    """The template that is chosen on a terminal; nothing is asked of a job that lacks nothing.

    Templates that are wrong by themselves are not offered.
    """
    if not sys.stdin.isatty() or not any(lacking(draft.document)):
        return None
    files = WorkTree(root)
    platform = load_platform(files).value
    templates = load_templates(files, platform)
    if platform is None or not templates.usable:
        return None
    usable = {name: platform.templates[name] for name in templates.usable}
    write("".join(f"{line}\n" for line in _offer(usable)), sys.stderr)
    while True:
        words = "Template (empty for none)"
        answer = str(typer.prompt(words, default="", show_default=False, err=True)).strip()
        if not answer or answer in templates.usable:
            return templates.usable.get(answer)
        wrong = _why_unknown(templates, answer) or f"{answer} is wrong by itself: validate says why"
        write(f"  {wrong}\n", sys.stderr)


def _offer(templates: Mapping[str, TemplateSettings]) -> Iterator[str]:
    (field,) = fields_called(TEMPLATE)
    yield f"\n{TEMPLATE}: {field.meaning}"
    width = max(map(len, templates))
    for name, settings in templates.items():
        title = settings.title or name
        words = f"{title}: {settings.description}" if settings.description else title
        yield f"  {name:{width}}  {visible(' '.join(words.split()))}"


def _why_unknown(templates: Templates, name: str) -> str | None:
    unknown = templates.why_unknown(name, UNNAMED_FILE)
    if not unknown:
        return None
    words = f"{unknown[0].message}; {unknown[0].hint}"
    listed = f"; there is: {', '.join(sorted(templates.names))}" if templates.names else ""
    return visible(words + listed)
