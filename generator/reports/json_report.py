"""The report a program reads; its form is schemas/report.schema.json."""

from __future__ import annotations

import json
from typing import Any

from generator.diagnostics import Diagnostic
from generator.outcome import JobSummary, Outcome
from generator.output.tree import Change, Plan
from generator.reports.base import Reporter

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields do not raise it."""


class JSONReporter(Reporter):
    """One JSON document on one outcome; paths are relative to the repository's root."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        document: dict[str, Any] = {
            "version": VERSION,
            "diagnostics": [_diagnostic(found) for found in outcome.diagnostics],
            "jobs": [_job(job) for job in outcome.jobs],
            "plan": _plan(outcome.plan or Plan()),
        }
        # ASCII: a path that is not UTF-8 comes through as the surrogates Python has for it.
        return json.dumps(document, indent=2) + "\n"


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": str(found.severity),
        "message": found.message,
        "hint": found.hint,
        "details": list(found.details),
        "file": found.file,
        "line": found.line,
        "column": found.column,
        "pointer": found.pointer,
    }


def _job(job: JobSummary) -> dict[str, Any]:
    return {
        "file": job.file,
        "name": job.name,
        "namespace": job.namespace,
        "clusters": job.clusters,
        "copies": job.copies,
        "gpus": job.gpus,
        "cpuCores": job.cpu_cores,
        "memoryGiB": job.memory_gib,
        "placement": job.words,
    }


def _plan(plan: Plan) -> dict[str, list[str]]:
    def paths(changes: list[Change]) -> list[str]:
        return [plan.place(change.path) for change in changes]

    return {
        "create": paths(plan.create),
        "change": paths(plan.change),
        "delete": paths(plan.delete),
    }
