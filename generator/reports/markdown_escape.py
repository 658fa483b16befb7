"""Untrusted text in Markdown: as code, so that nothing in it is markup, HTML or a mention."""

from __future__ import annotations

import re

from generator.diagnostics.characters import visible

_LONGEST = 400
_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """``text`` as a code span that also stands in a cell of a table; cut where it is long.

    A ``|`` is written as its code point: after a backslash no escape keeps it in its cell.
    """
    shown = visible(text).replace("|", "\\u007c")
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}…"
    if not shown.strip():
        # A span of spaces alone is one too, but nobody sees it.
        shown = f'"{shown}"'
    marks = "`" * (longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{marks}{pad}{shown}{pad}{marks}"


def longest_run(text: str) -> int:
    """How many backticks stand side by side in ``text`` at most: a fence or a span has more."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)
