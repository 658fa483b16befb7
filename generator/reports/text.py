"""The report a person reads: a compiler's diagnostics, then what will run where."""

from __future__ import annotations

from generator.check.outcome import Outcome
from generator.diagnostics import Located, Severity, Span
from generator.diagnostics.characters import visible
from generator.diagnostics.wording import position
from generator.reports.base import Reporter, summary_lines

_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33"}
_BOLD, _BLUE = "1", "1;34"


class TextReporter(Reporter):
    """``path:line:column: error[rule]: message``, the source line with a caret, and the hint."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        blocks = [self._block(diagnostic) for diagnostic in outcome.diagnostics]
        if not self.quiet:
            blocks.append("\n".join(map(visible, summary_lines(outcome))))
        return "\n".join(f"{block}\n" for block in blocks)

    def _block(self, found: Located) -> str:
        place = position(found.file, found.line, found.column)
        kind = self._styled(f"{found.severity}[{found.rule.id}]", _STYLES[found.severity])
        head = f"{self._styled(visible(place), _BOLD)}: {kind}" if place else kind
        lines = [f"{head}: {visible(found.message)}"]
        if found.span is not None:
            lines += self._source(found.span)
        lines += [f"    {visible(line)}" for line in found.details]
        if found.hint:
            lines.append(f"  hint: {visible(found.hint)}")
        return "\n".join(lines)

    def _source(self, span: Span) -> list[str]:
        before = visible(span.source_line[: span.caret].replace("\t", " "))
        after = visible(span.source_line[span.caret :].replace("\t", " "))
        number = str(span.line)
        gutter = self._styled(f"  {' ' * len(number)} |", _BLUE)
        numbered = self._styled(f"  {number} |", _BLUE)
        return [
            f"{numbered} {before}{after}",
            f"{gutter} {' ' * len(before)}{self._styled('^', _BOLD)}",
        ]

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color else text
