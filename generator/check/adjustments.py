"""Severities that a repository changes in platform.yaml, and findings that a job ignores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generator.diagnostics import Diagnostic, Location, Rule, Severity, pointer_of
from generator.model.job.job import Ignore
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.fleet import Submission
from generator.rules.adjust import FIXED_RULE, UNKNOWN_RULE, UNUSED_IGNORE
from generator.rules.catalogue import checked_rules


def check_adjustments(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with ``rules`` in platform.yaml."""
    for rule in platform.rules:
        yield from _why_not(rule, PLATFORM_FILE.at(pointer_of("rules", rule), on_key=True))


def adjusted(
    diagnostics: Iterable[Diagnostic], submissions: Iterable[Submission], platform: Platform
) -> list[Diagnostic]:
    """``diagnostics`` as platform.yaml weighs them, less what their jobs ignore.

    What is wrong with the jobs' own lists is added.
    """
    weighed = list(_weighed(diagnostics, platform.rules))
    ignoring = {s.file: (s, s.job.rayjobs.ignore) for s in submissions if s.job.rayjobs}
    if not ignoring:
        return weighed
    named = {file: {ignore.rule for ignore in listed} for file, (_, listed) in ignoring.items()}
    kept: list[Diagnostic] = []
    used: dict[str, set[str]] = defaultdict(set)
    for found in weighed:
        file = found.judged_file or ""
        if found.rule.adjustable and found.rule.id in named.get(file, ()):
            used[file].add(found.rule.id)
        else:
            kept.append(found)
    for file, (submission, listed) in ignoring.items():
        kept += _about_ignores(submission, listed, used[file])
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


def _about_ignores(
    submission: Submission, listed: list[Ignore], used: set[str]
) -> Iterator[Diagnostic]:
    for index, ignore in enumerate(listed):
        at = submission.at(pointer_of("rayjobs", "ignore", index, "rule"))
        wrong = list(_why_not(ignore.rule, at))
        yield from wrong
        if not wrong and ignore.rule not in used:
            yield UNUSED_IGNORE.found(
                f"this job has no finding of {ignore.rule}", hint="remove the entry", at=at
            )


def _why_not(rule_id: str, at: Location) -> Iterator[Diagnostic]:
    rule = checked_rules().get(rule_id)
    if rule is None:
        yield UNKNOWN_RULE.found(
            f"there is no rule {rule_id}",
            hint="a finding shows its rule in brackets: error[job/entrypoint]",
            at=at,
        )
    elif not rule.adjustable:
        what = "it holds jobs within what platform.yaml allows"
        if not rule.bounds_jobs:
            what = "its findings would corrupt or endanger"
        yield FIXED_RULE.found(
            f"{rule_id} cannot be changed or ignored: {what}",
            hint="remove the entry and correct what is found",
            at=at,
        )


def adjustment(rule: Rule) -> str:
    """Return in words what a repository and a job may make of a rule's findings."""
    if rule.adjustable:
        return (
            "platform.yaml can change its severity or switch it off (rules), and a job can ignore "
            "its findings with a reason (rayjobs.ignore)."
        )
    return "Its severity cannot be changed, and its findings cannot be ignored."
