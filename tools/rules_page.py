"""Write docs/rules.md from the catalogue of rules, or check that the committed page is current."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from generator.checks.adjustments import adjustment
from generator.checks.catalogue import all_rules
from generator.checks.explanations import Example, explanations, small_job, steps
from generator.diagnostics import Rule
from tools.markdown import anchor, prose
from tools.rule_examples import commands, printed_finding
from tools.written_page import write_page

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "docs" / "rules.md"

_STAGES = {
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if the page is stale."""
    with commands():
        return write_page(page, DEFAULT_OUTPUT, "what the rules say", arguments)


def page() -> str:
    """The whole page; run inside :func:`tools.rule_examples.commands`."""
    return "\n".join(_lines()).rstrip("\n") + "\n"


def _lines() -> Iterator[str]:
    stages = [
        (stage, list(rules))
        for stage, rules in groupby(all_rules().values(), lambda rule: rule.id.partition("/")[0])
    ]
    yield "# Rules"
    yield ""
    yield "Written by `make docs` from what `rayjobs explain` prints; tests run every example."
    yield ""
    yield "## Contents"
    yield ""
    for stage, rules in stages:
        yield f"**{prose(_STAGES[stage])}**"
        yield ""
        yield from (f"- [{rule.id}](#{anchor(rule.id)}), {_summary(rule)}" for rule in rules)
        yield ""
    yield "## The small job"
    yield ""
    yield "Examples change this job, which has no findings. What they give is a JSON merge patch:"
    yield "null removes a field, and a list replaces the whole list."
    yield ""
    yield from _block(small_job(), "json")
    for stage, rules in stages:
        yield f"## {_STAGES[stage]}"
        yield ""
        for rule in rules:
            yield from _rule(rule)


def _summary(rule: Rule) -> str:
    return f"{rule.severity}: {prose(rule.summary)}"


def _rule(rule: Rule) -> Iterator[str]:
    explained = explanations()[rule.id]
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.severity}**: {prose(rule.summary)} {prose(adjustment(rule.id))}"
    yield ""
    yield prose(explained.why)
    yield ""
    for file, paths in (("params.json", explained.fields), ("platform.yaml", explained.settings)):
        if paths:
            yield f"Fields of {file}: {', '.join(f'`{path}`' for path in paths)}"
            yield ""
    if explained.bad:
        yield from _example("Bad", explained.bad)
        yield "It prints:"
        yield ""
        yield from _block(printed_finding(rule.id, explained.bad), "text")
    else:
        yield f"Bad: {prose(explained.unreachable or '')}"
        yield ""
    yield from _example("Good", explained.good)


def _example(title: str, example: Example) -> Iterator[str]:
    for number, (place, text, language) in enumerate(steps(example)):
        words = f"{title}: {place}" if number == 0 else place.capitalize()
        if language == "":
            yield f"{prose(words)}: {text}."
            yield ""
        else:
            yield f"{prose(words)}:"
            yield ""
            yield from _block(text, language)


def _block(text: str, language: str) -> Iterator[str]:
    yield f"```{language}"
    yield text.rstrip("\n")
    yield "```"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
