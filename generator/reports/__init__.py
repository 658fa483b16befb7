"""Reports: one module per format, by name."""

from __future__ import annotations

from typing import Literal, TypeAlias

from generator.reports.base import Reporter
from generator.reports.github import GitHubReporter
from generator.reports.json_report import JSONReporter
from generator.reports.text import TextReporter

Format: TypeAlias = Literal["text", "github", "json"]

REPORTERS: dict[Format, type[Reporter]] = {
    "text": TextReporter,
    "github": GitHubReporter,
    "json": JSONReporter,
}
"""The reporters by the name of their format."""
