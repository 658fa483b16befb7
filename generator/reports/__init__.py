"""Reports: one module per format, imported when its format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from generator.reports.base import Reporter

Format: TypeAlias = Literal["text", "github", "gitlab", "json", "sarif", "junit", "markdown"]

REPORTERS: dict[Format, str] = {
    "text": "base:TextReporter",
    "github": "github:GitHubReporter",
    "gitlab": "gitlab:GitLabReporter",
    "json": "json_report:JSONReporter",
    "sarif": "sarif:SarifReporter",
    "junit": "junit:JUnitReporter",
    "markdown": "markdown:MarkdownReporter",
}
"""By the name of its format, the module and the class of each reporter."""


def reporter_of(format: Format) -> type[Reporter]:  # noqa: A002  # the option's name
    """The reporter of that name."""
    module, _, name = REPORTERS[format].partition(":")
    found: type[Reporter] = getattr(import_module(f"{__name__}.{module}"), name)
    return found
