"""What can be wrong, as data: a rule, and one finding of it at a place in a file.

Every stage returns diagnostics; none raises them. Where a finding stands in the text is worked out
only for those that exist (``generator.source.locate``), so a clean run never counts lines.
"""

from generator.diagnostics.diagnostic import Diagnostic, Rule, Scope, Severity, error, warning
from generator.diagnostics.location import pointer_of
from generator.diagnostics.many import MOST_ALIKE, capped, has_errors, in_order, left_out

__all__ = [
    "MOST_ALIKE",
    "Diagnostic",
    "Rule",
    "Scope",
    "Severity",
    "capped",
    "error",
    "has_errors",
    "in_order",
    "left_out",
    "pointer_of",
    "warning",
]
