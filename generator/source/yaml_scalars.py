"""Texts as YAML scalars that YAML 1.1 and 1.2 readers take for the same text.

Whatever is not plainly a text in both versions is put in double quotes: no library's own rule is
safe for every reader (measured on 116 texts with ruamel.yaml, PyYAML and kubectl).
"""

from __future__ import annotations

import re
from functools import lru_cache

from generator.diagnostics.characters import HIDDEN, is_visible

# Letters first, so nothing here is a number or date; ":" and " " only where they separate nothing.
_PLAIN = re.compile(r"[A-Za-z/_](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9_./-])| (?=[A-Za-z0-9_/-]))*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SKIPS_FILE = "+argocd:skip-file-rendering"
"""Argo CD applies nothing of a file that holds it anywhere (3.2, reposerver/repository)."""
_TO_ESCAPE = re.compile(f'["\\\\]|{HIDDEN.pattern}|\\+(?={_SKIPS_FILE[1:]})')


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def stands_as_it_is(text: str) -> bool:
    """Whether a line of a manifest may hold ``text`` without quotes and escapes."""
    return is_visible(text) and _SKIPS_FILE not in text


def double_quoted(text: str) -> str:
    """``text`` in double quotes, what may not stand as it is escaped; always on one line."""
    return f'"{_TO_ESCAPE.sub(_escape, text)}"'


@lru_cache(maxsize=65536)
def scalar(text: str) -> str:
    """``text`` plain where every reader takes it for a text, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    return double_quoted(text)
