"""Comparing: what a change does to the jobs that Git had before it."""

from __future__ import annotations

from functools import partial

from generator import diagnostics

warning = partial(diagnostics.warning, adjustable=False)
"""A rule that nothing adjusts: what is said of a change is there for its review."""
