"""Write docs/platform.md from the schema of platform.yaml, or check that it is current."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.model.field_docs import Field, all_fields
from generator.model.platform.model import FILE
from generator.rules.explanations import explanations
from tools.markdown import anchor, plain, prose
from tools.written_page import write_page

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "platform.md"

_HEAD = """\
# platform.yaml

What the platform team decides, written by `make docs` from the schema of the file. Every setting
has a default, so that the file says only what differs; without it the defaults apply.
[platform-example.yaml](platform-example.yaml) uses every setting. `rayjobs explain SETTING` prints
what this page has of one, and `rayjobs validate` says at line and column what is wrong with the
file.

In a path, an item of a list and a name of one's own are left out: `storage.claims.name` is of any
claim."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if the page is stale."""
    return write_page(page, DEFAULT_OUTPUT, "what the schema says", arguments)


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip("\n") + "\n"


def _lines() -> Iterator[str]:
    fields = [field for field in all_fields() if field.file == FILE]
    tops = [field for field in fields if "." not in field.path]
    yield from _HEAD.split("\n")
    yield ""
    yield from (f"- [{top.path}](#{anchor(top.path)}): {prose(top.meaning)}" for top in tops)
    yield ""
    for top in tops:
        yield f"## {top.path}"
        yield ""
        yield prose(top.meaning)
        yield ""
        inner = [field for field in fields if field.path.startswith(f"{top.path}.")]
        yield from _table(inner) if inner else _about(top)
        yield from _rules(top.path)


def _about(field: Field) -> Iterator[str]:
    yield f"Takes {plain(field.takes)}. Default: {_default(field)}."
    yield ""
    yield f"For example: {_examples(field)}."
    yield ""


def _table(fields: list[Field]) -> Iterator[str]:
    yield "| setting | what it says | takes | default | for example |"
    yield "| --- | --- | --- | --- | --- |"
    for field in fields:
        unit = f" Unit: {field.unit}." if field.unit else ""
        cells = [
            f"`{field.path}`",
            f"**{prose(field.title)}.** {prose(field.meaning)}{unit}",
            plain(field.takes),
            _default(field),
            _examples(field),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _default(field: Field) -> str:
    """The default as code, or in words where there is none."""
    return field.presence if field.presence.startswith("none,") else f"`{field.presence}`"


def _examples(field: Field) -> str:
    return ", ".join(f"`{example}`" for example in field.examples)


def _rules(setting: str) -> Iterator[str]:
    """The rules about a setting or what is in it."""
    about = [
        f"[{rule}](rules.md#{anchor(rule)})"
        for rule, explained in explanations().items()
        if any(f"{path}.".startswith(f"{setting}.") for path in explained.settings)
    ]
    if about:
        yield f"Rules: {', '.join(about)}."
        yield ""


if __name__ == "__main__":
    sys.exit(main())
