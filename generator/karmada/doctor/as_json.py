"""What ``rayjobs doctor --format json`` prints; its form is schemas/doctor.schema.json."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from generator.karmada.doctor.finding import Outcome
from generator.karmada.doctor.run import Report
from generator.reports.json_model import JsonModel


class FindingDocument(JsonModel):
    """What a check found."""

    check: str = Field(description="Name of the check.")
    outcome: Outcome = Field(description="problem: it keeps jobs from running.")
    message: str = Field(description="What was found.")
    hint: str = Field(description="What to do; empty where nothing is to be done.")
    about: tuple[str, ...] = Field(description="The objects or files that are meant, all of them.")


class DoctorDocument(JsonModel):
    """What doctor prints with --format json."""

    model_config = ConfigDict(title="What stands between a repository and its first job")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    findings: tuple[FindingDocument, ...] = Field(
        description="By check, in the order in which they look."
    )


def doctor_document(report: Report) -> DoctorDocument:
    """Return the findings in the order in which they were made."""
    findings = (
        FindingDocument(
            check=one.check,
            outcome=one.finding.outcome,
            message=one.finding.advice.message,
            hint=one.finding.advice.hint,
            about=one.finding.about,
        )
        for one in report.results
    )
    return DoctorDocument(version=1, findings=tuple(findings))
