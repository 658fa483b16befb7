"""A message and what to do about it: what everything that is said to people carries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What is the case, and what to do about it in the imperative; the hint may be empty."""

    message: str
    hint: str = ""
