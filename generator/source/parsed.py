"""What reading gives: a value, and what is wrong with what was read."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from generator.diagnostics import Diagnostic

T = TypeVar("T")


class Parsed(NamedTuple, Generic[T]):
    """A value, or None where ``problems`` say why there is none.

    There may be problems beside a value.
    """

    value: T | None
    problems: tuple[Diagnostic, ...] = ()
