"""Whether an entrypoint arrives as it is written (law: nothing expands).

KubeRay's submitter runs it through ``bash -ce``; ``ray job submit`` then joins the words with
``subprocess.list2cmdline`` and gives the result to a shell once more (run with Ray 2.46).
"""

from __future__ import annotations

import re
import shlex
from subprocess import list2cmdline

_SPECIAL = re.compile(r"[;&|<>()$`\\*?\[\]{}!#~\n\r\x00]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_RESERVED = frozenset(
    [
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "case",
        "esac",
        "for",
        "select",
        "while",
        "until",
        "do",
        "done",
        "in",
        "function",
        "time",
        "coproc",
    ]
)


def why_it_changes(entrypoint: str) -> str | None:
    """What would not arrive as written, in words that follow "the entrypoint"; None if nothing."""
    special = _SPECIAL.search(entrypoint)
    if special:
        return f"holds {special.group()!r}, which a shell does not take literally"
    try:
        words = shlex.split(entrypoint)
    except ValueError:
        return "has a quote that is not closed"
    if not words or not words[0].strip():
        return "names no command"
    if words[0] in _RESERVED or _ASSIGNMENT.match(words[0]):
        return f'starts with "{words[0]}", which a shell does not run as a command'
    joined = list2cmdline(words)
    if _SPECIAL.search(joined) or _split(joined) != words:
        return "has quotes that Ray does not keep when it joins the words again"
    return None


def _split(command: str) -> list[str] | None:
    try:
        return shlex.split(command)
    except ValueError:
        return None
