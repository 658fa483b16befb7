"""Where a finding stands."""

from __future__ import annotations


def pointer_of(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a path: of ``"a/b", 0`` it is ``/a~1b/0``."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
