"""Whether an entrypoint arrives as it is written (law: nothing expands).

KubeRay's submitter runs it through ``bash -ce``; ``ray job submit`` then joins the words with
``subprocess.list2cmdline`` and gives the result to a shell once more (run with Ray 2.46). Before
all that KubeRay trims it with Go's ``strings.TrimSpace`` (its controllers/ray/common/job.go).
"""

from __future__ import annotations

import re
import shlex
from subprocess import list2cmdline

MAX_LENGTH = 16 * 1024
"""Characters: it shares with the environment the 128 KiB that Linux takes as one argument."""

_SPECIAL = re.compile(r"[;&|<>()$`\\*?\[\]{}!#~\n\r\x00]")
# What Go's strings.TrimSpace takes from both ends, less what shells split words at.
_TRIMMED = "\v\f\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
_TRIMMED += "\u2028\u2029\u202f\u205f\u3000"
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
    if len(entrypoint) > MAX_LENGTH:
        return f"has {len(entrypoint):,} characters, more than {MAX_LENGTH:,}"
    special = _SPECIAL.search(entrypoint)
    if special:
        return f"holds {special.group()!r}, which a shell does not take literally"
    plain = entrypoint.strip(" \t")
    if plain != plain.strip(_TRIMMED):
        return "starts or ends with a space that KubeRay takes away"
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
