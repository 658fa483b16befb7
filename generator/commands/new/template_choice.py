"""The template that a new job starts from: named by ``--template``, or offered on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import typer

from generator.check.placing import placed
from generator.commands.new.draft import Draft
from generator.commands.new.questions import lacking
from generator.console.printing import write
from generator.console.reporting import Output
from generator.diagnostics import UNNAMED_FILE, Diagnostic
from generator.diagnostics.characters import visible
from generator.model.field_docs import fields_called
from generator.model.job.forms import TEMPLATE
from generator.model.platform.templates import TemplateSettings
from generator.model.platform.validation import load_platform
from generator.model.template.template import Template, Templates, load_templates
from generator.source.repository_files import Files, WorkTree


def named_template(root: Path, name: object, output: Output, option: str) -> Template | None:
    """The template called ``name``, if any; exits 1 where it is wrong by itself."""
    if not isinstance(name, str):
        return None
    files = WorkTree(root)
    platform, problems = load_platform(files)
    templates = load_templates(files, platform)
    if name not in templates.usable:
        _refuse_template(name, templates, files, problems, output, option)
    return templates.usable[name]


def _refuse_template(
    name: str,
    templates: Templates,
    files: Files,
    of_platform: Iterable[Diagnostic],
    output: Output,
    option: str,
) -> NoReturn:
    """A usage error where no template is called that; else what is wrong with it, and exit 1."""
    if unknown := _why_unknown(templates, name):
        raise typer.BadParameter(unknown, param_hint=option)
    wrong_in = templates.wrong_in(name)
    every = placed([*of_platform, *templates.problems], (), files)
    output.refuse([d for d in every if d.file in wrong_in])


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
