"""Severities that a repository changes in platform.yaml, and findings that a job ignores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generator.checks.catalogue import checked_rules
from generator.diagnostics import Diagnostic, Severity, error, pointer_of, warning
from generator.params.job import Ignore
from generator.platform.model import FILE, Platform
from generator.repository.fleet import Submission

UNKNOWN_RULE = error("adjust/unknown-rule", "A rule is adjusted that does not exist.")
FIXED_RULE = error("adjust/fixed-rule", "A rule is adjusted that cannot be.")
UNUSED_IGNORE = warning("adjust/unused-ignore", "A job ignores a finding that it does not have.")

_ADJUSTABLE = frozenset({"fleet", "job", "lightgbm", "network", "pytorch", "storage", "xgboost"})
FIXED = frozenset(
    {
        "fleet/cluster-labels",
        "fleet/does-not-fit",
        "fleet/duplicate-job",
        "fleet/name-taken",
        "fleet/storage-class",
        "fleet/suspended-in-queue",
        "fleet/tenant-label",
        "fleet/unlisted-cluster",
        "job/artifact-uri",
        "job/channel-order",
        "job/channel-storage",
        "job/container-hyperparameters",
        "job/container-incomplete",
        "job/credential",
        "job/custom-name",
        "job/custom-reserved",
        "job/entrypoint",
        "job/environment-size",
        "job/hidden-text",
        "job/not-configured",
        "job/reserved-name",
        "job/reserved-namespace",
        "job/unquotable",
        "storage/class-not-allowed",
        "storage/object-output",
        "storage/object-uri",
        "storage/too-large",
    }
)
"""Rules that keep objects apart, expansion out, credentials away and jobs within what the platform
team allows: they stay as they are. ``job/reserved-namespace`` keeps jobs out of the control planes'
own namespaces, and ``fleet/suspended-in-queue`` in the queue, which a job could else go past."""

_ALLOWED = ("limit/", "tenant/", "storage/class-not-allowed", "storage/too-large")
"""How rules begin that hold jobs within what platform.yaml allows."""


DECIDED_BY_PLATFORM = frozenset(
    {
        "adjust/unused-ignore",
        "job/container-incomplete",
        "job/few-cpus",
        "job/no-deadline",
        "job/not-configured",
        "job/old-ray",
        "job/one-cpu",
        "job/one-image",
        "job/ray-version",
        "job/unlike-images",
        "job/unused-ray-version",
        "storage/artifact-ignored",
        "storage/object-output",
        "storage/outside-mount",
        "xgboost/gradient-based",
        "xgboost/idle-gpu",
    }
)
"""Rules whose findings would be about the defaults where platform.yaml cannot be read."""


def is_adjustable(rule: str) -> bool:
    """Whether platform.yaml and jobs may change what a rule's findings count."""
    return rule.partition("/")[0] in _ADJUSTABLE and rule not in FIXED


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
        if found.rule in named.get(found.file or "", ()) and is_adjustable(found.rule):
            used[found.file or ""].add(found.rule)
        else:
            kept.append(found)
    for file, listed in ignores.items():
        kept += (found.in_file(file) for found in _about_ignores(listed, used[file]))
    return kept


def _weighed(
    diagnostics: Iterable[Diagnostic], severities: Mapping[str, str]
) -> Iterator[Diagnostic]:
    for found in diagnostics:
        wanted = severities.get(found.rule)
        if wanted is None or not is_adjustable(found.rule):
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


def _why_not(rule: str, pointer: str, *, on_key: bool) -> Iterator[Diagnostic]:
    if rule not in checked_rules():
        yield UNKNOWN_RULE.found(
            f"there is no rule {rule}",
            hint="a finding shows its rule in brackets: error[job/entrypoint]",
            pointer=pointer,
            on_key=on_key,
        )
    elif not is_adjustable(rule):
        yield FIXED_RULE.found(
            f"{rule} cannot be changed or ignored: {_what_it_protects(rule)}",
            hint="remove the entry and correct what is found",
            pointer=pointer,
            on_key=on_key,
        )


def _what_it_protects(rule: str) -> str:
    if rule.startswith(_ALLOWED):
        return "it holds jobs within what platform.yaml allows"
    return "its findings would corrupt or endanger"


def adjustment(rule: str) -> str:
    """Return in words what a repository and a job may make of a rule's findings."""
    if is_adjustable(rule):
        return (
            "platform.yaml can change its severity or switch it off (rules), and a job can ignore "
            "its findings with a reason (rayjobs.ignore)."
        )
    return "Its severity cannot be changed, and its findings cannot be ignored."
