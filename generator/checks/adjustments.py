"""Severities that a repository changes in platform.yaml, and findings that a job ignores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generator.checks.catalogue import checked_rules
from generator.diagnostics import Diagnostic, Rule, Severity, error, pointer_of, warning
from generator.params.job import Ignore
from generator.platform.model import FILE, Platform
from generator.repository.fleet import Submission

UNKNOWN_RULE = error("adjust/unknown-rule", "A rule is adjusted that does not exist.")
FIXED_RULE = error("adjust/fixed-rule", "A rule is adjusted that cannot be.")
UNUSED_IGNORE = warning(
    "adjust/unused-ignore",
    "A job ignores a finding that it does not have.",
    adjustable=False,
    needs_platform=True,
)


def check_adjustments(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with ``rules`` in platform.yaml."""
    for rule in platform.rules:
        yield from (
            found.in_file(FILE) for found in _why_not(rule, pointer_of("rules", rule), on_key=True)
        )


def adjusted(
    diagnostics: Iterable[Diagnostic], submissions: Iterable[Submission], platform: Platform
) -> list[Diagnostic]:
    """``diagnostics`` as platform.yaml weighs them, less what their jobs ignore.

    What is wrong with the jobs' own lists is added.
    """
    weighed = list(_weighed(diagnostics, platform.rules))
    ignores = {s.file: s.job.rayjobs.ignore for s in submissions if s.job.rayjobs}
    if not ignores:
        return weighed
    named = {file: {ignore.rule for ignore in listed} for file, listed in ignores.items()}
    kept: list[Diagnostic] = []
    used: dict[str, set[str]] = defaultdict(set)
    for found in weighed:
        if found.rule.adjustable and found.rule.id in named.get(found.file or "", ()):
            used[found.file or ""].add(found.rule.id)
        else:
            kept.append(found)
    for file, listed in ignores.items():
        kept += (found.in_file(file) for found in _about_ignores(listed, used[file]))
    return kept


def _weighed(
    diagnostics: Iterable[Diagnostic], severities: Mapping[str, str]
) -> Iterator[Diagnostic]:
    for found in diagnostics:
        wanted = severities.get(found.rule.id)
        if wanted is None or not found.rule.adjustable:
            yield found
        elif wanted != "off":
            yield replace(found, severity=Severity(wanted))


def _about_ignores(listed: list[Ignore], used: set[str]) -> Iterator[Diagnostic]:
    for index, ignore in enumerate(listed):
        at = pointer_of("rayjobs", "ignore", index, "rule")
        wrong = list(_why_not(ignore.rule, at, on_key=False))
        yield from wrong
        if not wrong and ignore.rule not in used:
            yield UNUSED_IGNORE.found(
                f"this job has no finding of {ignore.rule}", hint="remove the entry", pointer=at
            )


def _why_not(rule_id: str, pointer: str, *, on_key: bool) -> Iterator[Diagnostic]:
    rule = checked_rules().get(rule_id)
    if rule is None:
        yield UNKNOWN_RULE.found(
            f"there is no rule {rule_id}",
            hint="a finding shows its rule in brackets: error[job/entrypoint]",
            pointer=pointer,
            on_key=on_key,
        )
    elif not rule.adjustable:
        what = "it holds jobs within what platform.yaml allows"
        if not rule.bounds_jobs:
            what = "its findings would corrupt or endanger"
        yield FIXED_RULE.found(
            f"{rule_id} cannot be changed or ignored: {what}",
            hint="remove the entry and correct what is found",
            pointer=pointer,
            on_key=on_key,
        )


def adjustment(rule: Rule) -> str:
    """Return in words what a repository and a job may make of a rule's findings."""
    if rule.adjustable:
        return (
            "platform.yaml can change its severity or switch it off (rules), and a job can ignore "
            "its findings with a reason (rayjobs.ignore)."
        )
    return "Its severity cannot be changed, and its findings cannot be ignored."
