"""Names by which a service knows a finding again when its line has moved."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from generator.diagnostics import Diagnostic


def fingerprints(diagnostics: Iterable[Diagnostic]) -> list[str]:
    """For each finding a SHA-256 of its rule, file, pointer and message, each in the list once.

    Line and column do not count. Findings that agree in all that does are numbered in their order.
    """
    seen: Counter[str] = Counter()
    names: list[str] = []
    for found in diagnostics:
        parts = (found.rule.id, found.file or "", found.pointer or "", found.message)
        said = "\0".join(parts)
        seen[said] += 1
        if seen[said] > 1:
            said += f"\0{seen[said]}"
        names.append(hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest())
    return names
