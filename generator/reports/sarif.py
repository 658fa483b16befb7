"""SARIF 2.1.0, which code scanning of GitHub and many editors read.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from generator import __version__
from generator.check.outcome import Outcome
from generator.diagnostics import Located, Rule
from generator.diagnostics.wording import visible
from generator.reports.base import Reporter, fingerprints
from generator.rules.catalogue import all_rules
from generator.rules.explanations import explanations

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"


class SarifReporter(Reporter):
    """One run with every rule there is; paths are relative to the repository's root."""

    def report(self, outcome: Outcome) -> str:
        """See :class:`Reporter`."""
        rules = _rules(outcome)
        index = {rule.id: number for number, rule in enumerate(rules)}
        names = fingerprints(outcome.diagnostics)
        driver = {
            "name": "rayjobs",
            "version": __version__,
            "rules": [_rule(rule) for rule in rules],
        }
        run = {
            "tool": {"driver": driver},
            # As columns are counted: a character outside the basic plane is one.
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_ROOT: {"description": {"text": "The repository's root."}}},
            "results": [
                _result(found, index[found.rule.id], name)
                for found, name in zip(outcome.diagnostics, names, strict=True)
            ],
        }
        document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
        return json.dumps(document, indent=2) + "\n"


def _rules(outcome: Outcome) -> list[Rule]:
    """Every rule that is stated somewhere, and those of the findings, by id."""
    rules = dict(all_rules())
    for found in outcome.diagnostics:
        rules.setdefault(found.rule.id, found.rule)
    return [rules[name] for name in sorted(rules)]


def _rule(rule: Rule) -> dict[str, Any]:
    explained = explanations().get(rule.id)
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "help": {"text": _text(explained.why) if explained else rule.summary},
        "defaultConfiguration": {"level": str(rule.severity)},
    }


def _result(found: Located, rule_index: int, fingerprint: str) -> dict[str, Any]:
    lines = [found.message, *found.details, *([found.hint] if found.hint else [])]
    return {
        "ruleId": found.rule.id,
        "ruleIndex": rule_index,
        "level": str(found.severity),
        "message": {"text": "\n".join(map(_text, lines))},
        "locations": [{"physicalLocation": _place(found)}],
        "partialFingerprints": {"rayjobs/v1": fingerprint},
    }


def _text(line: str) -> str:
    # ``[words](address)`` is a link in a message of SARIF.
    return visible(line).replace("](", "] (")


def _place(found: Located) -> dict[str, Any]:
    # GitHub refuses a result without a location: what concerns no file stands at the root.
    uri = quote((found.file or ".").encode("utf-8", "surrogatepass"), safe="/")
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
    if found.line is not None:
        place["region"] = {"startLine": found.line}
        if found.column is not None:
            place["region"]["startColumn"] = found.column
    return place
