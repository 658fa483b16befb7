"""What can be wrong, as data: a rule, and one finding of it at a place in a file.

Every stage returns diagnostics; none raises them. Where a finding stands in the text is worked out
only for those that exist, and in the end (``generator.source.locate``), so a clean run never counts
lines.
"""

from generator.diagnostics.diagnostic import (
    MOST_ALIKE,
    NOWHERE,
    UNNAMED_FILE,
    Diagnostic,
    Located,
    Location,
    Rule,
    Scope,
    Severity,
    SourceFile,
    Span,
    capped,
    error,
    has_errors,
    in_order,
    left_out,
    located,
    pointer_of,
    warning,
)

__all__ = [
    "MOST_ALIKE",
    "NOWHERE",
    "UNNAMED_FILE",
    "Diagnostic",
    "Located",
    "Location",
    "Rule",
    "Scope",
    "Severity",
    "SourceFile",
    "Span",
    "capped",
    "error",
    "has_errors",
    "in_order",
    "left_out",
    "located",
    "pointer_of",
    "warning",
]
