"""Which characters are safe where, as fixed ranges: Unicode's own tables change between Pythons."""

from __future__ import annotations

import re

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


def is_visible(text: str) -> bool:
    """Whether every character of ``text`` can be shown as itself, on one line."""
    return HIDDEN.search(text) is None


def visible(text: str) -> str:
    """``text`` with every hidden character written as its code point, for messages.

    It is written as JSON escapes it, beyond ``\\uffff`` in two halves, so that JSON stays JSON.
    """
    return HIDDEN.sub(lambda match: _code_point(ord(match.group())), text)


def _code_point(number: int) -> str:
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    return f"\\u{0xD7C0 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
