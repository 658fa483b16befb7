"""A YAML emitter for the trees that manifests are: dict, list, str, int and bool.

Small and strict, since what it writes must read back alike in YAML 1.1 and 1.2; 20 times faster
than a general one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from generator.diagnostics.wording import HIDDEN, is_visible
from generator.render.objects import Manifest, Node

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


HEADER = "# Rendered by rayjobs."
"""First words of every file that is ours."""


def manifest_text(manifest: Manifest, command: str = "rayjobs render") -> str:
    """The whole file of a manifest: header with the command that writes it, then its objects."""
    source = manifest.source
    if not stands_as_it_is(source):
        source = double_quoted(source)
    header = f"{HEADER} Do not edit: change the source and run `{command}`.\n# Source: {source}\n"
    return header + "---\n".join(map(emit, manifest.objects))


def emit(node: Node) -> str:
    """``node`` as a YAML document; TypeError for anything but the types above."""
    lines: list[str] = []
    if isinstance(node, dict) and node:
        _mapping(node, "", "", lines)
    elif isinstance(node, list) and node:
        _sequence(node, "", lines)
    else:
        lines.append(_inline(node))
    return "\n".join(lines) + "\n"


def _mapping(node: dict[str, Node], indent: str, first: str, lines: list[str]) -> None:
    """Append a mapping; ``first`` stands for the indent of its first line ("- " in a list)."""
    lead, last = first or indent, len(node) - 1
    for index, (key, value) in enumerate(node.items()):
        name = f"{lead}{scalar(key)}:"
        lead = indent
        if isinstance(value, str):
            _member(name, value, indent, lines, is_last=index == last)
        elif isinstance(value, dict) and value:
            lines.append(name)
            _mapping(value, indent + "  ", "", lines)
        elif isinstance(value, list) and value:
            lines.append(name)
            _sequence(value, indent, lines)
        else:
            lines.append(f"{name} {_inline(value)}")


def _member(name: str, value: str, indent: str, lines: list[str], *, is_last: bool) -> None:
    """Append a text, as a literal block where it has lines that a block keeps.

    The last member is never a block: kubeconform cuts a file at its document separators, and a
    block at a document's end loses its last line break there.
    """
    if "\n" in value and not is_last and _fits_block(value):
        lines.append(f"{name} |")
        lines += [f"{indent}  {line}" for line in value.split("\n")[:-1]]
    else:
        lines.append(f"{name} {scalar(value)}")


def _sequence(node: list[Node], indent: str, lines: list[str]) -> None:
    for item in node:
        if isinstance(item, dict) and item:
            _mapping(item, indent + "  ", indent + "- ", lines)
        elif isinstance(item, list) and item:
            lines.append(f"{indent}-")
            _sequence(item, indent + "  ", lines)
        else:
            lines.append(f"{indent}- {_inline(item)}")


def _inline(node: Node) -> str:
    if isinstance(node, str):
        return scalar(node)
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int):
        return str(node)
    if node in ({}, []):
        return "{}" if isinstance(node, dict) else "[]"
    raise TypeError(f"no YAML for {type(node).__name__}")


def _fits_block(text: str) -> bool:
    """Whether a literal block keeps the text: shown characters, one line break at its end."""
    ends_once = text.endswith("\n") and not text.endswith("\n\n")
    return ends_once and text[0] not in " \n" and stands_as_it_is(text.replace("\n", ""))
