"""From the text of platform.yaml to a :class:`Platform`, or to what is wrong with it."""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path

from generator.diagnostics import Diagnostic
from generator.platform.model import FILE, Platform
from generator.schemas import read_schema
from generator.source.locate import locate_at
from generator.source.reading import read_text
from generator.source.schema_errors import DocumentSchema


@cache
def _schema() -> DocumentSchema:
    return DocumentSchema(read_schema("platform.schema.json"))


def load_platform(root: Path) -> tuple[Platform | None, str, list[Diagnostic]]:
    """The platform, the text of its file, and what is wrong with it.

    Without the file the guide's defaults apply and the text is empty. The platform is None when
    there are errors.
    """
    if not os.path.lexists(os.path.join(root, FILE)):
        return Platform(), "", []
    text, unreadable = read_text(root, FILE)
    if text is None:
        return None, "", [unreadable] if unreadable else []
    platform, problems = platform_from(text)
    return platform, text, [problem.in_file(FILE) for problem in problems]


@lru_cache(maxsize=2)
def platform_from(text: str) -> tuple[Platform | None, tuple[Diagnostic, ...]]:
    """The platform that ``text`` describes, or None and a diagnostic for each wrong place.

    Read once: it is most of what a small run costs, and mostly the same in the work tree and at
    the base.
    """
    # Imported here: a repository without the file never pays for a YAML reader.
    from generator.source.yaml_document import decode_yaml

    document = decode_yaml(text)
    if document.problems:
        return None, tuple(document.problems)
    schema = _schema()
    if not schema.accepts(document.value):
        return None, tuple(locate_at(schema.explain(document.value), text, document.positions))
    return Platform.model_validate(document.value), ()
