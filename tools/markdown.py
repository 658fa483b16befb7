"""Texts as Markdown, for the pages that are written from the program."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\*_<>\[\]|$~])")


def prose(text: str) -> str:
    """``text`` with what Markdown would take for marks escaped, but for code in backticks."""
    parts = text.split("`")
    return "`".join(
        part if index % 2 else _MARKS.sub(r"\\\1", part) for index, part in enumerate(parts)
    )


def plain(text: str) -> str:
    """``text`` with every mark escaped, backticks too."""
    return "\\`".join(_MARKS.sub(r"\\\1", part) for part in text.split("`"))


def anchor(heading: str) -> str:
    """The fragment that GitHub makes of a heading."""
    return re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")
