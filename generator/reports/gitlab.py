"""Code Quality of GitLab: one JSON list with an entry for each finding.

Source: GitLab's documentation, "Import Code Quality results from a CI/CD job".
"""

from __future__ import annotations

import json
from typing import Any

from generator.check.outcome import Outcome
from generator.diagnostics import Located
from generator.diagnostics.wording import visible
from generator.reports.base import Reporter, fingerprints


class GitLabReporter(Reporter):
    """What ``artifacts:reports:codequality`` takes; an error is major, a warning minor."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        names = fingerprints(outcome.diagnostics)
        entries = [
            _entry(found, name) for found, name in zip(outcome.diagnostics, names, strict=True)
        ]
        return json.dumps(entries, indent=2) + "\n"


def _entry(found: Located, fingerprint: str) -> dict[str, Any]:
    description = visible(found.message)
    if found.hint:
        description += f" ({visible(found.hint)})"
    return {
        "description": description,
        "check_name": found.rule.id,
        "fingerprint": fingerprint,
        "severity": "major" if found.is_error else "minor",
        # Both are required, also of what concerns no file or no line.
        "location": {
            "path": visible(found.file or "."),
            "lines": {"begin": found.line or 1},
        },
    }
