"""What ``rayjobs doctor --format json`` prints; its form is schemas/doctor.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from generator.live.checkup.finding import Outcome
from generator.params.schema import DIALECT
from generator.reports.schema_parts import closed_object, text, texts

if TYPE_CHECKING:
    from generator.live.checkup.examination import Examination

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


def doctor_document(examination: Examination) -> dict[str, Any]:
    """The findings in the order in which they were made."""
    return {
        "version": VERSION,
        "findings": [
            {
                "check": one.check,
                "outcome": one.finding.outcome,
                "message": one.finding.message,
                "hint": one.finding.hint,
                "about": list(one.finding.about),
            }
            for one in examination.results
        ],
    }


def doctor_schema() -> dict[str, Any]:
    """What :func:`doctor_document` gives, draft 2020-12."""
    return {
        "$schema": DIALECT,
        "title": "What stands between a repository and its first job",
        "description": "What doctor prints with --format json.",
        **closed_object(
            version={"const": VERSION, "description": "Version of this form."},
            findings={
                "type": "array",
                "description": "By check, in the order in which they look.",
                "items": closed_object(
                    check=text("Name of the check."),
                    outcome={
                        "enum": list(get_args(Outcome)),
                        "description": "problem: it keeps jobs from running.",
                    },
                    message=text("What was found."),
                    hint=text("What to do; empty where nothing is to be done."),
                    about=texts("The objects or files that are meant, all of them."),
                ),
            },
        ),
    }
