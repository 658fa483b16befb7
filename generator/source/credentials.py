"""What can be nothing but a credential: names of such, and texts that hold one."""

from __future__ import annotations

import re

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


def is_name_of_credential(name: str) -> bool:
    """Whether a variable of that name holds a credential."""
    return _NAME.search(name.upper()) is not None


def is_credential(name: str, value: object) -> bool:
    """Whether a field that is no name of a job may hold one: what was pushed is not repeated."""
    if is_name_of_credential(name):
        return True
    return isinstance(value, str) and any(pattern.search(value) for pattern, _ in PATTERNS)
