"""Words of findings: counts, names, suggestions, and what of a text may be shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from heapq import nsmallest

_ACCESS_KEY_ID = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")
# From the colon on: looking for the scheme first reads the rest of a long word at each letter.
_USER_INFORMATION = re.compile(r"(?<=[A-Za-z0-9+.-])://[^/?#\s]*@")
_NAME = re.compile(r"(?:SECRET|PASSWORD|TOKEN|ACCESS_KEY)$")
PATTERNS = (
    (_ACCESS_KEY_ID, "an access key id"),
    (_PEM, "a PEM block"),
    (_USER_INFORMATION, "user information in a URL"),
)
"""What a text that holds a credential matches, and what that is."""
EXPANDS_OR_CONTROLS = r"$`\u0000-\u001f\u007f-\u009f"
"""Body of a character class: what the submitter's shell or Ray expands, and control characters.

Source: KubeRay passes the runtime environment through ``bash -ce`` and Ray expands ``$NAME`` once
more, so these never reach a rendered value.
"""
RENDERED_TEXT = f"^[^{EXPANDS_OR_CONTROLS}]*$"
"""Pattern of a text that may be rendered."""
# Escaped wherever text is emitted: line breaks of YAML 1.1, characters YAML does not allow, and
# those that reorder or hide the text around them in a diff.
HIDDEN_BODY = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff0-\uffff\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(2**16, 0x110000, 2**16)
    )
)
"""Body of a character class: what cannot be shown as itself."""
HIDDEN = re.compile(f"[{HIDDEN_BODY}]")
"""One character that cannot be shown as itself."""

SHOWN = 10
_LONGEST = 128
_MOST = 500
"""Of longer names, and among more, nothing is alike: comparing takes the product of both."""


def is_name_of_credential(name: str) -> bool:
    """Whether a variable of that name holds a credential."""
    return _NAME.search(name.upper()) is not None


def is_credential(name: str, value: object) -> bool:
    """Whether a field that is no name of a job may hold one: what was pushed is not repeated."""
    if is_name_of_credential(name):
        return True
    return isinstance(value, str) and any(pattern.search(value) for pattern, _ in PATTERNS)


def plural(number: int, noun: str, *, is_grouped: bool = False) -> str:
    """Return the number with its noun: ``1 job``, ``2000 jobs``, grouped ``2,000 jobs``."""
    digits = f"{number:,}" if is_grouped else str(number)
    return f"{digits} {noun}{'' if number == 1 else 's'}"


def did_you_mean(*candidates: str) -> str:
    """Return ``did you mean a, b?``, or an empty string without candidates."""
    return f"did you mean {', '.join(candidates)}?" if candidates else ""


def either(words: Sequence[str]) -> str:
    """Return ``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def position(file: str | None, line: int | None = None, column: int | None = None) -> str:
    """Return ``file:line:column`` as far as they are known."""
    return ":".join(str(part) for part in (file, line, column) if part is not None)


def is_visible(text: str) -> bool:
    """Whether every character of ``text`` can be shown as itself, on one line."""
    return HIDDEN.search(text) is None


def visible(text: str) -> str:
    """``text`` with every hidden character written as its code point, for messages.

    It is written as JSON escapes it, beyond ``\\uffff`` in two halves, so that JSON stays JSON.
    """
    return HIDDEN.sub(lambda match: _code_point(ord(match.group())), text)


def listed(names: Collection[str]) -> str:
    """The first ten names, sorted, and how many more there are."""
    return _with_more(nsmallest(SHOWN, names), len(names))


def first_few(names: Sequence[str], most: int = 3) -> str:
    """Return the first names as they come, and how many more there are."""
    return _with_more([*names[:most]], len(names))


def others(ordered: Sequence[str], own: str) -> str:
    """As :func:`listed`, of sorted names without ``own``, which is one of them."""
    shown = [name for name in ordered[: SHOWN + 1] if name != own][:SHOWN]
    return _with_more(shown, len(ordered) - 1)


def one_of(names: Iterable[str]) -> str:
    """The first ten names as they come, in quotes: ``"a" or "b"``."""
    every = list(names)
    more = len(every) - SHOWN
    shown = [f'"{name}"' for name in every[:SHOWN]]
    return " or ".join([*shown, f"one of {more:,} more"] if more > 0 else shown)


def alike(wanted: str, names: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """Return the name that ``wanted`` may be a slip of; None also where comparing is too much."""
    if len(wanted) > _LONGEST or len(names) > _MOST:
        return None
    known = [name for name in names if len(name) <= _LONGEST]
    return next(iter(nearest(wanted, known, most=1, cutoff=cutoff)), None)


def nearest(wanted: str, names: Iterable[str], *, most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return the names that ``wanted`` may be a slip of, the nearest first, however many there are.

    For what is asked once a run, as of a name on the command line.
    """
    return difflib.get_close_matches(wanted, list(names), n=most, cutoff=cutoff)


def _code_point(number: int) -> str:
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    return f"\\u{0xD7C0 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def _with_more(shown: list[str], number: int) -> str:
    more = number - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
