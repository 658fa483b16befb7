"""Whether an object on Karmada says what rendered/ says.

API servers and Karmada add fields (defaults, labels, annotations, ids) and change none, so that
every field that is rendered has to be there as it is rendered. A field that rendered/ no longer has
and Karmada still has is not noticed: nothing tells it from one that was added.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator.diagnostics import pointer_of


def differences(rendered: Any, found: Any, at: str = "") -> Iterator[str]:
    """JSON pointers to what ``found`` lacks or says otherwise, in the order of ``rendered``.

    Lists have to be of one length: an item more is another container, variable or argument.
    """
    if isinstance(rendered, dict) and isinstance(found, dict):
        for key, value in rendered.items():
            place = at + pointer_of(key)
            if key in found:
                yield from differences(value, found[key], place)
            else:
                yield place
    elif isinstance(rendered, list) and isinstance(found, list) and len(rendered) == len(found):
        for index, (value, other) in enumerate(zip(rendered, found, strict=True)):
            yield from differences(value, other, at + pointer_of(index))
    elif not _is_same(rendered, found):
        yield at


def _is_same(one: Any, other: Any) -> bool:
    """Python takes true for 1; YAML and JSON do not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
