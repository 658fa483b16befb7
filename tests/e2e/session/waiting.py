"""Waiting for a condition, with the last state in the words of the failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_EVERY_SECONDS = 0.3


class NotYetError(Exception):
    """A condition that does not hold yet; its text is the state that was seen."""


class WaitedTooLongError(AssertionError):
    """A condition never held: the text names it and the last state."""


def wait_for(what: str, look: Callable[[], Value], seconds: float) -> Value:
    """What ``look`` gives once it no longer raises NotYetError; WaitedTooLongError after a time.

    ``what`` names engine and object: it begins the failure's text.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return look()
        except NotYetError as state:
            if time.monotonic() > end:
                raise WaitedTooLongError(
                    f"{what}: not after {seconds:.0f} s; last seen: {state}"
                ) from None
        time.sleep(_EVERY_SECONDS)


def stays(what: str, look: Callable[[], Value], seconds: float) -> Value:
    """What ``look`` gives at first and for all of the time; AssertionError where it changes."""
    first = look()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1)
        now = look()
        assert now == first, f"{what} changed: from {first!r} to {now!r}"
    return first
