"""Rules, by the groups of their ids; here those about adjusting rules."""

from __future__ import annotations

from functools import partial

from generator.diagnostics import error, warning

bound = partial(error, bounds_jobs=True)
"""A rule that holds jobs within what platform.yaml allows."""

UNKNOWN_RULE = error("adjust/unknown-rule", "A rule is adjusted that does not exist.")
FIXED_RULE = error("adjust/fixed-rule", "A rule is adjusted that cannot be.")
UNUSED_IGNORE = warning(
    "adjust/unused-ignore",
    "A job ignores a finding that it does not have.",
    adjustable=False,
    needs_platform=True,
)
