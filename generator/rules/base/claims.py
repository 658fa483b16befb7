"""What a change does to claims that exist: Kubernetes lets little of a claim change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from generator.diagnostics import Diagnostic, Location, Rule, error, pointer_of
from generator.diagnostics.wording import listed, plural
from generator.model.platform.model import FILE
from generator.render.namespace import claim, storage_class_of
from generator.render.objects import Node
from generator.repository.fleet import Fleet, SharedClaim, Submission
from generator.rules.base import warning
from generator.rules.base.change import Change, name_of

CLAIM_SHRINKS = error("base/claim-shrinks", "A claim that exists would be smaller.")
CLAIM_CLASS = error("base/claim-class", "A claim that exists would have another storage class.")
CLAIM_MODE = error("base/claim-access-mode", "A claim that exists would have another access mode.")
CLAIM_GROWS = warning("base/claim-grows", "A claim that exists becomes larger.")

_KEEP = "declare it in platform.yaml as it was, or name another claim"
_SIZE = "/resources/volumeSizeGB"
_CLASS = "/resources/storageClassName"

_WORDS = {
    CLAIM_SHRINKS: ("shrinks", "shrink", f"Kubernetes never shrinks a claim: {_KEEP}"),
    CLAIM_CLASS: (
        "changes its storage class",
        "change their storage class",
        f"Kubernetes refuses this of a claim that exists: {_KEEP}",
    ),
    CLAIM_MODE: (
        "changes its access mode",
        "change their access mode",
        f"Kubernetes refuses this of a claim that exists: {_KEEP}",
    ),
    CLAIM_GROWS: (
        "grows",
        "grow",
        "it grows only where it is Bound and its storage class, on Karmada too, allows it",
    ),
}


@dataclass(frozen=True, slots=True)
class _Both:
    """A claim before and after, and the change that it is part of."""

    before: SharedClaim
    after: SharedClaim
    change: Change


def check_claims(change: Change) -> Iterator[Diagnostic]:
    """What cannot be done to claims that both fleets render, once at each cause.

    A claim that is rendered no more stays in the clusters as it is.
    """
    found: dict[tuple[Rule, Location], list[tuple[str, str]]] = defaultdict(list)
    for key, before in change.before.claims.items():
        after = change.after.claims.get(key)
        if after is None or not (before.is_rendered and after.is_rendered):
            continue
        for rule, place, words in _findings(_Both(before, after, change)):
            found[rule, place].append((name_of(key), words))
    for (rule, place), claims in found.items():
        one, several, hint = _WORDS[rule]
        (name, words), *others = claims
        message = f'the claim "{name}" {one} {words}'
        if others:
            names = listed([name for name, _ in claims])
            message = f"{plural(len(claims), 'claim')} {several}: {names}"
        yield rule.found(message, hint=hint, at=place)


def _findings(both: _Both) -> Iterator[tuple[Rule, Location, str]]:
    was, now = both.before.size_gb or 0, both.after.size_gb or 0
    words = f"from {was} to {now} GiB"
    if now < was:
        for place in _shrinking(both):
            yield CLAIM_SHRINKS, place, words
    elif now > was:
        yield CLAIM_GROWS, _growing(both), words
    old, new = _spec(both.before, both.change.before), _spec(both.after, both.change.after)
    classes = old.get("storageClassName"), new.get("storageClassName")
    if classes[0] != classes[1]:
        words = " to ".join(f'"{name}"' if name else "the default class" for name in classes)
        for place in _classing(both):
            yield CLAIM_CLASS, place, f"from {words}"
    if old["accessModes"] != new["accessModes"]:
        yield CLAIM_MODE, _in_platform(both, "accessMode"), f"to {_only(new['accessModes'])}"


def _spec(shared: SharedClaim, fleet: Fleet) -> dict[str, Node]:
    spec = claim(shared, fleet.platform.storage)["spec"]
    assert isinstance(spec, dict)
    return spec


def _only(node: Node) -> Node:
    return node[0] if isinstance(node, list) else node


def _shrinking(both: _Both) -> Iterator[Location]:
    if both.after.declared:
        yield _declared(both.after, both.change.after, "sizeGB")
    elif both.before.declared:
        yield Location(FILE, "/storage/claims")
    else:
        size = both.after.size_gb or 0
        for submission in both.before.submissions:
            if (submission.job.resources.volume_size_gb or 0) > size:
                yield _became(submission, both, _SIZE)


def _growing(both: _Both) -> Location:
    if both.after.declared:
        return _declared(both.after, both.change.after, "sizeGB")
    size = both.after.size_gb
    largest = (s for s in both.after.submissions if s.job.resources.volume_size_gb == size)
    return Location(next(largest).file, _SIZE)


def _classing(both: _Both) -> Iterator[Location]:
    """Where the storage class is changed."""
    by_platform = both.before.declared or both.after.declared
    if not by_platform and both.after.storage_classes:
        wanted = storage_class_of(both.after, both.change.after.platform.storage)
        named = {s.file for s in both.after.submissions if _named(s) == wanted}
        had = {s.name for s in both.before.submissions if _named(s) == wanted}
        new = {s.file for s in both.after.submissions if _named(s) == wanted and s.name not in had}
        for file in sorted(new or named):
            yield Location(file, _CLASS)
    elif not by_platform and both.before.storage_classes:
        for submission in both.before.submissions:
            if _named(submission):
                yield _became(submission, both, _CLASS)
    else:
        yield _in_platform(both, "storageClassName")


def _named(submission: Submission) -> str | None:
    return submission.job.resources.storage_class_name


def _in_platform(both: _Both, field: str) -> Location:
    """The setting of platform.yaml that changes: of the claim's declaration, or for all claims."""
    before, after = both.before.declared, both.after.declared
    if after is None:
        return Location(FILE, "/storage/claims" if before else f"/storage/{field}")
    attribute = {"accessMode": "access_mode", "storageClassName": "storage_class_name"}[field]
    if before and not getattr(before, attribute) and not getattr(after, attribute):
        return Location(FILE, f"/storage/{field}")
    return _declared(both.after, both.change.after, field)


def _declared(shared: SharedClaim, fleet: Fleet, field: str) -> Location:
    assert shared.declared
    index = fleet.declared_at[shared.namespace, shared.name]
    return Location(FILE, pointer_of("storage", "claims", index, field))


def _became(submission: Submission, both: _Both, pointer: str) -> Location:
    """Where a job that decided about the claim stops doing so."""
    fleet = both.change.after
    now = both.change.now.get(submission.name)
    if now is None:
        return Location(submission.file, None)
    if not now.job.has_claim:
        return Location(now.file, "/outputDataConfig/destinationType")
    same = fleet.resolved(now).claim_name == both.after.name
    return Location(now.file, pointer if same else "/pvcName")
