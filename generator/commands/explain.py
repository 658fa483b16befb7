"""``rayjobs explain`` and ``schema``: rules, fields and JSON Schemas."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import typer

from generator.check.outcome import adjustment
from generator.console.streams import write
from generator.diagnostics import Rule
from generator.diagnostics.wording import did_you_mean, nearest, visible
from generator.fields.settings import read_schema
from generator.model.field_docs import Field, all_fields, fields_called, inner_fields
from generator.model.platform.model import FILE
from generator.rules.catalogue import all_rules
from generator.rules.explanations import Example, explanations, small_job, steps

_WIDTH = 100


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE|FIELD]",
            help="Id of a rule, or path of a field: hyperparameters.xgboost.max_depth.",
        ),
    ] = None,
) -> None:
    """Say why a rule is there, or what a field means; list the rules without either."""
    rules = all_rules()
    if name is None:
        lines = list(_listed(rules.values()))
    elif name in rules:
        lines = list(_about_rule(rules[name]))
    elif fields := fields_called(name):
        lines = [line for field in fields for line in (*_about_field(field), "")][:-1]
    else:
        raise typer.BadParameter(_unknown(name), param_hint="RULE|FIELD")
    write("".join(f"{line}\n" for line in lines))


def _listed(rules: Iterable[Rule]) -> Iterator[str]:
    rules = list(rules)
    width = max((len(rule.id) for rule in rules), default=0)
    for rule in rules:
        yield f"{rule.id:{width}}  {rule.severity!s:7}  {rule.summary}"


def _about_rule(rule: Rule) -> Iterator[str]:
    explained = explanations()[rule.id]
    yield f"{rule.id}: {rule.severity}"
    yield rule.summary
    yield ""
    yield from _wrapped(f"Why: {explained.why}")
    yield ""
    yield from _wrapped(adjustment(rule))
    yield ""
    if explained.bad:
        yield from _example("Bad:", explained.bad)
    else:
        yield from _wrapped(f"Bad: {explained.unreachable}")
    yield from _example("Good:", explained.good)
    named = {"params.json": explained.fields, "platform.yaml": explained.settings}
    for file, paths in named.items():
        if paths:
            yield from _wrapped(f"Fields of {file}: {', '.join(paths)}")
    yield ""
    yield "The small job:"
    yield from _indented(small_job(), 2)


def _example(title: str, example: Example) -> Iterator[str]:
    yield title
    for place, text, _ in steps(example):
        yield f"  {place}:"
        yield from _indented(text, 4)


def _about_field(field: Field) -> Iterator[str]:
    yield f"{field.path}: {field.title} ({field.file})"
    yield from _wrapped(field.meaning)
    yield ""
    yield from _wrapped(f"Takes: {field.takes}")
    if field.unit:
        yield f"Unit: {field.unit}"
    yield from _wrapped(f"Default: {field.presence}")
    if field.examples:
        yield from _wrapped(f"Examples: {', '.join(field.examples)}")
    if inner := inner_fields(field):
        yield from _wrapped(f"Fields: {', '.join(inner)}")
    about = [all_rules()[rule] for rule in _rules_about(field)]
    if about:
        yield "Rules:"
        yield from (f"  {line}" for line in _listed(about))


def _rules_about(field: Field) -> Iterator[str]:
    """The rules about the field, what it is in, or what is in it."""
    for rule, explained in explanations().items():
        paths = explained.settings if field.file == FILE else explained.fields
        if any(_is_within(path, field.path) or _is_within(field.path, path) for path in paths):
            yield rule


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")


def _unknown(name: str) -> str:
    known = {each.lower(): each for each in (*all_rules(), *(f.path for f in all_fields()))}
    wanted = name.lower()
    near = [known[each] for each in known if each.endswith((f".{wanted}", f"/{wanted}"))]
    near += [known[each] for each in nearest(wanted, known)]
    words = f"there is no rule and no field {visible(name)}; "
    hint = did_you_mean(*list(dict.fromkeys(near))[:3])
    return words + (hint or "`rayjobs explain` lists the rules")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def _indented(text: str, by: int) -> Iterator[str]:
    yield from (f"{' ' * by}{line}".rstrip() for line in text.rstrip("\n").split("\n"))


def schema(
    name: Annotated[
        Literal[
            "params", "platform", "template",
            "archive", "clusters", "doctor", "history", "list", "report", "show", "status",
        ],
        typer.Argument(help="Which schema."),
    ] = "params",
) -> None:  # fmt: skip
    """Print a JSON Schema: of params.json, platform.yaml, a template, or what JSON output is."""
    write(read_schema(f"{name}.schema.json"))
