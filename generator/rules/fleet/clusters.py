"""Rules about the member clusters that platform.yaml lists, and what fits into them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Scope, error, pointer_of, warning
from generator.diagnostics.names import listed
from generator.model.platform.clusters import Clusters
from generator.repository.fleet import Fleet, Submission
from generator.repository.usage import beyond, in_words, of_one_copy

UNLISTED_CLUSTER = error(
    "fleet/unlisted-cluster",
    "A job targets a cluster that platform.yaml does not list.",
    scope=Scope.FLEET,
)
DOES_NOT_FIT = error(
    "fleet/does-not-fit", "A job can never run on the clusters that it needs.", scope=Scope.FLEET
)
NEVER_CHOSEN = warning(
    "fleet/never-chosen",
    "A job can never run on one of the clusters to choose from.",
    scope=Scope.FLEET,
)

_HINT = "ask for less, or target a cluster that has more; platform.yaml says what each has"


def check_clusters(fleet: Fleet) -> Iterator[Diagnostic]:
    """What is wrong with the target clusters of jobs, where platform.yaml lists any."""
    if not fleet.platform.clusters:
        return
    hint = f"there is: {listed(fleet.platform.clusters)}"
    for submission in fleet.submissions:
        yield from _unlisted(submission, fleet.platform.clusters, hint)
        yield from _too_small(submission, fleet)


def _unlisted(submission: Submission, known: Clusters, hint: str) -> Iterator[Diagnostic]:
    for index, cluster in enumerate(submission.job.target_clusters):
        if cluster not in known:
            yield UNLISTED_CLUSTER.found(
                f'platform.yaml does not list the cluster "{cluster}"',
                hint=hint,
                at=submission.at(pointer_of("targetClusters", index)),
            )


def _too_small(submission: Submission, fleet: Fleet) -> Iterator[Diagnostic]:
    """Where a copy runs on each cluster each has to be large enough, else one of them."""
    job, known = submission.job, fleet.platform.clusters
    resolved = fleet.resolved(submission)
    placement, taken = resolved.placement, of_one_copy(resolved)
    candidates = set(placement.candidates)
    lacking = {
        index: f"{cluster}: {in_words(excess)}"
        for index, cluster in enumerate(job.target_clusters)
        if cluster in candidates and cluster in known and (excess := beyond(taken, known[cluster]))
    }
    if not lacking:
        return
    on_each = placement.mode in ("divided", "all") or len(candidates) == 1
    if not on_each and len(lacking) == len(candidates):
        yield DOES_NOT_FIT.found(
            f"a copy is too large for every target cluster: {'; '.join(lacking.values())}",
            hint=_HINT,
            at=submission.at("/targetClusters"),
        )
        return
    rule = DOES_NOT_FIT if on_each else NEVER_CHOSEN
    placed_on = placement.expected
    for index, place in lacking.items():
        words = "a copy never runs here, it is too large for"
        if job.target_clusters[index] in placed_on:
            words = "a copy is too large for"
            if not on_each:
                words = f"Karmada places the job here, and {words}"
        yield rule.found(
            f"{words} {place}",
            hint=_HINT,
            at=submission.at(pointer_of("targetClusters", index)),
        )
