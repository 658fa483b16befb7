"""Write docs/rules.md from the catalogue of rules, or check that the committed page is current."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from generator.rules.catalogue import all_rules
from tools.markdown import anchor, prose
from tools.written_page import write_page

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "rules.md"

_GROUPS = {
    "adjust": "What platform.yaml and jobs change about rules",
    "base": "A change to jobs that exist",
    "conformance": "Manifests as API servers take them",
    "fleet": "Between jobs, and between jobs and the platform",
    "job": "One job",
    "json": "params.json as a text",
    "lightgbm": "LightGBM's hyperparameters",
    "limit": "What one job may ask for",
    "network": "Hyperparameters of networks: PyTorch, TensorFlow and JAX",
    "platform": "platform.yaml",
    "pytorch": "PyTorch's hyperparameters",
    "rendered": "Files in rendered/",
    "schema": "Single fields",
    "source": "Files that are read",
    "storage": "Object storage and results",
    "sync": "Kustomizations, one a namespace",
    "template": "Templates of jobs",
    "tenant": "What a tenant's jobs may use",
    "xgboost": "XGBoost's hyperparameters",
    "yaml": "platform.yaml as a text",
}


_HEAD = """\
# Rules

Written by `make docs` from the catalogue of rules. `rayjobs explain RULE` prints of one why it is
there, a bad and a good example, and the fields that it is about; tests run every example. Whether
platform.yaml can change a rule's severity, and a job ignore it, is in the column "adjustable"."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if the page is stale."""
    return write_page(page, DEFAULT_OUTPUT, "what the rules say", arguments)


def page() -> str:
    """The whole page: a table for each group of rules, whose rows can be linked to."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    groups = groupby(all_rules().values(), lambda rule: rule.id.partition("/")[0])
    for group, rules in groups:
        yield f"\n## {_GROUPS[group]}\n"
        yield "| rule | severity | adjustable | what it says |"
        yield "| --- | --- | --- | --- |"
        for rule in rules:
            adjustable = "yes" if rule.adjustable else "no"
            named = f'<a id="{anchor(rule.id)}"></a>`{rule.id}`'
            yield f"| {named} | {rule.severity} | {adjustable} | {prose(rule.summary)} |"


if __name__ == "__main__":
    sys.exit(main())
